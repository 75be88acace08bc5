import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sessionNotes } from '../../../src/features/session-notes/session-notes.ts';
import { listen, readBody } from '../../../src/shared/http-service.ts';
import { type ChoreFixture, openChoreFixture } from '../chores/support.ts';

const KEY = 'sk-not-to-be-shown';
const IDEA = {
  title: 'Index the notes',
  description: 'See [it](https://evil.example)',
  priority: 'High',
  category: 'Database',
};

let fixture: ChoreFixture;
let server: Server;
let url: string;
/** What the model was asked, and its next answers. */
let asked: { model: string; messages: { content: string }[]; response_format: object }[] = [];
let keys: (string | undefined)[] = [];
let says: { status?: number; headers?: Record<string, string>; content?: string; body?: string } = {};

beforeAll(async () => {
  fixture = await openChoreFixture();
  server = createServer((request, response) => {
    void readBody(request, 1_000_000).then((body) => {
      if (request.url !== '/v1/chat/completions') return response.writeHead(404).end();
      asked.push(JSON.parse(String(body)));
      keys.push(request.headers.authorization);
      const { status = 200, headers = {}, content, body: raw } = says;
      const text = raw ?? JSON.stringify({ choices: [{ index: 0, message: { role: 'assistant', content } }] });
      return response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
    });
  });
  url = `http://127.0.0.1:${await listen(server, '127.0.0.1', 0)}/v1/`;
});
afterAll(async () => {
  server.close();
  await fixture.close();
});
beforeEach(async () => {
  [asked, keys, says] = [[], [], { content: JSON.stringify({ ideas: [IDEA] }) }];
  await fixture.sql('TRUNCATE notes, tags, note_tags, system_upgrades, analysed_notes, note_ideas');
  await fixture.sql(
    "INSERT INTO notes (title, content) VALUES ('Session 12', 'The notes are slow'), ('Obsession', 'x'), ('Session, empty', NULL)",
  );
});

const env = (): Record<string, string> => ({ LOCKSTEP_AI_URL: url, LOCKSTEP_AI_KEY: KEY, LOCKSTEP_AI_MODEL: 'small' });
const run = (): Promise<string> => sessionNotes(fixture.context(env()));
const upgrades = (): Promise<object[]> => fixture.sql('SELECT * FROM system_upgrades ORDER BY title');

