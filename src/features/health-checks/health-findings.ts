import { randomUUID } from 'node:crypto';
import { type Database, raw, type Sql, sql, transaction } from '../../database/client.ts';
import { quote } from '../../database/entity-sql.ts';
import { roleTable } from '../../database/role-table.ts';
import { insertWithoutPage, updateColumns } from '../../database/write-row.ts';
import { finishedStatuses, optionIn, optionsIn, toColumns } from '../../definition/role-fields.ts';
import { perWorkspace } from '../../shared/workspace.ts';

/** A problem that may last. */
export interface Problem {
  /** Identifies the problem, such as `stale:tasks:inbound`. */
  readonly key: string;
  readonly title: string;
  /** Markdown. */
  readonly description: string;
  readonly priority: 'Low' | 'Medium' | 'High' | 'Critical';
  readonly component: string;
}

/** A problem that was found before. */
export interface KnownProblem {
  readonly key: string;
  readonly seenAt: Date;
  readonly openedAt: Date | null;
  readonly closedAt: Date | null;
  /** The description that its fix was last given. */
  readonly description: string | null;
  /** Its row of the entity with the role `system_fixes`; null if none was created or it was deleted. */
  readonly fix: Fix | null;
}

export interface Fix {
  readonly id: string;
  readonly status: string | null;
  readonly description: string | null;
  readonly archived: boolean;
}

export type FixStep =
  /** Found for the first time, or again after it was gone. */
  | { readonly kind: 'watch'; readonly problem: Problem }
  /** Create a fix. */
  | { readonly kind: 'open'; readonly problem: Problem }
  /** Reopen the earlier fix. */
  | { readonly kind: 'reopen'; readonly problem: Problem; readonly fixId: string }
  /** A person has resolved the fix: it is not changed while the problem lasts. */
  | { readonly kind: 'leave'; readonly problem: Problem }
  | { readonly kind: 'update'; readonly problem: Problem; readonly fixId: string }
  | { readonly kind: 'fixed'; readonly key: string; readonly fixId: string | null }
  /** The problem was gone before a fix was created. */
  | { readonly kind: 'forget'; readonly key: string };

const parts = perWorkspace(() => {
  const fixes = roleTable('system_fixes');
  const finished = finishedStatuses(fixes, 'Fixed');
  const { status = 'status', description = 'description', resolution_notes: notes } = fixes.fields;
  const statusField = fixes.entity.fields[status];
  const open = optionsIn(fixes, 'status').filter(
    (name) => !finished.includes(name) && name !== fixes.entity.archivedStatus,
  );
  const fixed = optionIn(fixes, 'status', 'Fixed') ?? finished[0] ?? '';
  const reported = (statusField?.kind === 'select' ? statusField.default : undefined) ?? open[0] ?? null;
  return { fixes, status, description, notes, open, fixed, reported };
});

/** The open statuses. Any other status was set by a person and stays, such as "Won't fix". */
export const openStatuses = (): readonly string[] => parts().open;
export const fixedStatus = (): string => parts().fixed;

/** Numbers of fixes written, by step. */
export type FixCounts = Readonly<Record<'open' | 'reopen' | 'update' | 'fixed', number>>;

/**
 * Updates the rows of the entity with the role `system_fixes` to match the problems, as a user's edits. A lock serializes concurrent
 * workers.
 * @param plan returns the steps, given the problems found before
 * @throws as `databaseError`
 */
export const updateFixes = (
  database: Database,
  plan: (known: readonly KnownProblem[]) => readonly FixStep[],
  now: Date,
): Promise<FixCounts> =>
  transaction(database, { as: 'user' }, async (tx) => {
    await tx.query(sql`SELECT pg_advisory_xact_lock(hashtextextended('lockstep:health-findings', 0))::text`);
    const done = { open: 0, reopen: 0, update: 0, fixed: 0 };
    for (const step of plan(await readKnownProblems(tx))) {
      const isWritten = await applyStep(tx, step, now);
      if (isWritten && step.kind in done) done[step.kind as keyof FixCounts] += 1; // `in` checks it
    }
    return done;
  });

interface Stored extends Omit<KnownProblem, 'fix'> {
  readonly fixId: string | null;
  readonly status: string | null;
  readonly fixDescription: string | null;
  readonly archived: boolean;
}

