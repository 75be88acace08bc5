import { Client, isFullPage, type PageObjectResponse } from '@notionhq/client';
import { afterEach } from 'vitest';
import {
  createDatabases,
  dataSourceIdOf,
  type FaultRule,
  type NotionEmulator,
  type NotionEmulatorOptions,
  startNotionEmulator,
} from '../src/index.ts';
import { databases } from './databases.ts';

export const NOON = Date.parse('2026-03-01T12:00:30.500Z');

const running = new Set<NotionEmulator>();

afterEach(async () => {
  for (const emulator of running) await emulator.close();
  running.clear();
});

/** An emulator with the ten databases and its clock stopped at `NOON`. It is closed after the test. */
export async function start(options: NotionEmulatorOptions = {}): Promise<NotionEmulator> {
  const emulator = await startNotionEmulator({ requestsPerMinute: 10_000, ...options });
  running.add(emulator);
  emulator.workspace.clock.stop();
  emulator.workspace.clock.set(NOON);
  createDatabases(emulator.workspace, databases);
  return emulator;
}

export async function stop(emulator: NotionEmulator): Promise<void> {
  running.delete(emulator);
  await emulator.close();
}

export const clientOf = (emulator: NotionEmulator, token = emulator.token): Client =>
  new Client({ auth: token, baseUrl: emulator.url, retry: false, timeoutMs: 5_000, logger: () => undefined });

export function databaseOf(name: string): string {
  const database = databases.find((candidate) => candidate.name === name);
  if (!database) throw new Error(`no database ${name}`);
  return database.id;
}

export const sourceOf = (name: string): string => dataSourceIdOf(databaseOf(name));

export const titled = (content: string) => ({ title: [{ text: { content } }] });

export function full(page: { object: string; id: string }): PageObjectResponse {
  if (page.object === 'page' && isFullPage(page as PageObjectResponse)) return page as PageObjectResponse;
  throw new Error(`page ${page.id} came without its content`);
}

/** A property of a page, with the expected type. */
export function property<T extends PageObjectResponse['properties'][string]['type']>(
  page: { object: string; id: string },
  name: string,
  type: T,
): Extract<PageObjectResponse['properties'][string], { type: T }> {
  const found = full(page).properties[name];
  if (found?.type !== type) throw new Error(`${name} is ${found?.type}, not ${type}`);
  return found as Extract<PageObjectResponse['properties'][string], { type: T }>;
}

export const relatedIn = (page: { object: string; id: string }, name: string): string[] =>
  property(page, name, 'relation').relation.map(({ id }) => id);

interface Raw {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
}

/** Sends a request that the client cannot send. A header of `null` is omitted. */
export async function raw(
  emulator: Pick<NotionEmulator, 'url' | 'token'>,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string | null>> = {},
): Promise<Raw> {
  const all = {
    authorization: `Bearer ${emulator.token}`,
    'notion-version': '2025-09-03',
    'content-type': 'application/json',
    ...headers,
  };
  const response = await fetch(emulator.url + path, {
    method,
    headers: Object.fromEntries(
      Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
    ),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  // Every answer of the API is an object.
  const answer = (await response.json()) as Raw['body'];
  return { status: response.status, body: answer, headers: response.headers };
}

/** A rule for `faults.add`. */
export const when = (match: FaultRule['match'], fault: FaultRule['then'], how: Partial<FaultRule> = {}): FaultRule => ({
  match,
  ...how,
  // biome-ignore lint/suspicious/noThenProperty: a fault rule is never awaited
  then: fault,
});
