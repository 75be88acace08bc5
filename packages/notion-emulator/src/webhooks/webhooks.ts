import { randomBytes, randomUUID } from 'node:crypto';
import { signWebhookPayload } from '@notionhq/client';
import { uuidFrom } from '../ids.ts';
import type { Store } from '../store.ts';
import { isVisible, visibleDataSource } from '../visibility.ts';
import { type Change, type Occurrence, occurrencesOf } from './events.ts';

const MOST_ATTEMPTS = 8;
const ANSWER_WITHIN_MS = 10_000;

export interface WebhookSettings {
  /** For how long changes of one page or data source are gathered, in milliseconds. Notion's own: up to a minute. */
  readonly windowMs: number;
  /** How often each event is delivered: 0 loses it, 2 is what a late answer leads to. */
  readonly copies: number;
  /** Before the second attempt; doubled for each further one. */
  readonly retryMs: number;
}

const DEFAULT_WEBHOOK_SETTINGS: WebhookSettings = { windowMs: 100, copies: 1, retryMs: 500 };

interface Subscription {
  readonly id: string;
  readonly url: string;
  readonly token: string;
  isActive: boolean;
}

/**
 * Tells subscribers what changes, as Notion does: gathered, in no order, signed
 * with the token that the subscriber has shown to have received, and several
 * times until it is answered with 2xx.
 */
export class Webhooks {
  readonly #store: Store;
  readonly #botId: string;
  readonly #subscriptions: Subscription[] = [];
  readonly #gathered = new Map<string, Occurrence[]>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #settings: WebhookSettings = DEFAULT_WEBHOOK_SETTINGS;
  /** Answers to deliveries so far, by status; 0 where none came. */
  readonly answers: number[] = [];

  /** @param botId whose access decides what is told */
  constructor(store: Store, botId: string) {
    this.#store = store;
    this.#botId = botId;
    store.watch((change) => this.#notice(change));
  }

  configure(changes: Partial<WebhookSettings>): void {
    this.#settings = { ...this.#settings, ...changes };
  }

  /** Sends the verification token. @returns the subscription's id, to be confirmed @throws Error unless it is answered with 2xx */
  async subscribe(url: string): Promise<string> {
    const { protocol, hostname } = new URL(url);
    if (protocol !== 'https:' && hostname !== '127.0.0.1') throw new Error('a webhook needs an https URL');
    const subscription = {
      id: randomUUID(),
      url,
      token: `secret_${randomBytes(24).toString('base64url')}`,
      isActive: false,
    };
    const status = await post(url, JSON.stringify({ verification_token: subscription.token }), {});
    if (status < 200 || status >= 300) throw new Error(`the verification token was answered with ${status}`);
    this.#subscriptions.push(subscription);
    return subscription.id;
  }

  /** What the owner pastes. @throws Error when it is not the token that was sent */
  confirm(id: string, token: string): void {
    const subscription = this.#subscriptions.find((candidate) => candidate.id === id);
    if (subscription?.token !== token) throw new Error('that is not the verification token');
    subscription.isActive = true;
  }

  close(): void {
    this.#subscriptions.length = 0;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #notice(change: Change): void {
    if (!this.#subscriptions.some(({ isActive }) => isActive) || !this.#isShared(change)) return;
    const { id } = change.after;
    const gathered = this.#gathered.get(id);
    const occurrences = occurrencesOf(this.#store, change);
    if (gathered) gathered.push(...occurrences);
    else if (occurrences.length > 0) {
      this.#gathered.set(id, occurrences);
      this.#later(this.#settings.windowMs, () => this.#tell(id));
    }
  }

  #isShared({ table, after }: Change): boolean {
    const viewer = { botId: this.#botId };
    return table === 'page'
      ? isVisible(this.#store, after, viewer)
      : visibleDataSource(this.#store, after.id, viewer) !== undefined;
  }

  #tell(id: string): void {
    const occurrences = this.#gathered.get(id) ?? [];
    this.#gathered.delete(id);
    const types = new Set(occurrences.map(({ type }) => type));
    // What was made and deleted meanwhile was never there.
    if (types.has('page.created') && types.has('page.deleted')) return;
    // The latest first: whoever needs an order is to find out here.
    for (const type of [...types].reverse()) {
      const same = occurrences.filter((occurrence) => occurrence.type === type);
      const [last] = same.slice(-1);
      if (!last) continue;
      const authors = [...new Set(same.map(({ author }) => author))].map((author) => ({
        id: author,
        type: this.#store.users.get(author)?.kind ?? 'person',
      }));
      for (const subscription of this.#subscriptions.filter(({ isActive }) => isActive)) {
        const event = { ...this.#envelope(subscription), authors, type, entity: last.entity, data: last.data };
        for (let copy = 0; copy < this.#settings.copies; copy += 1) this.#deliver(subscription, event, 1);
      }
    }
  }

  #envelope({ id }: Subscription) {
    return {
      id: randomUUID(),
      timestamp: new Date(this.#store.clock.now()).toISOString(),
      workspace_id: uuidFrom('workspace'),
      workspace_name: 'Lockstep',
      subscription_id: id,
      integration_id: uuidFrom('integration: Lockstep'),
      api_version: '2025-09-03',
    };
  }

  #deliver(subscription: Subscription, event: object, attempt: number): void {
    const send = async (): Promise<void> => {
      const body = JSON.stringify({ ...event, attempt_number: attempt });
      const signature = await signWebhookPayload({ body, verificationToken: subscription.token });
      const status = await post(subscription.url, body, { 'x-notion-signature': signature });
      this.answers.push(status);
      if ((status >= 200 && status < 300) || attempt === MOST_ATTEMPTS) return;
      this.#later(this.#settings.retryMs * 2 ** (attempt - 1), () => this.#deliver(subscription, event, attempt + 1));
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

/** @returns the status, 0 when there was no answer */
async function post(url: string, body: string, headers: Record<string, string>): Promise<number> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
