import { FinalError, RetryableError } from '../../errors.ts';
import { ChannelStore } from '../../google/channel-store.ts';
import { WebhookToken } from '../../runtime/webhook-token.ts';
import type { DoctorContext } from './context.ts';
import type { Finding } from './finding.ts';
import { keyMissing } from './google.ts';

const ANSWER_WITHIN_MS = 5_000;

/**
 * Where LOCKSTEP_PUBLIC_URL is set: whether the webhook server is reached there, and both senders can be believed.
 * @param isReadable whether PostgreSQL can be asked
 */
export async function webhooks(context: DoctorContext, { isReadable }: { isReadable: boolean }): Promise<Finding[]> {
  const { publicUrl } = context.config;
  if (publicUrl === undefined) return [];
  const reached = await ofEndpoint(publicUrl);
  if (!isReadable) return reached;
  const believed = await ofToken(context, publicUrl);
  try {
    return [...reached, ...believed, ...(await ofChannels(context, publicUrl))];
  } catch (error) {
    if (!(error instanceof RetryableError)) throw error;
    // That Google does not answer was said of the calendars.
    return [...reached, ...believed];
  }
}

const SUBJECT = { severity: 'problem', subject: 'webhooks' } as const;
const WHY = 'edits wait for the next cycle';

async function ofEndpoint(publicUrl: string): Promise<Finding[]> {
  const answer = await fetch(`${publicUrl}/healthz`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).then(
    async (response) => (response.ok && (await response.text()).trim() === 'ok' ? null : `status ${response.status}`),
    (error: unknown) => (error instanceof Error && error.name === 'TimeoutError' ? 'no answer' : 'no connection'),
  );
  if (answer === null) return [];
  return [
    {
      ...SUBJECT,
      code: 'webhooks_unreachable',
      what: `the webhook server does not answer at ${publicUrl}/healthz (${answer})`,
      why: WHY,
      mend: 'lockstep webhooks, behind a proxy that brings LOCKSTEP_PUBLIC_URL to its port',
    },
  ];
}

async function ofToken({ config, database }: DoctorContext, publicUrl: string): Promise<Finding[]> {
  // Without one, Google says so as well.
  if (!config.encryptionKeys) return config.google.clientId ? [] : [keyMissing('webhooks')];
  const anew = `make a subscription with the URL ${publicUrl}/notion at https://www.notion.so/profile/integrations, then: lockstep webhooks --show-token, and paste what it prints`;
  try {
    if ((await new WebhookToken(database, config.encryptionKeys).load()) !== null) return [];
    const what = "Notion's verification token is not known";
    return [
      {
        ...SUBJECT,
        code: 'webhook_token_missing',
        what,
        why: `nothing that Notion sends is believed: ${WHY}`,
        mend: anew,
      },
    ];
  } catch (error) {
    if (!(error instanceof FinalError)) throw error;
    const code = error.code === 'encryption_key' ? error.code : 'encryption_damaged';
    const why = `nothing that Notion sends is believed: ${WHY}`;
    return [{ ...SUBJECT, code, what: error.message, why, mend: `lockstep webhooks --reset; ${anew}` }];
  }
}

/** A calendar that Google does not show has a finding of its own. */
async function ofChannels(context: DoctorContext, publicUrl: string): Promise<Finding[]> {
  const address = `${publicUrl}/google`;
  const seen = (await context.calendars()).filter((reading) => reading.seen !== null);
  const channels = await new ChannelStore(context.database).list();
  return seen.flatMap(({ calendar }) => {
    const own = channels.filter(
      ({ account, calendarId }) => account === calendar.account && calendarId === calendar.id,
    );
    const here = own.filter((channel) => channel.address === address && channel.resourceId !== null);
    const last = Math.max(...here.map(({ expiresAt }) => expiresAt.getTime()));
    if (last > Date.now()) return [];
    const ended = here.length > 0 ? `: the last one ended at ${new Date(last).toISOString()}` : '';
    return [
      {
        ...SUBJECT,
        code: 'channel_missing',
        subject: `google/${calendar.name}`,
        what: `Google does not tell ${address} of changes in the calendar${ended}`,
        why: WHY,
        mend: 'lockstep webhooks, which opens a channel and keeps one open; what keeps it from that stands on its standard error',
      } as const,
    ];
  });
}
