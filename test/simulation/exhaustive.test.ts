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

/** All of it, in minutes; otherwise the orders and policies of a conflict are played without events only. */
const FULL = process.env.LOCKSTEP_EXHAUSTIVE === 'full';

const models = everyModel();
const groups = [...new Set(models.map(({ entity, start }) => `${entity}, ${start}`))];
const modelsOf = (group: string): Model[] => models.filter(({ entity, start }) => group === `${entity}, ${start}`);

let played = 0;
afterAll(() => console.log(`the small model: ${played} cases`));

async function play(model: Model, event: Event | null): Promise<Outcome> {
  played += 1;
  return playModel(model, event);
}

const sameVersion = (a: Version, b: Version): boolean =>
  a.title === b.title && a.count === b.count && a.archival === b.archival;

/** How the record must end, by rules 1, 2 and 5 alone. */
function expected({ base, notion, sql }: Said, { last, conflicts }: Model): Version | null {
  // A row deleted by SQL comes back; one that never had a page is gone. A page in the trash makes no row.
  if (!sql || !base) return notion?.archival === 'archived' && !base ? null : notion;
  if (!notion) return sql;
  if (sameVersion(notion, base)) return sql;
  if (sameVersion(sql, base)) return notion;
  const winner = last === 'notion' ? notion : sql;
  if (conflicts === 'row') return winner;
  const pick = (part: keyof Version) =>
    notion[part] === base[part] ? sql[part] : sql[part] === base[part] ? notion[part] : winner[part];
  return { title: pick('title'), count: pick('count'), archival: pick('archival') };
}

/** What is wrong with how a case ended, in a line that says how to see it again. */
function wrong(model: Model, event: Event | null, outcome: Outcome, calm: Outcome): string[] {
  const { broken, said, row, end } = outcome;
  const shall = expected(said, model);
  const isQuiet = event?.what !== 'Notion edit' && event?.what !== 'SQL edit';
  const found = [...broken];
  if (isQuiet && JSON.stringify(row) !== JSON.stringify(shall))
    found.push(`the row ended as ${JSON.stringify(row)} instead of ${JSON.stringify(shall)}`);
  if (isQuiet && end.join() !== calm.end.join())
    found.push(`it ended otherwise than without the fault: ${end.join(', ')}`);
  const where = event ? ` with ${JSON.stringify(event)} (${outcome.calls[event.at]})` : '';
  return found.map((problem) => `${JSON.stringify(model)}${where}: ${problem}`);
}

describe('one record, all that both sides can do with it [S1–S7]', () => {
  test.each(groups)('%s: it ends as the rules say', async (group) => {
    const found: string[] = [];
    for (const model of modelsOf(group)) {
      const outcome = await play(model, null);
      found.push(...wrong(model, null, outcome, outcome));
    }
    expect(found).toEqual([]);
  });
});

describe('whatever fails, crashes or is edited at any call of the cycle, it ends no other way', () => {
  test.each(groups)(
    '%s',
    async (group) => {
      const found: string[] = [];
      for (const model of modelsOf(group)) {
        if (!FULL && (model.conflicts === 'field' || model.last === 'notion')) continue;
        const calm = await play(model, null);
        for (const at of calm.calls.keys()) {
          for (const what of EVENTS) found.push(...wrong(model, { at, what }, await play(model, { at, what }), calm));
        }
      }
      expect(found).toEqual([]);
    },
    600_000,
  );
});
