import { afterEach } from 'vitest';
import { startConformanceProxy } from '../support/conformance-proxy.ts';
import type { Answer, Description, Exchange } from './exchange.ts';
import { isObject } from './schema.ts';

const cleanUp: (() => Promise<void>)[] = [];

/** Registers work to run after the test, last registered first. */
export const afterwards = (work: () => Promise<void>): number => cleanUp.push(work);

afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work();
});

/** A proxy that records every exchange by operation name; the test fails when one does not conform. */
export async function recorded(target: string, description: Description) {
  const exchanges: (Exchange & { readonly operation: string; readonly answer: Answer })[] = [];
  const proxy = await startConformanceProxy(target, {
    ...description,
    judge: (exchange) => {
      const verdict = description.judge(exchange);
      const { answer } = exchange;
      if (verdict.operation !== null && answer) exchanges.push({ ...exchange, answer, operation: verdict.operation });
      return verdict;
    },
  });
  afterwards(() => proxy.close());
  return { url: proxy.url, exercised: proxy.exercised, exchanges };
}

/** One change of a JSON value. */
export interface Mutation {
  readonly what: string;
  readonly mutated: unknown;
}

/** The value with another type, or an unknown key, at each place in it. */
export function mutationsOf(value: unknown, at = ''): Mutation[] {
  const here: Mutation[] = [
    { what: `${at || '/'} is of another type`, mutated: ofAnotherType(value) },
    ...(isObject(value) ? [{ what: `${at || '/'} has an unknown key`, mutated: { ...value, unheard_of: true } }] : []),
  ];
  const below = Array.isArray(value) || isObject(value) ? Object.entries(value) : [];
  return [
    // Many values may be null, and anything may replace null.
    ...(value === null ? [] : here),
    ...below.flatMap(([key, part]) =>
      mutationsOf(part, `${at}/${key}`).map(({ what, mutated }) => ({ what, mutated: replaced(value, key, mutated) })),
    ),
  ];
}

const ofAnotherType = (value: unknown): unknown => (typeof value === 'string' ? 4711 : 'something else');

const replaced = (value: unknown, key: string, part: unknown): unknown =>
  Array.isArray(value)
    ? value.map((item, at) => (String(at) === key ? part : item))
    : { ...(isObject(value) ? value : {}), [key]: part };

/** The value without each of the keys. */
export const droppedFrom = (value: unknown, keys: readonly string[]): Mutation[] =>
  keys.map((key) => ({
    what: `without ${key}`,
    mutated: Object.fromEntries(Object.entries(isObject(value) ? value : {}).filter(([name]) => name !== key)),
  }));
