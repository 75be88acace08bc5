import type { Entity } from '../entities/define.ts';
import { LockstepError, RecordError } from '../errors.ts';
import { type BodyChange, canonicalBody, isCutOff, isEdited, type PageMarkdown, planBodyChange } from './body.ts';
import type { NotionApi } from './notion-api.ts';
import { checkRequestSize } from './request-size.ts';

export interface Body {
  /** As Notion returns it: an edit must quote it. */
  readonly raw: string;
  /** In canonical form, as it is compared and stored. */
  readonly text: string | null;
  /** A lower bound on Notion's clock. */
  readonly readAt: Date;
  /** When it was read, by `NotionApi.elapsedMs`. */
  readonly lookedAt: number;
}

/** Codes of errors that say that this body cannot be read, now or later. */
const UNREADABLE = ['refused', 'not_found', 'page_trashed'];

/** Reads and writes the bodies of one entity's pages. Where that fails for a single page, returns the reason. */
export class PageBodies {
  readonly #api: NotionApi;
  readonly #entity: Entity;

  constructor(api: NotionApi, entity: Entity) {
    this.#api = api;
    this.#entity = entity;
  }

  async read(pageId: string): Promise<Body | RecordError> {
    const { name } = this.#entity;
    const readAt = this.#api.clock.answeredAt;
    try {
      const answer = await this.#api.call(
        { entity: name, kind: 'read', what: `the body of page ${pageId}` },
        (client) => client.pages.retrieveMarkdown({ page_id: pageId }),
      );
      return this.#toBody(pageId, answer, readAt);
    } catch (error) {
      if (error instanceof LockstepError && UNREADABLE.includes(error.code)) {
        return new RecordError(
          'body_unreadable',
          `${name}: Notion does not return the body of page ${pageId}; its column was not changed: ${error.message}`,
        );
      }
      throw error;
    }
  }

  /** Changes a body to what is wanted. Blocks that Markdown cannot express are kept. @returns the body after the change */
  async write(pageId: string, current: Body, wanted: string | null): Promise<Body | RecordError> {
    const change = planBodyChange(current.raw, wanted);
    if (!change) return current;
    if (change.kind === 'impossible') {
      return new RecordError(
        'body_unsayable',
        `the edit of the body lies between files or blocks that Markdown cannot express. Make it in Notion.`,
      );
    }
    try {
      return await this.#send(pageId, current, change);
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      return error.code === 'refused' ? new RecordError('body_refused', error.message, { cause: error }) : error;
    }
  }

  async #send(pageId: string, current: Body, change: PossibleChange): Promise<Body | RecordError> {
    const { name } = this.#entity;
    const what = `the body of page ${pageId}`;
    const requests = requestsFor(change);
    for (const request of requests) checkRequestSize(request, what);
    const readAt = this.#api.clock.answeredAt;
    let { lookedAt } = current;
    let answer: PageMarkdown = { markdown: current.raw, truncated: false, unknown_block_ids: [] };
    for (const request of requests) {
      const purpose = { entity: name, kind: 'write', what, ofRecord: true, lookedAt } as const;
      answer = await this.#api.call(purpose, (client) => client.pages.updateMarkdown({ page_id: pageId, ...request }));
      // An answer shows the whole body, so it is a look at it.
      lookedAt = this.#api.elapsedMs;
    }
    if ('edits' in change && !isEdited(current.raw, change, answer.markdown)) {
      return new RecordError(
        'body_changed',
        `${name}: ${what} was edited in Notion at the same moment; the next cycle compares both versions`,
      );
    }
    return this.#toBody(pageId, answer, readAt);
  }

  #toBody(pageId: string, answer: PageMarkdown, readAt: Date): Body | RecordError {
    const { elapsedMs: lookedAt } = this.#api;
    if (!isCutOff(answer)) return { raw: answer.markdown, text: canonicalBody(answer.markdown), readAt, lookedAt };
    return new RecordError(
      'body_truncated',
      `${this.#entity.name}: Notion cut off the body of page ${pageId}: it is too long for one answer, or contains pages that are not shared with the integration. Its column was not changed and edits of it are not sent. Shorten it, share those pages, or edit it in Notion.`,
    );
  }
}

type PossibleChange = Exclude<BodyChange, { kind: 'impossible' }>;

type MarkdownRequest =
  | { type: 'update_content'; update_content: { content_updates: { old_str: string; new_str: string }[] } }
  | { type: 'insert_content'; insert_content: { content: string; position: { type: 'start' | 'end' } } }
  | { type: 'replace_content'; replace_content: { new_str: string } };

/** The requests for a change, in order. */
function requestsFor(change: PossibleChange): readonly MarkdownRequest[] {
  if (change.kind === 'replace') return [{ type: 'replace_content', replace_content: { new_str: change.markdown } }];
  const { edits } = change;
  const inserts = change.kind === 'inserts' ? change.inserts : [];
  return [
    ...(edits.length > 0 ? [{ type: 'update_content' as const, update_content: { content_updates: [...edits] } }] : []),
    ...inserts.map(({ at, markdown }) => ({
      type: 'insert_content' as const,
      insert_content: { content: markdown, position: { type: at } },
    })),
  ];
}
