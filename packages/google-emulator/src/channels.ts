import { createHash } from 'node:crypto';
import { z } from 'zod';
import { badRequest, refusal } from './refusal.ts';
import type { Calendar, GoogleState } from './state.ts';

const DEFAULT_SECONDS = 604_800;
const TIMEOUT_MS = 10_000;
const MAX_ATTEMPTS = 6;
const RETRIED_STATUSES = [500, 502, 503, 504];
const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'];

const watchBody = z.strictObject({
  id: z.string().regex(/^[\w\-+/=]{1,64}$/, 'must match [A-Za-z0-9_\\-+/=]{1,64}'),
  type: z.literal('web_hook', { error: 'is not supported' }),
  address: z.string(),
  // It is sent in a header.
  token: z
    .string()
    .regex(/^[\x20-\x7e]{0,256}$/)
    .optional(),
  expiration: z.coerce.number().int().optional(),
  params: z.strictObject({ ttl: z.string().regex(/^\d+$/).optional() }).optional(),
});
const stopBody = z.object({ id: z.string(), resourceId: z.string() });

export interface ChannelSettings {
  /** How many times each notification is delivered; 0 loses it. */
  readonly copies: number;
  /** The delay before the second attempt. It doubles with each attempt. */
  readonly retryMs: number;
  /** The longest lifetime of a channel, whatever is requested. Google does not document its own. */
  readonly maxSeconds: number;
}

const DEFAULT_SETTINGS: ChannelSettings = { copies: 1, retryMs: 500, maxSeconds: DEFAULT_SECONDS };

export interface Channel {
  readonly id: string;
  /** The user who created it. Only this user can stop it. */
  readonly user: string;
  readonly calendarId: string;
  readonly resourceId: string;
  readonly resourceUri: string;
  readonly address: string;
  readonly token: string | undefined;
  readonly expiresAt: number;
}

/**
 * Push channels, which notify a client that a calendar changed. Unlike Google's, they are lost when the emulator
 * stops, and notifications are sent to this machine only.
 * @see https://developers.google.com/workspace/calendar/api/guides/push
 */
export class Channels {
  readonly #state: GoogleState;
  readonly #open = new Map<string, Channel>();
  /** The last message number by channel id. Ids cannot be reused, even after their channel ended. */
  readonly #numbers = new Map<string, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #settings = DEFAULT_SETTINGS;
  /** The status of each notification so far; 0 when there was no answer. */
  readonly answers: number[] = [];

  constructor(state: GoogleState) {
    this.#state = state;
    state.watch((calendarId) => this.#changed(calendarId));
  }

  configure(changes: Partial<ChannelSettings>): void {
    this.#settings = { ...this.#settings, ...changes };
  }

  /** Channels that are neither stopped nor expired. */
  list(): Channel[] {
    return [...this.#open.values()].filter(({ expiresAt }) => expiresAt > this.#state.now());
  }

  /** Sends a duplicate notification, as if the answer had been lost. */
  repeat(): void {
    for (const channel of this.list()) this.#notify(channel, 'exists');
  }

  /** @returns the answer to `events.watch` @throws Refusal */
  watch(user: string, calendar: Calendar, body: unknown): object {
    const { id, address, token, expiration, params } = parse(watchBody, body);
    checkAddress(address);
    if (this.#numbers.has(id)) throw refusal(400, 'channelIdNotUnique', `Channel id ${id} not unique`);
    const now = this.#state.now();
    const wanted = expiration ?? now + Number(params?.ttl ?? DEFAULT_SECONDS) * 1000;
    if (wanted <= now) throw badRequest('Invalid value for channel.expiration: is in the past');
    const channel: Channel = {
      ...{ id, user, address, token },
      calendarId: calendar.id,
      // The same for every channel of the calendar.
      resourceId: createHash('sha256').update(calendar.id).digest('base64url').slice(0, 27),
      resourceUri: `https://www.googleapis.com/calendar/v3/calendars/${encodeURIComponent(calendar.id)}/events?alt=json`,
      expiresAt: Math.min(wanted, now + this.#settings.maxSeconds * 1000),
    };
    this.#open.set(id, channel);
    this.#notify(channel, 'sync');
    const { resourceId, resourceUri, expiresAt } = channel;
    return {
      kind: 'api#channel',
      ...{ id, resourceId, resourceUri },
      ...(token === undefined ? {} : { token }),
      expiration: String(expiresAt),
    };
  }

  /** @throws Refusal 404 for an unknown channel or one of another user */
  stop(user: string, body: unknown): void {
    const { id, resourceId } = parse(stopBody, body);
    const channel = this.list().find((open) => open.id === id);
    if (channel?.user !== user || channel.resourceId !== resourceId)
      throw refusal(404, 'notFound', `Channel '${id}' not found for project '000000000000'`);
    this.#open.delete(id);
  }

  close(): void {
    this.#open.clear();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #changed(calendarId: string): void {
    for (const channel of this.list()) {
      if (channel.calendarId !== calendarId) continue;
      for (let copy = 0; copy < this.#settings.copies; copy += 1) this.#notify(channel, 'exists');
    }
  }

  #notify(channel: Channel, state: 'sync' | 'exists'): void {
    // Google's message numbers increase, but not by one.
    const number = state === 'sync' ? 1 : (this.#numbers.get(channel.id) ?? 1) + 3;
    this.#numbers.set(channel.id, number);
    if (LOOPBACK.includes(new URL(channel.address).hostname))
      this.#deliver(channel, headersOf(channel, state, number), 1);
  }

  #deliver(channel: Channel, headers: Record<string, string>, attempt: number): void {
    const send = async (): Promise<void> => {
      const status = await post(channel.address, headers);
      this.answers.push(status);
      if (!RETRIED_STATUSES.includes(status) || attempt === MAX_ATTEMPTS) return;
      this.#later(this.#settings.retryMs * 2 ** (attempt - 1), () => this.#deliver(channel, headers, attempt + 1));
    };
    void send();
  }

  #later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    timer.unref();
    this.#timers.add(timer);
  }
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw badRequest(`Invalid value for channel.${issue?.path.join('.')}: ${issue?.message}`);
}

function checkAddress(address: string): void {
  const url = URL.canParse(address) ? new URL(address) : null;
  const isSecure = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.includes(url.hostname));
  if (!isSecure) throw refusal(400, 'push.webhookUrlNotHttps', `WebHook callback must be HTTPS: ${address}`);
}

const headersOf = (channel: Channel, state: string, number: number): Record<string, string> => ({
  'user-agent': 'APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)',
  'x-goog-channel-id': channel.id,
  ...(channel.token === undefined ? {} : { 'x-goog-channel-token': channel.token }),
  'x-goog-channel-expiration': new Date(channel.expiresAt).toUTCString(),
  'x-goog-resource-id': channel.resourceId,
  'x-goog-resource-uri': channel.resourceUri,
  'x-goog-resource-state': state,
  'x-goog-message-number': String(number),
});

/** @returns the status, 0 when there was no answer */
async function post(url: string, headers: Record<string, string>): Promise<number> {
  try {
    const response = await fetch(url, { method: 'POST', headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
