import { LockstepError, RetryableError } from '../../errors.ts';
import { type Check, info } from './finding.ts';

/** Checks that Notion accepts the token, and names its integration. */
export const checkToken: Check = async ({ api }) => {
  try {
    const me = await api.call({ entity: 'all', kind: 'read', what: 'the integration itself' }, (client) =>
      client.users.me({}),
    );
    return [
      info({
        code: 'token',
        subject: 'notion',
        what: `Notion accepts the token of the integration "${me.name ?? me.id}"`,
      }),
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
        fix:
          error.code === 'unauthorized'
            ? 'set NOTION_TOKEN to the token of an internal integration, and restart the workers'
            : 'follow the message; manage the integration at https://www.notion.so/profile/integrations',
      },
    ];
  }
};
