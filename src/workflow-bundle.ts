import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { fingerprint } from '../scripts/fingerprint.js';

const WORKFLOWS = fileURLToPath(new URL('../src/workflows/index.ts', import.meta.url));
const CACHE = fileURLToPath(new URL('../node_modules/.cache/lockstep/', import.meta.url));

/**
 * The workflows' code as the worker wants it. Bundling takes seconds of CPU, so a bundle is kept
 * (`npm install` makes the first) and found again by what it was made of.
 */
export async function workflowBundle(): Promise<{ code: string }> {
  // All sources count: what a workflow imports need not be known here.
  const file = join(CACHE, `workflows-${fingerprint()}-${sdkVersion()}.js`);
  if (existsSync(file)) return { code: readFileSync(file, 'utf8') };
  const { code } = await bundleWorkflowCode({ workflowsPath: WORKFLOWS, logger: new DefaultLogger('WARN') });
  keep(file, code);
  return { code };
}

const sdkVersion = (): string => String(createRequire(import.meta.url)('@temporalio/worker/package.json').version);

function keep(file: string, code: string): void {
  try {
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, code);
    // Two workers may write at once; each puts a whole file there.
    renameSync(`${file}.${process.pid}`, file);
    for (const older of readdirSync(CACHE)) {
      if (/^workflows-[\w.-]+\.js$/.test(older) && older !== basename(file))
        rmSync(join(CACHE, older), { force: true });
    }
  } catch {
    // A folder that may not be written: the next start bundles again.
  }
}
