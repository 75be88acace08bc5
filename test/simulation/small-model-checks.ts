import { expect } from 'vitest';
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

const models = everyModel();
const groupOf = ({ entity, start }: Model): string => `${entity}, ${start}`;

/** By entity, and by where the record exists at the start. */
export const modelGroups: readonly string[] = [...new Set(models.map(groupOf))];
export const modelsOf = (group: string): readonly Model[] => models.filter((model) => groupOf(model) === group);

/** How many cases were played. */
export const played = { count: 0 };

async function play(model: Model, event: Event | null): Promise<Outcome> {
  played.count += 1;
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

/** Plays models without an event: they must end as the rules say. */
export async function expectRules(models: readonly Model[]): Promise<void> {
  const found: string[] = [];
  for (const model of models) {
    const { broken, said, row } = await play(model, null);
    const [is, wanted] = [row, expected(said, model)].map((version) => JSON.stringify(version));
    const problems = is === wanted ? broken : [...broken, `the row ended as ${is} instead of ${wanted}`];
    found.push(...problems.map((problem) => say(model, problem)));
  }
  expect(found).toEqual([]);
}

/** Plays models with each event at each call of the cycle. @param eventsAt the events to try at a call */
export async function expectSameEnd(
  models: readonly Model[],
  eventsAt: (label: string) => readonly Event['what'][] = () => EVENTS,
): Promise<void> {
  const found: string[] = [];
  for (const model of models) {
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
}
