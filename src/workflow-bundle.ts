import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const SOURCES = fileURLToPath(new URL('.', import.meta.url));
const CACHE = fileURLToPath(new URL('../node_modules/.cache/lockstep/', import.meta.url));

/**
 * The workflows' code as the worker wants it. Bundling takes seconds of CPU, so a bundle is kept
 * (`npm install` makes the first) and found again by what it was made of.
 */
export async function workflowBundle(): Promise<{ code: string }> {
  const file = join(CACHE, `workflows-${fingerprint()}.js`);
  if (existsSync(file)) return { code: readFileSync(file, 'utf8') };
  const workflowsPath = join(SOURCES, 'workflows', 'index.ts');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  keep(file, code);
  return { code };
}

/** All sources count: what a workflow imports need not be known here. */
function fingerprint(): string {
  const hash = createHash('sha256').update(sdkVersion());
  const files = readdirSync(SOURCES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) hash.update(file.slice(SOURCES.length)).update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

const sdkVersion = (): string => String(createRequire(import.meta.url)('@temporalio/worker/package.json').version);

function keep(file: string, code: string): void {
  try {
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, code);
    // Two workers may write at once; each puts a whole file there.
    renameSync(`${file}.${process.pid}`, file);
    for (const older of readdirSync(CACHE)) {
      if (/^workflows-\w+\.js$/.test(older) && older !== basename(file)) rmSync(join(CACHE, older), { force: true });
    }
  } catch {
    // A folder that may not be written: the next start bundles again.
  }
}
