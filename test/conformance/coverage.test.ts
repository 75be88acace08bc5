import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@notionhq/client';
import { describe, expect, it } from 'vitest';
import { googleDescription } from './google/description.ts';
import { notionDescription } from './notion/description.ts';

const SOURCE = 'src';
const NOT_THE_PRODUCT = /^(emulators|generated)\//;
const NO_PAGE = '00000000-0000-4000-8000-000000000000';
const ANY = ['page_id', 'block_id', 'database_id', 'data_source_id', 'user_id', 'property_id'];

/** The matches of a pattern's first group in the source files whose names match a second pattern. */
function callsIn(files: RegExp, call: RegExp): string[] {
  const found = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !NOT_THE_PRODUCT.test(file))
    .map((file) => readFileSync(join(SOURCE, file), 'utf8'))
    .filter((text) => files.test(text))
    .flatMap((text) => [...text.matchAll(call)].map(([, name = '']) => name.replaceAll(/\s/g, '')));
  return [...new Set(found)].sort();
}

describe('every request that the product makes is described', () => {
  it('of Notion', { timeout: 60_000 }, async () => {
    const calls = callsIn(/\bapi\s*\.call\b|@notionhq\/client/, /\bclient\s*\.\s*(\w+(?:\s*\.\s*\w+)*)\(/g);
    expect(calls).toContain('pages.properties.retrieve');
    const description = await notionDescription();
    for (const call of calls) {
      const { method, pathname } = await requestOf(call);
      const { operation } = description.judge({ method, url: pathname, requestBody: '{}', answer: null });
      expect(operation, `client.${call} (test/conformance/notion/types.ts lacks it)`).not.toBeNull();
    }
  });

  it('of Google', () => {
    const calls = callsIn(/\bGoogleApi\b[\s\S]*\bapi\.call\(/, /\b((?:events|channels)\s*\.\s*\w+)\(/g);
    expect(calls).toEqual(expect.arrayContaining(['events.insert', 'events.watch', 'channels.stop']));
    const { operations } = googleDescription();
    for (const call of calls) expect(operations).toContain(`calendar.${call}`);
  });
});

/** The request that the real client sends for a method, given by name. */
async function requestOf(call: string): Promise<{ method: string; pathname: string }> {
  const sent: { method: string; pathname: string }[] = [];
  const client = new Client({
    auth: 'none',
    logger: () => undefined,
    fetch: async (url, { method = 'get' } = {}) => {
      sent.push({ method: method.toUpperCase(), pathname: new URL(url).pathname });
      return new Response('{}');
    },
  });
  const names = call.split('.');
  const last = names.pop() ?? '';
  // The names come from source that the compiler has checked against this very client.
  const owner = names.reduce<unknown>((part, name) => Reflect.get(Object(part), name), client);
  await Reflect.get(Object(owner), last).call(owner, Object.fromEntries(ANY.map((name) => [name, NO_PAGE])));
  const [first] = sent;
  if (!first) throw new Error(`client.${call} sends nothing`);
  return first;
}
