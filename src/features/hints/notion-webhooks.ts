import { verifyWebhookSignature } from '@notionhq/client';
import type { Hint } from '../../cycle/types.ts';
import type { Database } from '../../database/client.ts';
import type { WebhookToken } from '../../runtime/webhook-token.ts';
import { gatheredPages } from './gathered-pages.ts';
import type { Handler } from './handler.ts';
import { eventSchema, handshakeSchema, isEcho, noticedBy } from './notion-events.ts';

/** What is edited by one hand is told about in one breath. */
const GATHERED_MS = 50;

export interface NotionWebhooksOptions {
  readonly database: Database;
  readonly token: WebhookToken;
  /** As whom we write in Notion, null while that is not known. */
  readonly ownId: () => string | null;
  /** Rejects when nobody could be told. */
  readonly giveHint: (entity: string, hint: Hint) => Promise<void>;
  readonly say: (line: string) => void;
}

/** Takes what Notion says has changed. It believes nobody who has not signed. */
export function notionWebhooks({ database, token, ownId, giveHint, say }: NotionWebhooksOptions): Handler {
  const give = gatheredPages((entity, pageIds) => giveHint(entity, { kind: 'pages', pageIds }), GATHERED_MS);
  return async ({ headers }, body) => {
    const said = parseJson(body);
    const handshake = handshakeSchema.safeParse(said);
    if (handshake.success) {
      const isOurs = await token.keepFirst(handshake.data.verification_token);
      if (isOurs) say('Notion sent its verification token; `lockstep webhooks --show-token` prints it');
      return isOurs
        ? { status: 200, text: 'kept' }
        : { status: 409, text: 'there is a verification token already: start lockstep webhooks --reset' };
    }
    const verificationToken = await token.load();
    const signature = headers['x-notion-signature'];
    if (
      verificationToken === null ||
      typeof signature !== 'string' ||
      !(await verifyWebhookSignature({ body, signature, verificationToken }))
    ) {
      return { status: 401, text: 'the signature is not right' };
    }
    const event = eventSchema.safeParse(said);
    if (!event.success) return { status: 400, text: 'not an event of Notion' };
    const found = isEcho(event.data, ownId()) ? null : await noticedBy(database, event.data);
    if (found)
      await (found.pageId === null ? giveHint(found.entity, { kind: 'changed' }) : give(found.entity, found.pageId));
    return { status: 200, text: found ? 'taken' : 'nothing to do' };
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
