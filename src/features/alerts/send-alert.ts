import { createTransport } from 'nodemailer';
import type { Config, EmailRoute } from '../../config.ts';
import { type LockstepError, RetryableError } from '../../errors.ts';
import { type AlertContent, buildMessage, type Message } from './alert-message.ts';

const TIMEOUT_MS = 10_000;

/**
 * Sends an alert to all routes; if one fails, the other still gets it.
 * @throws RetryableError `alert_undelivered`, without the URL: a webhook URL is a secret
 */
export async function sendAlert(
  { webhookUrl, email }: Config['alerts'],
  content: AlertContent,
  now: Date,
): Promise<void> {
  const message = buildMessage(content, now);
  const sent = await Promise.allSettled([
    ...(webhookUrl === undefined ? [] : [toWebhook(webhookUrl, message, content)]),
    ...(email === undefined ? [] : [toEmail(email, message)]),
  ]);
  const failed = sent.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (failed.length > 0) throw failed[0];
}

/** Slack and Mattermost show `text`, Discord shows `content`. */
function toWebhook(url: string, { subject, text }: Message, content: AlertContent): Promise<void> {
  const message = `${subject}\n${text}`;
  const body = {
    ...{ text: escapeForSlack(message), content: escapeForDiscord(message) },
    ...{ allowed_mentions: { parse: [] }, ...content },
  };
  return sendRequest(url, 'LOCKSTEP_ALERT_WEBHOOK_URL', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

const NOTHING_SHOWN = '\u200b';

/**
 * Slack's links and mentions are in `<>`; Mattermost has mentions with `@` and links as in Markdown.
 * @see https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
const escapeForSlack = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', `@${NOTHING_SHOWN}`)
    .replaceAll('](', `]${NOTHING_SHOWN}(`);

/** @see https://support.discord.com/hc/en-us/articles/210298617 */
const escapeForDiscord = (text: string): string =>
  text.replace(/[\\*_~`|<>[\]#]/g, '\\$&').replaceAll('@', `@${NOTHING_SHOWN}`);

/** @throws RetryableError `alert_undelivered` */
export const sendHeartbeat = (url: string): Promise<void> =>
  sendRequest(url, 'LOCKSTEP_HEARTBEAT_URL', { method: 'GET' });

async function sendRequest(url: string, variable: string, request: RequestInit): Promise<void> {
  const response = await fetch(url, { ...request, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
    (error: unknown) => {
      throw undelivered(`${variable} does not respond`, error);
    },
  );
  await response.body?.cancel();
  if (!response.ok) throw undelivered(`${variable} returned ${response.status}`);
}

async function toEmail({ smtpUrl, from, to }: EmailRoute, { subject, text }: Message): Promise<void> {
  const transport = createTransport({ url: smtpUrl, connectionTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS });
  try {
    await transport.sendMail({ from, to: [...to], subject, text });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw undelivered(`the mail server of LOCKSTEP_SMTP_URL did not accept the message${code}`);
  } finally {
    transport.close();
  }
}

const undelivered = (what: string, cause?: unknown): LockstepError =>
  new RetryableError('alert_undelivered', `${what}: check it; the alert was not delivered`, { cause });
