import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cpuSecondsOf } from '../../bench/process-usage.ts';
import { parseBlocks } from '../../packages/notion-emulator/src/blocks/parse.ts';
import { checkInputs } from '../../src/cycle/inputs.ts';
import { LockstepError } from '../../src/errors.ts';
import { replaceSection } from '../../src/features/context-files/managed-section.ts';
import { eventSchema } from '../../src/features/hints/notion-events.ts';
import { nameToFileName, nameToSlug } from '../../src/features/managed-files/file-names.ts';
import { toMarkdownLine } from '../../src/features/managed-files/markdown-line.ts';
import { parse } from '../../src/interfaces/bot/parse.ts';
import { toPrintable } from '../../src/interfaces/cli/terminal.ts';
import { readDate } from '../../src/interfaces/tools/dates.ts';
import { canonicalBody, planBodyChange } from '../../src/notion/body.ts';
import { parseMarkdown, toMarkdown } from '../../src/notion/markdown.ts';
import { normaliseDate, normaliseTimestamp } from '../../src/notion/notion-dates.ts';
import { plainSpan } from '../../src/notion/rich-text.ts';
import { decodeText, encodeText } from '../../src/notion/text-codec.ts';
import { parseListenAddress } from '../../src/shared/listen-address.ts';
import { toStorableText } from '../../src/shared/storable-text.ts';
import { connectionTo, hostileText } from './inputs.ts';
import { type AllServers, SERVERS, startAllServers, TOKEN } from './servers.ts';

/** `npm run fuzz:inputs -- --inputs 20000 --seed 1` sets these, and a limit of one second. */
const INPUTS = Number(process.env.LOCKSTEP_FUZZ_INPUTS ?? 200);
const SEED = Number(process.env.LOCKSTEP_FUZZ_SEED ?? 1);
/** Less strict in the suite, whose machine others use, too. */
const MAX_CPU_SECONDS = Number(process.env.LOCKSTEP_FUZZ_CPU_SECONDS ?? 10);
const PATIENCE_MS = 300;
const TIMEOUT_MS = 60_000 + INPUTS * 200;

const moment = { now: new Date('2026-03-02T12:00:00Z'), timeZone: 'Europe/Madrid' };
const field = { kind: 'rich_text', property: 'Notes' } as const;
const items = (text: string): Parameters<typeof decodeText>[1] =>
  (text.match(/.{1,2000}/gsu) ?? []).map(
    (content) =>
      ({
        ...{ type: 'text', text: { content, link: null }, plain_text: content, href: null },
        annotations: {
          ...{ bold: content.includes('*'), italic: content.includes('_'), strikethrough: false },
          ...{ underline: false, code: content.includes('`'), color: 'default' },
        },
      }) as const,
  );
const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** A function that a parser returns is measured by itself. */
const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  'a message to the bot': (text) => parse(text, moment),
  'a date in a message': (text) => readDate(text, moment),
  'Markdown of a column': (text) => parseMarkdown(text),
  'a text, as Markdown': (text) => toMarkdown([plainSpan(toStorableText(text))]),
  'a rich text of Notion': (text) => decodeText(field, items(text)),
  'an edit of a rich text': (text) => {
    const { value, residue } = decodeText(field, items(text));
    return () => encodeText(field, `${value}${text.slice(0, 20)}`, residue);
  },
  'a body': (text) => canonicalBody(text),
  'an edit of a body': (text) =>
    planBodyChange(text, `${text.slice(0, text.length / 2)}x${text.slice(text.length / 2)}`),
  'a date of Notion': (text) => [normaliseDate(text, 'UTC', true), normaliseTimestamp(text, 'UTC')],
  'an event of Notion': (text) => eventSchema.safeParse(jsonIn(text)),
  'the input of a workflow': (text) => checkInputs('syncCycle', [jsonIn(text)]),
  'an address to listen on': (text) => parseListenAddress(text),
  'a file with a managed section': (text) => replaceSection(Buffer.from(text), text),
  'a line of Markdown': (text) => toMarkdownLine(text),
  'the name of a file': (text) => [nameToSlug(text), nameToFileName(text)],
  'text for a terminal': (text) => toPrintable(text),
  "Markdown of the emulator's pages": (text) => parseBlocks(text, { newId: () => 'id' } as never),
};

