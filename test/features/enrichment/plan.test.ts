import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { expect, test } from 'vitest';
import { planCycle } from '../../../src/activities/plan-cycle.ts';
import { readConfig } from '../../../src/config.ts';
import type { CycleRequest } from '../../../src/cycle/messages.ts';
import type { WorkerServices } from '../../../src/runtime/services.ts';

const planned = async (env: NodeJS.ProcessEnv, request: CycleRequest = {}) => {
  const plan = planCycle({ config: readConfig(env) } as WorkerServices); // a plan needs no more
  const client = { withDeadline: async () => false };
  const context = { info: {}, client } as unknown as Context; // the rest of a context is not used
  return (await asyncLocalStorage.run(context, () => plan(request))).enrichments;
};
const all = { TMDB_API_KEY: 'k', RAWG_API_KEY: 'k', LOCKSTEP_CONTACTS: 'work' };

test('an enrichment without a key is not planned', async () => {
  expect(await planned({})).toBeUndefined();
  expect(await planned({ RAWG_API_KEY: 'k' })).toEqual(['games-from-rawg']);
  expect(await planned(all)).toEqual(['media-from-tmdb', 'games-from-rawg', 'people-from-contacts']);
});

test('only full cycles and cycles of its entity include an enrichment', async () => {
  expect(await planned(all, { entities: ['tasks', 'games'] })).toEqual(['games-from-rawg']);
  expect(await planned(all, { entities: ['tasks'] })).toBeUndefined();
  expect(await planned(all, { names: ['media-notion-to-sql'] })).toBeUndefined();
  expect(await planned(all, { directions: ['inbound'] })).toBeUndefined();
  expect(await planned(all, { dryRun: true })).toBeUndefined();
  expect(await planned(all, { sweep: true, urgent: true })).toHaveLength(3);
});

test('a wrong choice of account is one line', () => {
  expect(() => readConfig({ LOCKSTEP_GMAIL_LABELS: 'on' })).toThrow(
    'LOCKSTEP_GMAIL_LABELS must be off, personal or work',
  );
  expect(() => readConfig({ TMDB_LANGUAGE: 'Spanish' })).toThrow('TMDB_LANGUAGE is not a language such as en-US');
});
