import { LockstepError, RetryableError } from '../../errors.ts';
import { type Check, info } from './finding.ts';

/** Whether Notion accepts the token, and as whom. */
export const token: Check = async ({ api }) => {
  try {
    const me = await api.call({ entity: 'all', kind: 'read', what: 'the integration itself' }, (client) =>
      client.users.me({}),
    );
    return [
      info({ code: 'token', subject: 'notion', what: `the token is accepted, as that of «${me.name ?? me.id}»` }),
    ];
  } catch (error) {
    if (!(error instanceof LockstepError) || error instanceof RetryableError) throw error;
    return [
      {
        code: error.code === 'unauthorized' ? 'unauthorized' : 'notion_refuses',
        severity: 'problem',
        subject: 'notion',
        what: error.message,
        why: 'nothing is synced with Notion',
        mend:
          error.code === 'unauthorized'
            ? 'put the token of an internal integration into NOTION_TOKEN, and start the workers again'
            : 'as the message says; the token and its owner are at https://www.notion.so/profile/integrations',
      },
    ];
  }
};
