import { randomBytes, randomUUID } from 'node:crypto';
import { signWebhookPayload } from '@notionhq/client';
import { uuidFrom } from '../ids.ts';
import type { Store } from '../store.ts';
import { isVisible, visibleDataSource } from '../visibility.ts';
import { type Change, type Occurrence, occurrencesOf } from './events.ts';

const MAX_ATTEMPTS = 8;
const TIMEOUT_MS = 10_000;

export interface WebhookSettings {
  /** How long changes to one page or data source are batched, in milliseconds. Notion takes up to a minute. */
  readonly windowMs: number;
  /** How many times each event is delivered: 0 loses it, 2 duplicates it, as after a response that came too late. */
  readonly copies: number;
  /** The delay before the second attempt. It doubles with each attempt. */
  readonly retryMs: number;
}

const DEFAULT_WEBHOOK_SETTINGS: WebhookSettings = { windowMs: 100, copies: 1, retryMs: 500 };

interface Subscription {
  readonly id: string;
  readonly url: string;
  readonly token: string;
  isActive: boolean;
}

/** The integration whose access decides which events are sent. */
export interface WebhookIntegration {
  readonly botId: string;
  readonly name: string;
}

/**
 * Sends events to subscribers as Notion does: batched, in no particular order,
 * signed with the subscription's verification token, and retried until the
 * subscriber answers with 2xx.
 */
export class Webhooks {
  readonly #store: Store;
  readonly #integration: WebhookIntegration;
  readonly #subscriptions: Subscription[] = [];
  /** By page or data source id. */
  readonly #batches = new Map<string, Occurrence[]>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #settings: WebhookSettings = DEFAULT_WEBHOOK_SETTINGS;
  /** The status of each delivery so far; 0 when there was no answer. */
  readonly answers: number[] = [];

  constructor(store: Store, integration: WebhookIntegration) {
    this.#store = store;
    this.#integration = integration;
    store.watch((change) => this.#onChange(change));
  }

  configure(changes: Partial<WebhookSettings>): void {
    this.#settings = { ...this.#settings, ...changes };
  }

  /** Sends the verification token. @returns the id to confirm @throws Error when the subscriber does not answer with 2xx */
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
    if (status < 200 || status >= 300) throw new Error(`the webhook answered the verification token with ${status}`);
    this.#subscriptions.push(subscription);
    return subscription.id;
  }

  /** Activates a subscription. @throws Error when the token is not the one that was sent */
  confirm(id: string, token: string): void {
    const subscription = this.#subscriptions.find((candidate) => candidate.id === id);
    if (subscription?.token !== token) throw new Error('the verification token is wrong');
    subscription.isActive = true;
  }

  close(): void {
    this.#subscriptions.length = 0;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #onChange(change: Change): void {
    if (!this.#subscriptions.some(({ isActive }) => isActive) || !this.#isShared(change)) return;
    const { id } = change.after;
    const batch = this.#batches.get(id);
    const occurrences = occurrencesOf(this.#store, change);
    if (batch) batch.push(...occurrences);
    else if (occurrences.length > 0) {
      this.#batches.set(id, occurrences);
      this.#later(this.#settings.windowMs, () => this.#send(id));
    }
  }

  #isShared({ table, after }: Change): boolean {
    const viewer = this.#integration;
    return table === 'page'
      ? isVisible(this.#store, after, viewer)
      : visibleDataSource(this.#store, after.id, viewer) !== undefined;
  }

  #send(id: string): void {
    const occurrences = this.#batches.get(id) ?? [];
    this.#batches.delete(id);
    const types = new Set(occurrences.map(({ type }) => type));
    // A page that was created and deleted within one window causes no events.
    if (types.has('page.created') && types.has('page.deleted')) return;
    // Latest first, so that subscribers that rely on an order fail here.
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
      workspace_name: 'Emulated workspace',
      subscription_id: id,
      integration_id: uuidFrom(`integration: ${this.#integration.name}`),
      api_version: '2026-03-11',
    };
  }

  #deliver(subscription: Subscription, event: object, attempt: number): void {
    const send = async (): Promise<void> => {
      const body = JSON.stringify({ ...event, attempt_number: attempt });
      const signature = await signWebhookPayload({ body, verificationToken: subscription.token });
      const status = await post(subscription.url, body, { 'x-notion-signature': signature });
      this.answers.push(status);
      if ((status >= 200 && status < 300) || attempt === MAX_ATTEMPTS) return;
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
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
