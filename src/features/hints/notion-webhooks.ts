import { verifyWebhookSignature } from '@notionhq/client';
import type { Hint } from '../../cycle/messages.ts';
import type { Database } from '../../database/client.ts';
import type { WebhookToken } from '../../runtime/webhook-token.ts';
import { type HttpHandler, textReply } from '../../shared/http-service.ts';
import { batchPages } from './batch-pages.ts';
import { eventSchema, findChanged, handshakeSchema, isEcho } from './notion-events.ts';

/** Notion sends one event for each edited page, and several edits often follow one another. */
const BATCH_MS = 50;

export interface NotionWebhooksOptions {
  readonly database: Database;
  readonly token: WebhookToken;
  /** The id of Lockstep's own bot user in Notion; null while it is not known. */
  readonly ownId: () => string | null;
  /** Rejects when Temporal cannot be reached. */
  readonly giveHint: (entity: string, hint: Hint) => Promise<void>;
  readonly say: (line: string) => void;
}

/** Receives change events from Notion. Unsigned ones are refused. */
export function notionWebhooks({ database, token, ownId, giveHint, say }: NotionWebhooksOptions): HttpHandler {
  const givePage = batchPages((entity, pageIds) => giveHint(entity, { kind: 'pages', pageIds }), BATCH_MS);
  return async ({ headers, readBody }) => {
    const body = await readBody();
    const content = parseJson(body);
    const handshake = handshakeSchema.safeParse(content);
    if (handshake.success) {
      const isOurs = await token.keepFirst(handshake.data.verification_token);
      if (isOurs) say('Notion sent its verification token; `lockstep webhooks --show-token` prints it');
      return isOurs
        ? textReply(200, 'verification token saved')
        : textReply(409, 'no other verification token is accepted now: run lockstep webhooks --accept-token');
    }
    const verificationToken = await token.load();
    const signature = headers['x-notion-signature'];
    if (
      verificationToken === null ||
      typeof signature !== 'string' ||
      !(await verifyWebhookSignature({ body, signature, verificationToken }))
    ) {
      return textReply(401, 'the signature is missing or wrong');
    }
    await token.heard();
    const event = eventSchema.safeParse(content);
    if (!event.success) return textReply(400, 'not a Notion event');
    const found = isEcho(event.data, ownId()) ? null : await findChanged(database, event.data);
    if (found)
      await (found.pageId === null
        ? giveHint(found.entity, { kind: 'changed' })
        : givePage(found.entity, found.pageId));
    return textReply(200, found ? 'accepted' : 'ignored');
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