describe.each(Object.entries(PARSERS))('%s', (_, parser) => {
  test(`${INPUTS} inputs: none takes ${MAX_CPU_SECONDS} s of CPU time, and none is an unexpected error`, {
    timeout: TIMEOUT_MS,
  }, async () => {
    for (const text of fc.sample(hostileText, { numRuns: INPUTS, seed: SEED })) {
      const stages = [() => parser(text)];
      for (let stage = stages.pop(); stage !== undefined; stage = stages.pop()) {
        const work = stage;
        const seconds = await cpuSecondsOf(() => {
          const next = lockstepErrorsAside(work, text);
          if (typeof next === 'function') stages.push(() => next());
        });
        expect([text.slice(0, 300), text.length, seconds]).toEqual([
          expect.anything(),
          text.length,
          expect.toSatisfy((found) => found < MAX_CPU_SECONDS),
        ]);
      }
    }
  });
});

/** Runs a parser, which may refuse a text with an error of Lockstep's own. */
function lockstepErrorsAside(parser: () => unknown, text: string): unknown {
  try {
    return parser();
  } catch (error) {
    if (error instanceof LockstepError) return undefined;
    throw new Error(`${JSON.stringify(text.slice(0, 300))}: ${error}`, { cause: error });
  }
}

describe.each(SERVERS)('the server %s', (name) => {
  /** A database in which nothing is found. */
  const empty = {
    query: async () => [],
    execute: async () => 0,
    transaction: () => Promise.reject(new Error('no database')),
  };
  let servers: AllServers;
  beforeAll(async () => {
    servers = await startAllServers(empty);
  });
  afterAll(() => servers.close());

  /** Ends an incomplete request, for which the server would wait. @returns what the server sent until it closed */
  const exchange = (bytes: Buffer): Promise<string> =>
    new Promise((resolve) => {
      const { hostname, port } = new URL(servers.urls[name] ?? '');
      const socket = connect(Number(port), hostname, () => socket.write(bytes));
      const patience = setTimeout(() => socket.end(), PATIENCE_MS);
      let text = '';
      socket.on('data', (data) => {
        text += data.toString('latin1');
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearTimeout(patience);
        resolve(text);
      });
    });

  test(`${INPUTS} connections: none takes ${MAX_CPU_SECONDS} s of CPU time, none shows a stack, and the server goes on`, {
    timeout: TIMEOUT_MS,
  }, async () => {
    const { host } = new URL(servers.urls[name] ?? '');
    const inputs = fc.sample(connectionTo(host, TOKEN), { numRuns: INPUTS, seed: SEED });
    const atOnce = 50;
    for (let from = 0; from < inputs.length; from += atOnce) {
      const some = inputs.slice(from, from + atOnce);
      let answers: string[] = [];
      const seconds = await cpuSecondsOf(async () => {
        answers = await Promise.all(some.map(exchange));
      });
      expect([from, seconds < MAX_CPU_SECONDS]).toEqual([from, true]);
      for (const [at, answer] of answers.entries()) {
        const shown = some[at]?.toString().slice(0, 1_000);
        expect([shown, answer.slice(0, 1_000)]).toEqual([
          shown,
          expect.not.stringMatching(/\bat .*\.[tj]s:\d+|TypeError/),
        ]);
        expect([shown, answer.slice(0, 40)]).toEqual([
          shown,
          expect.stringMatching(/^($|HTTP\/1\.1 ([1-4]\d\d|501|503))/),
        ]);
      }
    }
    expect(await exchange(Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`))).toMatch(
      /^HTTP\/1\.1 [1-4]/,
    );
  });
});
