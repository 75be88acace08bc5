import { afterAll, describe, expect, test } from 'vitest';
import {
  EVENTS,
  type Event,
  everyModel,
  type Model,
  type Outcome,
  playModel,
  type Said,
  type Version,
} from './small-model.ts';

/** The full model takes minutes. Without it, each conflict runs in one order and policy, and no call hangs. */
const FULL = process.env.LOCKSTEP_EXHAUSTIVE === 'full';

const models = everyModel();
const groups = [...new Set(models.map(({ entity, start }) => `${entity}, ${start}`))];
const modelsOf = (group: string): Model[] => models.filter(({ entity, start }) => group === `${entity}, ${start}`);

/** Calls that change nothing: failing before or after is equivalent. */
const READ = /(source|states|outbox|unseen|count|refreshes|latest edit|query changes|scan|read|read body|find by key)$/;
const SAME_FOR_READS: ReadonlySet<Event['what']> = new Set(['after', 'crash after']);
const eventsAt = (label: string): Event['what'][] =>
  EVENTS.filter((what) => FULL || (what !== 'hang' && !(READ.test(label) && SAME_FOR_READS.has(what))));

let played = 0;
afterAll(() => console.log(`the small model: ${played} cases`));

async function play(model: Model, event: Event | null): Promise<Outcome> {
  played += 1;
  return playModel(model, event);
}

const sameVersion = (a: Version, b: Version): boolean =>
  a.title === b.title && a.count === b.count && a.archival === b.archival;

/** The final state by rules 1, 2 and 5. */
function expected({ base, notion, sql }: Said, { last, conflicts, ...model }: Model): Version | null {
  // A row deleted in SQL comes back unless it never had a page. A page in the trash creates no row.
  if (!sql || !base) return notion?.archival === 'archived' && !base ? null : notion;
  if (!notion) return sql;
  if (sameVersion(notion, base)) return sql;
  if (sameVersion(sql, base)) return notion;
  const winner = last === 'notion' ? notion : sql;
  // A page in the trash takes no edits: an edit of its row waits for the restore, and follows it.
  const followsRestore = base.archival === 'archived' && model.notion === 'restore' && model.sql.startsWith('edit');
  if (conflicts === 'row' && !followsRestore) return winner;
  const pick = (part: keyof Version) =>
    notion[part] === base[part] ? sql[part] : sql[part] === base[part] ? notion[part] : winner[part];
  return { title: pick('title'), count: pick('count'), archival: pick('archival') };
}

const say = (model: Model, problem: string): string => `${JSON.stringify(model)}: ${problem}`;

/** An edit during the cycle may lead to another valid end. */
const BY_USERS: ReadonlySet<Event['what']> = new Set(['Notion edit', 'SQL edit', 'SQL archive']);
const isFault = ({ what }: Event): boolean => !BY_USERS.has(what);

describe('one record and every act of both sides [S1–S6]', () => {
  test.each(groups)('%s: ends as the rules say', async (group) => {
    const found: string[] = [];
    for (const model of modelsOf(group)) {
      const { broken, said, row } = await play(model, null);
      const [is, wanted] = [row, expected(said, model)].map((version) => JSON.stringify(version));
      const problems = is === wanted ? broken : [...broken, `the row ended as ${is} instead of ${wanted}`];
      found.push(...problems.map((problem) => say(model, problem)));
    }
    expect(found).toEqual([]);
  });
});

describe('a failure, crash or edit at any call of the cycle leads to the same end', () => {
  test.each(groups)(
    '%s',
    async (group) => {
      const found: string[] = [];
      for (const model of modelsOf(group).filter(
        ({ conflicts, last }) => FULL || (conflicts === 'row' && last === 'sql'),
      )) {
        const calm = await play(model, null);
        for (const event of calm.calls.flatMap((label, at) => eventsAt(label).map((what) => ({ at, what })))) {
          const { broken, end } = await play(model, event);
          const isOther = isFault(event) && end.join() !== calm.end.join();
          const problems = isOther ? [...broken, `it ended as ${end} instead of ${calm.end}`] : broken;
          found.push(
            ...problems.map((problem) => `${event.what} ${event.at} (${calm.calls[event.at]}) ${say(model, problem)}`),
          );
        }
      }
      expect(found).toEqual([]);
    },
    600_000,
  );
});