describe('session notes', () => {
  it('are not sent unless it is configured', async () => {
    expect(await sessionNotes(fixture.context({}))).toBe('no model is asked: LOCKSTEP_AI_URL is not set');
    expect(() => fixture.context({ LOCKSTEP_AI_URL: url })).toThrow('LOCKSTEP_AI_MODEL is not set');
  });

  it('become ideas once, as plain text', async () => {
    expect(await run()).toBe('1 new idea from 1 note');
    expect(await upgrades()).toMatchObject([
      {
        ...{ title: IDEA.title, status: 'Idea', priority: 'High', category: 'Database', source: 'AI Analysis' },
        description: 'See \\[it](https://evil.example)',
      },
    ]);
    expect(await fixture.sql("SELECT 1 FROM sync_outbox WHERE entity = 'system_upgrades'")).toHaveLength(1);
    expect(keys).toEqual([`Bearer ${KEY}`]);
    expect(asked[0]).toMatchObject({
      model: 'small',
      response_format: { type: 'json_schema', json_schema: { strict: true } },
    });
    expect(JSON.parse(asked[0]?.messages[1]?.content ?? '')).toEqual({
      note: 'Session 12\n\nThe notes are slow',
      noted: [],
    });
    expect(await run()).toBe('0 new ideas from 0 notes');
    expect(asked).toHaveLength(1);
  });

  it('are sent again when they have changed, and an idea is never added twice', async () => {
    await run();
    await fixture.sql('UPDATE system_upgrades SET archived_at = now()');
    await fixture.sql("UPDATE notes SET body = 'And more' WHERE title = 'Session 12'");
    says = {
      content: JSON.stringify({
        ideas: [
          { ...IDEA, title: ' index the NOTES! ' },
          { ...IDEA, title: 'Another', priority: null },
        ],
      }),
    };
    expect(await run()).toBe('1 new idea from 1 note');
    expect(JSON.parse(asked[1]?.messages[1]?.content ?? '')).toMatchObject({ noted: [IDEA.title] });
    expect((await upgrades()).length).toBe(2);
  });

  it('are also recognized by their tag or type', async () => {
    await fixture.sql(`
      WITH n AS (INSERT INTO notes (title, body) VALUES ('Tagged', 'a') RETURNING id),
      g AS (INSERT INTO tags (name) VALUES ('Session Notes') RETURNING id),
      l AS (INSERT INTO note_tags SELECT n.id, g.id FROM n, g)
      INSERT INTO notes (title, type, body) VALUES ('Typed', 'Session', 'b')`);
    expect(await run()).toBe('1 new idea from 3 notes');
  });

  it.each([
    ['no JSON', 'Here are some ideas: …'],
    ['another shape', '[]'],
    ['more than was asked for', JSON.stringify({ ideas: [IDEA], sql: 'DROP TABLE notes' })],
    ['a field of its own', JSON.stringify({ ideas: [{ ...IDEA, status: 'Done' }] })],
    ['an option that there is not', JSON.stringify({ ideas: [{ ...IDEA, priority: 'Now' }] })],
    ['a title that is too long', JSON.stringify({ ideas: [{ ...IDEA, title: 'x'.repeat(121) }] })],
    ['too many ideas', JSON.stringify({ ideas: Array.from({ length: 6 }, (_, n) => ({ ...IDEA, title: `${n}` })) })],
  ])('with the answer %s add nothing, and are not sent again', async (_, content) => {
    says = { content };
    expect(await run()).toMatch(
      /^0 new ideas from 1 note; note [\da-f-]{36}: the model's answer does not match the schema$/,
    );
    expect(await upgrades()).toEqual([]);
    expect(await run()).toBe('0 new ideas from 0 notes');
  });

  it('are sent again when the service was busy or unreachable', async () => {
    says = { status: 429, headers: { 'retry-after': '7' }, body: KEY };
    await expect(run()).rejects.toMatchObject({ code: 'ai_unavailable', retryAfterMs: 7_000 });
    says = { status: 503, body: '' };
    await expect(run()).rejects.toMatchObject({ code: 'ai_unavailable' });
    says = { content: JSON.stringify({ ideas: [IDEA] }) };
    expect(await run()).toBe('1 new idea from 1 note');
  });

  it.each([
    [{ status: 401, body: KEY }, 'LOCKSTEP_AI_URL returned 401: check LOCKSTEP_AI_KEY'],
    [{ status: 404, body: KEY }, 'and LOCKSTEP_AI_MODEL'],
    [{ status: 302, headers: { location: '/elsewhere' }, body: '' }, 'LOCKSTEP_AI_URL does not respond'],
  ])('report an error of the service without its key (%j)', async (answer, message) => {
    says = answer;
    const refused = await run().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Error);
    expect(String(refused)).toContain(message);
    expect(JSON.stringify([String(refused), refused])).not.toContain(KEY);
  });

  it('that are refused are sent again; if all are refused, the run fails', async () => {
    says = { status: 400, body: '{}' };
    await expect(run()).rejects.toThrow('the model refused the question (400), and every other');
    says = { content: JSON.stringify({ ideas: [IDEA] }) };
    expect(await run()).toBe('1 new idea from 1 note');
  });

  it('skip a note whose response is not a chat completion', async () => {
    says = { body: '<html>' };
    expect(await run()).toContain("the model's answer is not a chat completion");
    await fixture.sql('TRUNCATE analysed_notes');
    says = { body: 'x'.repeat(600_000) };
    expect(await run()).toContain("the model's answer is too long");
  });
});
