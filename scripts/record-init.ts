import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startNotionEmulator } from 'notion-emulator';
import pg from 'pg';
import { startPostgres } from '../src/embedded/postgres.ts';
import { Screen } from '../test/support/screen.ts';
import { SPANISH_ROWS } from '../test/support/spanish-rows.ts';
import { PAGES, SPANISH_TITLES, spanishWorkspace } from '../test/support/spanish-workspace.ts';

/**
 * Records `lockstep init` for databases of the owner's choice, in a folder where the package is installed, and the checks
 * after it: `record-init.ts FOLDER RECORDING`. Fails when the two sides differ.
 */
const [folder = '', recording = ''] = process.argv.slice(2);
const checkout = process.cwd();
const notion = await startNotionEmulator({ integrationName: 'Lockstep', requestsPerMinute: 100_000 });
spanishWorkspace(notion);
const screen = new Screen();
let answers = 0;

const { PATH = '', HOME = '' } = process.env;
const base = { PATH, HOME, NOTION_BASE_URL: notion.url, NOTION_REQUESTS_PER_MINUTE: '100000', NO_COLOR: '1' };
const terminal = pathToFileURL(resolve(checkout, 'test/operations/setup/init/terminal.js')).href;

const QUESTIONS: readonly (readonly [question: string, answer: string])[] = [
  ['Token of your Notion integration', notion.token],
  ['What is to be synced?', ''],
  ['Which databases?', ''],
  ['Write lockstep.config.ts?', ''],
  ['URL of your PostgreSQL', ''],
  ['Run the first sync?', ''],
];

/** Runs `npx lockstep …` in the folder. @returns its output */
async function lockstep(args: readonly string[], questions: typeof QUESTIONS = []): Promise<string> {
  screen.write(`$ npx lockstep ${args.join(' ')}\n`);
  const isInteractive = questions.length > 0;
  const env = isInteractive ? { ...base, NODE_OPTIONS: `--import ${terminal}` } : base;
  const child = spawn('npx', ['lockstep', ...args], { cwd: folder, env, stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  let asked = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    screen.write(text);
    const question = questions[asked];
    if (!question || !output.includes(question[0])) return;
    child.stdin.write(`${question[1]}\r`);
    asked += 1;
    answers += 1;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`lockstep ${args.join(' ')} ended with ${code}:\n${screen.text()}`);
  screen.write('\n');
  return output;
}

/** Runs a cycle on the servers that `up` starts; what it writes is in its line. */
async function cycle(): Promise<string> {
  return (await lockstep(['up', '--once'])).match(/cycle ok.*/)?.[0] ?? '';
}

async function insertRows(): Promise<void> {
  const postgres = await startPostgres({ folder: join(folder, '.lockstep') });
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  for (const statement of SPANISH_ROWS) {
    screen.write(`sql> ${statement.replaceAll('\n', '\r\n     ')};\n`);
    await client.query(statement);
  }
  screen.write('\n');
  await client.end();
  await postgres.stop();
}

const pagesNow = (): readonly number[] => SPANISH_TITLES.map((title) => notion.workspace.pages(title).length);
const expectEqual = (what: string, found: unknown, expected: unknown): void => {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a}, not ${b}`);
  screen.write(`# ${what}: ${a}\n`);
};

await lockstep(['init'], QUESTIONS);
expectEqual('answers', answers, 6);
screen.write(`\n$ cat lockstep.config.ts\n${readFileSync(join(folder, 'lockstep.config.ts'), 'utf8')}\n`);
await insertRows();
await cycle();
expectEqual(
  `pages of ${SPANISH_TITLES.join(', ')}`,
  pagesNow(),
  Object.values(PAGES).map((pages) => pages + 40),
);
await cycle();
const writes = notion.counters.read().writes;
const third = await cycle();
expectEqual('writes to Notion in the third cycle', notion.counters.read().writes - writes, 0);
if (!/no changes/.test(third)) throw new Error(`the third cycle wrote to PostgreSQL: ${third}`);
await notion.close();
mkdirSync(dirname(recording), { recursive: true });
const text = screen.text().replaceAll(notion.token, 'ntn_…').replaceAll(folder, '/home/you/lockstep');
writeFileSync(recording, `${text.trimEnd()}\n`);
