import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { NotionEmulator } from '../../src/index.ts';

export interface NodeRun {
  readonly code: number;
  readonly output: string;
}

const TIMEOUT_MS = 60_000;

/** Runs a script in the folder of the clients, with its requests to Notion sent to the emulator. */
export async function runNode(
  folder: string,
  hook: string,
  { url, token }: NotionEmulator,
  script: string,
  args: readonly string[],
): Promise<NodeRun> {
  const child = spawn('node', ['--import', hook, script, ...args], {
    cwd: folder,
    env: { ...process.env, NOTION_EMULATOR: url, NOTION_TOKEN: token, NOTION_API_KEY: token },
    timeout: TIMEOUT_MS,
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = await once(child, 'close');
  return { code: typeof code === 'number' ? code : 1, output: Buffer.concat(chunks).toString('utf8') };
}
