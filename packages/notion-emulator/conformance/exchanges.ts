import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** A recorded request and its answer. */
export interface Exchange {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly version: string;
  readonly body: unknown;
  readonly status: number;
  readonly answer: unknown;
}

/** Exchanges that were recorded one after the other. */
export interface Recording {
  readonly name: string;
  readonly exchanges: readonly Exchange[];
}

const header = z.union([z.string(), z.array(z.string())]).optional();
const cassette = z.object({
  interactions: z.array(
    z.object({
      request: z.object({
        method: z.string(),
        uri: z.string(),
        body: z.unknown().optional(),
        headers: z.record(z.string(), header),
      }),
      // Two formats: that of requests, and an older one of httpx.
      response: z.object({
        status: z.object({ code: z.number() }).optional(),
        status_code: z.number().optional(),
        body: z.object({ string: z.unknown().optional() }).optional(),
        content: z.unknown().optional(),
      }),
    }),
  ),
});

/** All VCR cassettes, and JSON answers beside a script with the request, in a folder and below it. */
export function readRecordings(folder: string): Recording[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (path) => !path.includes('node_modules'),
  );
  return files.sort().flatMap((path) => {
    const file = join(folder, path);
    if (/\.ya?ml$/.test(path)) return readCassette(file);
    const script = file.replace(/\.json$/, '.sh');
    return path.endsWith('.json') && existsSync(script) ? readFixture(file, script) : [];
  });
}

function readCassette(file: string): Recording[] {
  const text = readFileSync(file, 'utf8');
  if (!text.includes('interactions:')) return [];
  const { success, data } = cassette.safeParse(parse(text, { maxAliasCount: -1 }));
  if (!success) return [];
  const exchanges = data.interactions.flatMap(({ request, response }): Exchange[] => {
    if (!URL.canParse(request.uri) || new URL(request.uri).hostname !== 'api.notion.com') return [];
    const { pathname, search } = new URL(request.uri);
    const version = Object.entries(request.headers).find(([name]) => name.toLowerCase() === 'notion-version')?.[1];
    return [
      {
        method: request.method,
        path: pathname + search,
        version: (typeof version === 'string' ? version : version?.[0]) ?? '',
        body: fromJson(request.body),
        status: response.status?.code ?? response.status_code ?? 0,
        answer: fromJson(response.body?.string ?? response.content),
      },
    ];
  });
  return exchanges.length === 0 ? [] : [{ name: basename(file), exchanges }];
}

/** A fixture has no status: it is that of its error, or 200. */
function readFixture(file: string, script: string): Recording[] {
  const command = readFileSync(script, 'utf8');
  const url = /https:\/\/api\.notion\.com(\/v1\/[^\s'"]+)/.exec(command)?.[1];
  const method = /(?:-X|--request)\s+'?([A-Z]+)/.exec(command)?.[1];
  const data = /(?:--data(?:-raw)?|-d)\s+'([\s\S]*)'\s*$/.exec(command)?.[1];
  const version = /Notion-Version: ([\d-]+)/.exec(command)?.[1] ?? '';
  const answer = fromJson(readFileSync(file, 'utf8'));
  if (url === undefined || typeof answer !== 'object' || answer === null) return [];
  const status = 'status' in answer && typeof answer.status === 'number' ? answer.status : 200;
  const body = data === undefined ? undefined : fromJson(data);
  const exchange = {
    method: method ?? (data === undefined ? 'GET' : 'POST'),
    path: url,
    version,
    body,
    status,
    answer,
  };
  return [{ name: basename(file), exchanges: [exchange] }];
}

function fromJson(value: unknown): unknown {
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value;
  if (typeof text !== 'string' || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
