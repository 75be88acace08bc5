import { createTransport } from 'nodemailer';
import type { Config, EmailRoute } from '../../config.ts';
import { type LockstepError, RetryableError } from '../../errors.ts';
import { type Message, messageOf, type News } from './alert-message.ts';

const ANSWER_MS = 10_000;

/**
 * Tells all who are to be told; one that cannot be reached does not keep it from the other.
 * @throws RetryableError `alert_undelivered`, without the address: a webhook's is a secret
 */
export async function send({ webhookUrl, email }: Config['alerts'], news: News, now: Date): Promise<void> {
  const message = messageOf(news, now);
  const sent = await Promise.allSettled([
    ...(webhookUrl === undefined ? [] : [toWebhook(webhookUrl, message, news)]),
    ...(email === undefined ? [] : [toEmail(email, message)]),
  ]);
  const failed = sent.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (failed.length > 0) throw failed[0];
}

/** `text` is what Slack and Mattermost show, `content` Discord. */
const toWebhook = (url: string, { subject, text }: Message, news: News): Promise<void> =>
  ask(url, 'LOCKSTEP_ALERT_WEBHOOK_URL', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: `${subject}\n${text}`, content: `${subject}\n${text}`, ...news }),
  });

/** @throws RetryableError `alert_undelivered` */
export const beat = (url: string): Promise<void> => ask(url, 'LOCKSTEP_HEARTBEAT_URL', { method: 'GET' });

async function ask(url: string, variable: string, request: RequestInit): Promise<void> {
  const answer = await fetch(url, { ...request, redirect: 'follow', signal: AbortSignal.timeout(ANSWER_MS) }).catch(
    (error: unknown) => {
      throw undelivered(`${variable} does not answer`, error);
    },
  );
  await answer.body?.cancel();
  if (!answer.ok) throw undelivered(`${variable} answers ${answer.status}`);
}

async function toEmail({ smtpUrl, from, to }: EmailRoute, { subject, text }: Message): Promise<void> {
  const transport = createTransport({ url: smtpUrl, connectionTimeout: ANSWER_MS, socketTimeout: ANSWER_MS });
  try {
    await transport.sendMail({ from, to: [...to], subject, text });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw undelivered(`the mail server of LOCKSTEP_SMTP_URL does not take the message${code}`);
  } finally {
    transport.close();
  }
}

const undelivered = (what: string, cause?: unknown): LockstepError =>
  new RetryableError('alert_undelivered', `${what}: check it; nobody was told`, { cause });
