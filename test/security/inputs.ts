import fc from 'fast-check';

/** Pieces that have a meaning in one of the parsers: Markdown, HTML, dates, terminals, JSON, paths. */
const PIECES = [
  ...['*', '_', '`', '~~', '[', '](', ')', '\\', '*a_', '<', '>', '&', '"', "'", '#', '- ', '1. ', '> ', '```', '$$'],
  ...['<br>', '<table>', '<tr>', '<td>', '</', '<mention-page url="', '{', '}', '|', '\t', '\n', '\r\n', ' ', '\0'],
  ...['tomorrow', 'at 5', 'due ', '2026-02-30', 'T25:61', '%', '%00', '../', '//', '\x1b[2J', '\u202e', '\ud800', 'é'],
  ...['task: ', 'mark ', ' as ', 'http://', 'null', '1e999', '-0', '__proto__', 'constructor', '<!--', '-->'],
];

const piece = fc.oneof(
  fc.constantFrom(...PIECES),
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 4 }),
);

const repeated = (max: number) =>
  fc
    .tuple(fc.array(piece, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max }))
    .map(([parts, times]) => parts.join('').repeat(times));

/** A text for parsers: mostly short, sometimes one part repeated up to Notion's limit. */
export const hostileText: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 60, arbitrary: fc.array(piece, { maxLength: 30 }).map((parts) => parts.join('')) },
    { weight: 38, arbitrary: fc.array(repeated(60), { maxLength: 4 }).map((parts) => parts.join('')) },
    { weight: 2, arbitrary: repeated(60_000) },
  )
  .map((text) => text.slice(0, 200_000));

const PATHS = [
  ...[
    '/',
    '/mcp',
    '/healthz',
    '/readyz',
    '/notion',
    '/google',
    '/conflicts',
    '/history',
    '/entities/tasks',
    '/sign-in',
  ],
  ...[
    '/v1/pages',
    '/v1/search',
    '/v1/users/me',
    '/v1/data_sources/x/query',
    '/v1/blocks/x/children',
    '/token',
    '/revoke',
  ],
  ...[
    '/calendar/v3/calendars/me@example.com/events',
    '/calendar/v3/channels/stop',
    '/o/oauth2/v2/auth',
    '/_emulator/titles',
    '/decode',
    '/encode',
  ],
];

const JSON_RPC = ['initialize', 'tools/list', 'tools/call', 'resources/read', 'ping', 'nonsense'];
const TOOLS = ['find', 'get_record', 'today', 'create_task', 'mark', 'constructor'];

const rpc = fc
  .record({
    method: fc.constantFrom(...JSON_RPC),
    name: fc.constantFrom(...TOOLS),
    args: fc.jsonValue(),
    id: fc.jsonValue(),
  })
  .map(({ method, name, args, id }) => ({
    jsonrpc: '2.0',
    id,
    method,
    params: { name, arguments: args, uri: 'lockstep://tasks/x' },
  }));

const body = fc.oneof(
  fc.constant(''),
  fc.json(),
  rpc.map((message) => JSON.stringify(message)),
  hostileText.map((text) => JSON.stringify({ verification_token: text, query: text, summary: text })),
  hostileText,
);

/** As clients send it, so that the server reads on. */
const encoded = hostileText.map((text) => encodeURIComponent(text.slice(0, 1_000).replace(/\p{Surrogate}/gu, '?')));
const printable = hostileText.map((text) => text.slice(0, 100).replace(/[^ -~]/g, '?'));

const path = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...PATHS) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...PATHS), encoded).map(([start, end]) => `${start}/${end}`) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...PATHS), encoded).map(([start, end]) => `${start}?state=${end}`) },
  { weight: 1, arbitrary: hostileText.map((text) => `/${text.slice(0, 500)}`) },
);

/** @param authority the server's own `host:port` */
const headersFor = (authority: string, token: string) =>
  fc
    .record(
      {
        Host: fc.oneof(
          { weight: 9, arbitrary: fc.constant(authority) },
          { weight: 1, arbitrary: fc.constantFrom('evil.example', '') },
        ),
        'Content-Type': fc.constantFrom('application/json', 'text/plain', 'application/x-www-form-urlencoded'),
        Accept: fc.constant('application/json, text/event-stream'),
        Authorization: fc.constantFrom(`Bearer ${token}`, 'Bearer ntn_emulator', 'Bearer x', 'Basic %'),
        'Notion-Version': fc.constantFrom('2025-09-03', 'x'),
        Origin: fc.constantFrom(`http://${authority}`, 'https://evil.example', 'null'),
        Cookie: printable.map((text) => `lockstep_dashboard=${text}`),
        'X-Goog-Channel-Id': fc.oneof(fc.uuid(), printable),
        'X-Notion-Signature': printable,
        'X-Goog-Channel-Token': printable,
        'X-Goog-Resource-State': fc.constantFrom('sync', 'exists'),
      },
      { requiredKeys: ['Host'] },
    )
    .map((headers) => Object.entries(headers).map(([name, value]) => `${name}: ${value}`));

/** The bytes of one connection: a request, often a damaged one. */
export const connectionTo = (authority: string, token: string): fc.Arbitrary<Buffer> =>
  fc
    .tuple(
      fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'X'),
      path,
      headersFor(authority, token),
      body,
      fc.oneof(
        { weight: 3, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.tuple(fc.nat(2_000), fc.uint8Array({ maxLength: 12 })) },
      ),
    )
    .map(([method, target, headers, content, damage]) => {
      const length = `Content-Length: ${Buffer.byteLength(content)}`;
      const head = [`${method} ${target} HTTP/1.1`, ...headers, length, 'Connection: close'].join('\r\n');
      const bytes = Buffer.from(`${head}\r\n\r\n${content}`);
      if (damage === null) return bytes;
      const [at, inserted] = damage;
      return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + inserted.length)]);
    });