async function readKnownProblems(tx: Database): Promise<KnownProblem[]> {
  const { fixes } = parts();
  const found = await tx.query<Stored>(`
    SELECT h.key, h.seen_at AS "seenAt", h.opened_at AS "openedAt", h.closed_at AS "closedAt", h.description,
           t.id AS "fixId", ${fixes.column('status')} AS status, ${fixes.column('description')} AS "fixDescription",
           t.archived_at IS NOT NULL AS archived
      FROM health_findings h LEFT JOIN ${fixes.table} t ON t.id = h.fix_id ORDER BY h.key`);
  return found.map(({ fixId, status, fixDescription, archived, ...rest }) => ({
    ...rest,
    fix: fixId === null ? null : { id: fixId, status, description: fixDescription, archived },
  }));
}

/** @returns whether a fix was written */
async function applyStep(tx: Database, step: FixStep, now: Date): Promise<boolean> {
  switch (step.kind) {
    case 'watch': {
      await tx.execute(sql`
        INSERT INTO health_findings (key, seen_at) VALUES (${step.problem.key}, ${now})
        ON CONFLICT (key) DO UPDATE SET seen_at = excluded.seen_at, opened_at = NULL, closed_at = NULL`);
      return false;
    }
    case 'open': {
      const id = randomUUID();
      await insertWithoutPage(tx, parts().fixes.table, id, toFixColumns(step.problem));
      await markOpened(tx, step.problem, now, id);
      return true;
    }
    case 'reopen': {
      await reopen(tx, step.fixId, step.problem);
      await markOpened(tx, step.problem, now);
      return true;
    }
    case 'leave':
      await markOpened(tx, step.problem, now);
      return false;
    case 'update': {
      const { key, description } = step.problem;
      const { fixes, description: column } = parts();
      await updateColumns(tx, fixes.table, step.fixId, { [column]: description });
      await tx.execute(sql`UPDATE health_findings SET description = ${description} WHERE key = ${key}`);
      return true;
    }
    case 'fixed':
      await tx.execute(sql`UPDATE health_findings SET opened_at = NULL, closed_at = ${now} WHERE key = ${step.key}`);
      return step.fixId !== null && (await markFixed(tx, step.fixId));
    case 'forget':
      await tx.execute(sql`DELETE FROM health_findings WHERE key = ${step.key}`);
      return false;
  }
}

const markOpened = (tx: Database, { key, description }: Problem, now: Date, fixId?: string): Promise<unknown> =>
  tx.execute(sql`
    UPDATE health_findings SET opened_at = ${now}, description = ${description}, fix_id = coalesce(${fixId ?? null}::uuid, fix_id)
     WHERE key = ${key}`);

const RESOLVED_NOTE = 'Resolved: the health checks no longer find the problem.';

/** Without the options that the entity lacks. */
function toFixColumns({ title, description, priority, component }: Problem): Readonly<Record<string, string>> {
  const { fixes } = parts();
  return toColumns(fixes, {
    ...{ title, description, affected_component: component },
    priority: optionIn(fixes, 'priority', priority),
    category: optionIn(fixes, 'category', 'Sync'),
    source: optionIn(fixes, 'source', 'Auto-Detection'),
  });
}

/** Notes are changed only where the entity has them. @param change given the column of the notes */
function setNotes(change: (notes: Sql) => Sql): Sql {
  const { fixes, notes } = parts();
  if (notes === undefined) return sql``;
  return sql`, ${raw(quote(notes))} = ${change(raw(fixes.column('resolution_notes')))}`;
}

function reopen(tx: Database, id: string, { title, description }: Problem): Promise<number> {
  const { fixes, status, description: column, fixed, reported } = parts();
  return tx.execute(sql`
    UPDATE ${raw(fixes.table)} t SET ${raw(quote(fixes.fields.title))} = ${title}, ${raw(quote(column))} = ${description},
           ${raw(quote(status))} = CASE WHEN t.${raw(quote(status))} = ${fixed} THEN ${reported} ELSE t.${raw(quote(status))} END
           ${setNotes((notes) => sql`nullif(${notes}, ${RESOLVED_NOTE})`)}
     WHERE id = ${id}::uuid`);
}

async function markFixed(tx: Database, id: string): Promise<boolean> {
  const { fixes, status, fixed, open } = parts();
  const done = await tx.execute(sql`
    UPDATE ${raw(fixes.table)} t SET ${raw(quote(status))} = ${fixed}
           ${setNotes((notes) => sql`coalesce(nullif(${notes}, ''), ${RESOLVED_NOTE})`)}
     WHERE id = ${id}::uuid AND archived_at IS NULL
       AND (t.${raw(quote(status))} IS NULL OR t.${raw(quote(status))} = ANY (${open}))`);
  return done > 0;
}
