import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type NotionEmulator, startNotionEmulator } from '../src/index.ts';
import { callEveryTool } from './clients/mcp-tools.ts';
import { runNode } from './clients/run-node.ts';
import { SCRIPTS } from './clients/scripts.ts';

const USAGE = `Usage: npm run clients [-- FOLDER]

Installs public clients of Notion in FOLDER (a temporary folder by default) and lets each complete a session against the
emulator. Prints the number of requests and the statuses of the answers for each.`;

const PACKAGES = [
  '@notionhq/notion-mcp-server@2.5.2',
  'notion-cli-agent@0.11.0',
  'notion-to-md@3.1.9',
  '@tryfabric/martian@1.2.4',
  '@notionhq/client@2.3.0',
  'rotion',
  'notion-astro-loader',
  'astro@5',
];

const [given] = process.argv.slice(2);
if (given === '--help') {
  console.log(USAGE);
  process.exit(0);
}
const folder = given ?? mkdtempSync(join(tmpdir(), 'notion-clients-'));
const hook = fileURLToPath(new URL('./clients/to-emulator.js', import.meta.url));
try {
  install();
  console.log('client'.padEnd(30), 'requests'.padStart(8), '  answers by status, then what went wrong');
  await session('notion-mcp-server (24 tools)', (emulator) =>
    callEveryTool(join(folder, 'node_modules/@notionhq/notion-mcp-server/bin/cli.mjs'), emulator),
  );
  for (const { name, files, run } of SCRIPTS) {
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
    await session(name, (emulator) =>
      run(emulator, (script, args = []) => runNode(folder, hook, emulator, script, args)),
    );
  }
} finally {
  if (given === undefined) rmSync(folder, { recursive: true });
}

function install(): void {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const options = ['install', '--no-audit', '--no-fund', '--legacy-peer-deps', ...PACKAGES];
  const { status } = spawnSync('npm', options, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('npm install failed');
}

async function session(name: string, work: (emulator: NotionEmulator) => Promise<string[]>): Promise<void> {
  const emulator = await startNotionEmulator({ requestsPerMinute: 10_000 });
  try {
    const failures = await work(emulator);
    const { total, byStatus } = emulator.counters.read();
    const answers = Object.entries(byStatus).map(([status, count]) => `${count} × ${status}`);
    console.log(name.padEnd(30), String(total).padStart(8), ` ${answers.join(', ')}`);
    for (const failure of failures) console.log(`  ${failure}`);
    if (failures.length > 0 || total === 0) process.exitCode = 1;
  } finally {
    await emulator.close();
  }
}
