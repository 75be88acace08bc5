import type { Entity } from '../entities/define.ts';
import { LockstepError, RecordError } from '../errors.ts';
import type { NotionApi } from './api.ts';
import { type BodyChange, bodyChange, canonicalBody, isCutOff, isEdited, type PageMarkdown } from './body.ts';

/** @see https://developers.notion.com/reference/request-limits */
const MOST_BYTES = 500_000;

export interface Body {
  /** As Notion says it: what an edit must name. */
  readonly raw: string;
  /** As it is compared and kept. */
  readonly text: string | null;
  /** By Notion's clock, at the latest. */
  readonly readAt: Date;
}

/** What stands on the pages of one entity. Instead of a body that is out of reach there is the reason. */
export interface PageBodies {
  read(pageId: string): Promise<Body | RecordError>;
  /** Makes a body say something else. What Markdown cannot make stays; the answer is what Notion then says. */
  write(pageId: string, current: Body, wanted: string | null): Promise<Body | RecordError>;
}

export function pageBodies(api: NotionApi, entity: Entity): PageBodies {
  const bodyOf = (pageId: string, answer: PageMarkdown, readAt: Date): Body | RecordError =>
    isCutOff(answer)
      ? new RecordError(
          'body_truncated',
          `${entity.name}: the body of page ${pageId} is too long for one answer, or has pages in it that are not shared with the integration: its column is left as it is, and an edit of it waits. Edit it in Notion, shorten it, or share those pages.`,
        )
      : { raw: answer.markdown, text: canonicalBody(answer.markdown), readAt };

  return {
    read: async (pageId) => {
      const readAt = api.notionTime;
      try {
        const answer = await api.call(
          { entity: entity.name, kind: 'read', what: `the body of page ${pageId}` },
          (client) => client.pages.retrieveMarkdown({ page_id: pageId }),
        );
        return bodyOf(pageId, answer, readAt);
      } catch (error) {
        if (error instanceof LockstepError && ['refused', 'not_found', 'page_trashed'].includes(error.code)) {
          return new RecordError(
            'body_unreadable',
            `${entity.name}: Notion does not give the body of page ${pageId}; its column is left as it is: ${error.message}`,
          );
        }
        throw error;
      }
    },

    write: async (pageId, current, wanted) => {
      const change = bodyChange(current.raw, wanted);
      if (!change) return current;
      if (change.kind === 'impossible') {
        return new RecordError(
          'body_unsayable',
          `${entity.name}: what is to change in the body of page ${pageId} stands between blocks that Markdown cannot name; the edit waits. Make it in Notion.`,
        );
      }
      const request = requestFor(change);
      const tooLong = refuseTooLong(request, `the body of page ${pageId}`);
      if (tooLong) return tooLong;
      const readAt = api.notionTime;
      try {
        const answer = await api.call(
          { entity: entity.name, kind: 'write', what: `the body of page ${pageId}`, ofRecord: true },
          (client) => client.pages.updateMarkdown({ page_id: pageId, ...request }),
        );
        if (change.kind === 'edits' && !isEdited(current.raw, change, answer.markdown)) {
          return new RecordError(
            'body_changed',
            `${entity.name}: the body of page ${pageId} was edited in Notion at the same moment; both are compared in the next cycle`,
          );
        }
        return bodyOf(pageId, answer, readAt);
      } catch (error) {
        if (error instanceof RecordError) return error;
        throw error;
      }
    },
  };
}

type MarkdownRequest =
  | { type: 'update_content'; update_content: { content_updates: { old_str: string; new_str: string }[] } }
  | { type: 'replace_content'; replace_content: { new_str: string } };

const requestFor = (change: Exclude<BodyChange, { kind: 'impossible' }>): MarkdownRequest =>
  change.kind === 'edits'
    ? { type: 'update_content', update_content: { content_updates: [...change.edits] } }
    : { type: 'replace_content', replace_content: { new_str: change.markdown } };

/** Notion takes no longer requests. */
export function refuseTooLong(request: object, what: string): RecordError | null {
  const bytes = Buffer.byteLength(JSON.stringify(request));
  if (bytes <= MOST_BYTES) return null;
  return new RecordError(
    'text_too_long',
    `${what} makes a request of ${bytes} bytes; Notion takes at most ${MOST_BYTES}. Shorten it.`,
  );
}
