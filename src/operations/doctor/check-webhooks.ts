import { FinalError, RetryableError } from '../../errors.ts';
import { ChannelStore } from '../../google/channel-store.ts';
import { WebhookToken } from '../../runtime/webhook-token.ts';
import { keyMissing } from './check-google.ts';
import type { DoctorContext } from './doctor-context.ts';
import type { Finding } from './finding.ts';

const RESPONSE_TIMEOUT_MS = 5_000;

/**
 * If LOCKSTEP_PUBLIC_URL is set: checks that the webhook server is reachable there, that Notion's token is known, and
 * that Google has a channel for each calendar.
 */
export async function checkWebhooks(
  context: DoctorContext,
  { isReadable }: { isReadable: boolean },
): Promise<Finding[]> {
  const { publicUrl } = context.config;
  if (publicUrl === undefined) return [];
  const endpoint = await endpointFindings(publicUrl);
  if (!isReadable) return endpoint;
  const token = await tokenFindings(context, publicUrl);
  try {
    return [...endpoint, ...token, ...(await channelFindings(context, publicUrl))];
  } catch (error) {
    if (!(error instanceof RetryableError)) throw error;
    // `checkGoogle` reports that Google does not respond.
    return [...endpoint, ...token];
  }
}

const SUBJECT = { severity: 'problem', subject: 'webhooks' } as const;
/** Webhooks that were set up replace polls until they are known to be silent. */
const WHY = 'edits are fetched only by the next cycle, and after a day without a webhook by polls';

/** How edits arrive without webhooks. */
const withoutWebhooks = ({ hints }: DoctorContext['config']): string =>
  hints ? 'edits are noticed by polls, within about half a minute' : 'edits are fetched only by the next cycle';

async function endpointFindings(publicUrl: string): Promise<Finding[]> {
  const failure = await fetch(`${publicUrl}/healthz`, { signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS) }).then(
    async (response) => (response.ok && (await response.text()).trim() === 'ok' ? null : `status ${response.status}`),
    (error: unknown) => (error instanceof Error && error.name === 'TimeoutError' ? 'no response' : 'no connection'),
  );
  if (failure === null) return [];
  return [
    {
      ...SUBJECT,
      code: 'webhooks_unreachable',
      what: `the webhook server does not respond at ${publicUrl}/healthz (${failure})`,
      why: WHY,
      fix: 'run lockstep webhooks behind a proxy that forwards LOCKSTEP_PUBLIC_URL to its port',
    },
  ];
}

async function tokenFindings({ config, database }: DoctorContext, publicUrl: string): Promise<Finding[]> {
  // With a Google client, `checkGoogle` reports the missing key.
  if (!config.encryptionKeys) return config.google.clientId ? [] : [keyMissing('webhooks')];
  const subscribe = `run lockstep webhooks --accept-token; within 15 minutes create a webhook subscription with the URL ${publicUrl}/notion at https://www.notion.so/profile/integrations; then run lockstep webhooks --show-token, and paste its output there`;
  try {
    if ((await new WebhookToken(database, config.encryptionKeys).load()) !== null) return [];
    const what = "Notion's verification token is not known";
    return [
      {
        ...SUBJECT,
        code: 'webhook_token_missing',
        what,
        why: `Notion's webhooks are rejected: ${withoutWebhooks(config)}`,
        fix: subscribe,
      },
    ];
  } catch (error) {
    if (!(error instanceof FinalError)) throw error;
    const code = error.code === 'encryption_key' ? error.code : 'encryption_damaged';
    const why = `Notion's webhooks are rejected: ${WHY}`;
    return [{ ...SUBJECT, code, what: error.message, why, fix: subscribe }];
  }
}

/** Skips calendars that Google did not return: `checkGoogle` reports them. */
async function channelFindings(context: DoctorContext, publicUrl: string): Promise<Finding[]> {
  const address = `${publicUrl}/google`;
  const seen = (await context.calendars()).filter((reading) => reading.seen !== null);
  const channels = await new ChannelStore(context.database).list();
  return seen.flatMap(({ calendar }) => {
    const ofCalendar = channels.filter(
      ({ account, calendarId }) => account === calendar.account && calendarId === calendar.id,
    );
    const here = ofCalendar.filter((channel) => channel.address === address && channel.resourceId !== null);
    const last = Math.max(...here.map(({ expiresAt }) => expiresAt.getTime()));
    if (last > Date.now()) return [];
    const ended = here.length > 0 ? `: the last channel expired at ${new Date(last).toISOString()}` : '';
    return [
      {
        ...SUBJECT,
        code: 'channel_missing',
        subject: `google/${calendar.name}`,
        what: `Google does not notify ${address} of changes in the calendar${ended}`,
        why: withoutWebhooks(context.config),
        fix: 'run lockstep webhooks, which opens a channel and renews it; if that fails, its standard error says why',
      } as const,
    ];
  });
}
