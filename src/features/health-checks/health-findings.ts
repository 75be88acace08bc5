import { randomUUID } from 'node:crypto';
import { type Database, sql, transaction } from '../../database/client.ts';
import { toTemporaryId } from '../../sync/temporary-id.ts';

/** Something that is wrong, and may last. */
export interface Problem {
  /** The same as long as it is the same problem, such as `stale:tasks:inbound`. */
  readonly key: string;
  readonly title: string;
  /** Markdown. */
  readonly description: string;
  readonly priority: 'Low' | 'Medium' | 'High' | 'Critical';
  readonly component: string;
}

/** A problem that was seen before. */
export interface KnownProblem {
  readonly key: string;
  readonly seenAt: Date;
  readonly openedAt: Date | null;
  readonly closedAt: Date | null;
  /** What its fix was last told. */
  readonly description: string | null;
  /** Its row of `system_fixes`; null: none was made, or it is gone. */
  readonly fix: Fix | null;
}

export interface Fix {
  readonly id: string;
  readonly status: string | null;
  readonly description: string | null;
  readonly archived: boolean;
}

export type FixStep =
  /** Seen for the first time, or again. */
  | { readonly kind: 'watch'; readonly problem: Problem }
  /** A new fix. */
  | { readonly kind: 'open'; readonly problem: Problem }
  /** The fix of an earlier time says it again. */
  | { readonly kind: 'reopen'; readonly problem: Problem; readonly fixId: string }
  /** A person settled the fix: it stays as it is for as long as the problem lasts. */
  | { readonly kind: 'leave'; readonly problem: Problem }
  | { readonly kind: 'tell'; readonly problem: Problem; readonly fixId: string }
  | { readonly kind: 'fixed'; readonly key: string; readonly fixId: string | null }
  /** It went before anybody was told. */
  | { readonly kind: 'forget'; readonly key: string };

/** What is on somebody's desk. Any other status, such as a «Won't fix» of a person's own, is a word that stands. */
export const OPEN_STATUSES: readonly string[] = ['Reported', 'Investigating', 'In Progress'];
export const FIXED = 'Fixed';

/** How many fixes were written, by what was done with them. */
export type Settled = Readonly<Record<'open' | 'reopen' | 'tell' | 'fixed', number>>;

/**
 * Brings the rows of `system_fixes` in step with what is wrong, as a user's edits. Of several workers at once, each
 * finds what another has written.
 * @param plan what is to be done, by what was seen before
 * @throws as `asDatabaseErrors`
 */
export const settleFindings = (
  database: Database,
  plan: (known: readonly KnownProblem[]) => readonly FixStep[],
  now: Date,
): Promise<Settled> =>
  transaction(database, { as: 'user' }, async (tx) => {
    await tx.query(sql`SELECT pg_advisory_xact_lock(hashtextextended('lockstep:health-findings', 0))::text`);
    const done = { open: 0, reopen: 0, tell: 0, fixed: 0 };
    for (const step of plan(await knownProblems(tx))) {
      const isWritten = await take(tx, step, now);
      if (isWritten && step.kind in done) done[step.kind as keyof Settled] += 1; // the line before says so
    }
    return done;
  });

interface Stored extends Omit<KnownProblem, 'fix'> {
  readonly fixId: string | null;
  readonly status: string | null;
  readonly fixDescription: string | null;
  readonly archived: boolean;
}

async function knownProblems(tx: Database): Promise<KnownProblem[]> {
  const found = await tx.query<Stored>(sql`
    SELECT h.key, h.seen_at AS "seenAt", h.opened_at AS "openedAt", h.closed_at AS "closedAt", h.description,
           f.id AS "fixId", f.status, f.description AS "fixDescription", f.archived_at IS NOT NULL AS archived
      FROM health_findings h LEFT JOIN system_fixes f ON f.id = h.fix_id ORDER BY h.key`);
  return found.map(({ fixId, status, fixDescription, archived, ...rest }) => ({
    ...rest,
    fix: fixId === null ? null : { id: fixId, status, description: fixDescription, archived },
  }));
}

/** @returns whether a fix was written */
async function take(tx: Database, step: FixStep, now: Date): Promise<boolean> {
  switch (step.kind) {
    case 'watch': {
      const seen = { seen_at: now, opened_at: null, closed_at: null };
      const { key } = step.problem;
      await tx.healthFinding.upsert({ where: { key }, create: { key, ...seen }, update: seen });
      return false;
    }
    case 'open': {
      const { title, description, priority, component } = step.problem;
      const id = randomUUID();
      await tx.systemFix.create({
        data: {
          ...{ id, notion_page_id: toTemporaryId(id), title, description, priority, category: 'Sync' },
          ...{ affected_component: component, source: 'Auto-Detection' },
        },
      });
      await opened(tx, step.problem, now, id);
      return true;
    }
    case 'reopen': {
      const { title, description } = step.problem;
      await tx.execute(sql`
        UPDATE system_fixes SET title = ${title}, description = ${description},
               status = CASE WHEN status = ${FIXED} THEN 'Reported' ELSE status END, resolution_notes = nullif(resolution_notes, ${OVER})
         WHERE id = ${step.fixId}::uuid`);
      await opened(tx, step.problem, now);
      return true;
    }
    case 'leave':
      await opened(tx, step.problem, now);
      return false;
    case 'tell': {
      const { key, description } = step.problem;
      await tx.systemFix.update({ where: { id: step.fixId }, data: { description } });
      await tx.healthFinding.update({ where: { key }, data: { description } });
      return true;
    }
    case 'fixed':
      await tx.healthFinding.update({ where: { key: step.key }, data: { opened_at: null, closed_at: now } });
      return step.fixId !== null && (await markFixed(tx, step.fixId));
    case 'forget':
      await tx.healthFinding.delete({ where: { key: step.key } });
      return false;
  }
}

const opened = (tx: Database, { key, description }: Problem, now: Date, fixId?: string): Promise<unknown> =>
  tx.healthFinding.update({
    where: { key },
    data: { opened_at: now, description, ...(fixId === undefined ? {} : { fix_id: fixId }) },
  });

const OVER = 'It went by itself: the health checks do not find it any more.';

async function markFixed(tx: Database, id: string): Promise<boolean> {
  const fixed = await tx.execute(sql`
    UPDATE system_fixes SET status = ${FIXED}, resolution_notes = coalesce(nullif(resolution_notes, ''), ${OVER})
     WHERE id = ${id}::uuid AND archived_at IS NULL AND (status IS NULL OR status = ANY (${[...OPEN_STATUSES]}))`);
  return fixed > 0;
}
