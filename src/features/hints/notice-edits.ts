import type { RecentEdit, RecentEdits } from '../../notion/recent-edits.ts';

const MINUTE_MS = 60_000;
/** Pages of an unfinished minute that are read again at each poll; the others when their minute is over. */
export const MAX_READ_AGAIN = 3;

/** What earlier polls have seen. */
export interface Memory {
  /** Notion's time at the last poll. */
  readonly polledAt: Date;
  /** Edits before it, in milliseconds, were made before the first poll, or were below the end of a full answer. */
  readonly since: number;
  /** The last edit of each page since then. */
  readonly seen: ReadonlyMap<string, RecentEdit>;
  /** Pages that a person edited in a minute that was not over yet: a later edit in it looks the same. */
  readonly unfinished: ReadonlyMap<string, RecentEdit>;
}

export interface Noticed {
  /** Pages that a person has edited, or may have edited again. */
  readonly pages: readonly RecentEdit[];
  readonly memory: Memory;
}

/**
 * Compares an answer with what earlier polls have seen. The first answer is only remembered: the cycle finds what it
 * shows.
 * @param ownId Lockstep's bot in Notion, whose edits are no news
 */
export function noticeEdits(before: Memory | null, { edits, isCut, answeredAt }: RecentEdits, ownId: string): Noticed {
  const since = before?.since ?? startOfMinute(answeredAt);
  const news = edits.filter((edit) => edit.editedAt.getTime() >= since && !isSeen(before, edit));
  const byPeople = news.filter(({ editedBy }) => editedBy !== ownId);
  const isOver = ({ editedAt }: RecentEdit): boolean => editedAt.getTime() + MINUTE_MS <= answeredAt.getTime();
  const waiting = [...(before?.unfinished.values() ?? [])];
  const again = [...waiting.filter(isOver), ...waiting.filter((edit) => !isOver(edit)).slice(-MAX_READ_AGAIN)];
  const oldest = edits.at(-1);
  const nextSince = isCut && oldest ? Math.max(since, oldest.editedAt.getTime()) : since;
  const isSince = ({ editedAt }: RecentEdit): boolean => editedAt.getTime() >= nextSince;
  return {
    pages: [...byPage([...again, ...(before ? byPeople : [])]).values()],
    memory: {
      polledAt: answeredAt,
      since: nextSince,
      seen: byPage([...(before?.seen.values() ?? []), ...edits].filter(isSince)),
      unfinished: byPage([...waiting, ...byPeople.toReversed()].filter((edit) => !isOver(edit))),
    },
  };
}

/** Whether there may be edits since the last poll beyond the end of the answer: it does not reach back to its minute. */
export function isTooShort(before: Memory | null, { edits, isCut }: RecentEdits): boolean {
  const oldest = edits.at(-1);
  return (
    before !== null && isCut && oldest !== undefined && oldest.editedAt.getTime() >= startOfMinute(before.polledAt)
  );
}

const startOfMinute = (time: Date): number => Math.floor(time.getTime() / MINUTE_MS) * MINUTE_MS;

/** The editor counts, too: a person may edit a page in the minute in which Lockstep wrote it. */
function isSeen(memory: Memory | null, { pageId, editedAt, editedBy }: RecentEdit): boolean {
  const known = memory?.seen.get(pageId);
  return known?.editedAt.getTime() === editedAt.getTime() && known.editedBy === editedBy;
}

/** The last of each page, in the order of the last ones. */
function byPage(edits: readonly RecentEdit[]): ReadonlyMap<string, RecentEdit> {
  const pages = new Map<string, RecentEdit>();
  for (const edit of edits) {
    pages.delete(edit.pageId);
    pages.set(edit.pageId, edit);
  }
  return pages;
}
