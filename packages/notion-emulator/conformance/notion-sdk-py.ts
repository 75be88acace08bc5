import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startNotionEmulator } from '../src/index.ts';

const USAGE = `Usage: npm run suite:notion-sdk-py -- CHECKOUT [pytest arguments]

Runs the test suite of github.com/ramnes/notion-sdk-py against the emulator, without its recordings.
Debian: apt-get install python3-httpx python3-pytest python3-pytest-vcr python3-pytest-asyncio python3-pytest-mock
PYTHON names the interpreter (default: /usr/bin/python3).`;

/** Sends the client's requests to the emulator. The checkout is not changed. */
const PLUGIN = `
import os
from notion_client import client

client.ClientOptions.__dataclass_fields__["base_url"].default = os.environ["NOTION_EMULATOR"]
client.ClientOptions.base_url = os.environ["NOTION_EMULATOR"]
_init = client.ClientOptions.__init__


def _to_emulator(self, *args, **kwargs):
    kwargs.setdefault("base_url", os.environ["NOTION_EMULATOR"])
    _init(self, *args, **kwargs)


client.ClientOptions.__init__ = _to_emulator
`;

const [checkout, ...pytestArguments] = process.argv.slice(2);
if (checkout === undefined) {
  console.error(USAGE);
  process.exit(2);
}

const emulator = await startNotionEmulator({ requestsPerMinute: 100_000, integrationName: 'notion-sdk-py' });
const folder = mkdtempSync(join(tmpdir(), 'notion-sdk-py-'));
try {
  writeFileSync(join(folder, 'to_emulator.py'), PLUGIN);
  const root = resolve(checkout);
  const options = ['-m', 'pytest', '-p', 'to_emulator', '--disable-vcr', '-q', '-rf', '-p', 'no:cacheprovider'];
  // The checkout's own options need pytest-cov.
  const overrides = ['-o', 'addopts=', '-o', 'asyncio_mode=auto'];
  const python = process.env.PYTHON ?? '/usr/bin/python3';
  const child = spawn(python, [...options, ...overrides, ...pytestArguments, 'tests'], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      PYTHONPATH: [folder, root].join(':'),
      PYTHONDONTWRITEBYTECODE: '1',
      NOTION_EMULATOR: emulator.url,
      NOTION_TOKEN: emulator.token,
      NOTION_TEST_PAGE_ID: emulator.workspace.rootPageId,
    },
  });
  const [code] = await once(child, 'exit');
  process.exitCode = typeof code === 'number' ? code : 1;
} finally {
  await emulator.close();
  rmSync(folder, { recursive: true });
}
