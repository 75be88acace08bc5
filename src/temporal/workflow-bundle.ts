import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { fingerprint } from '../../scripts/fingerprint.js';
import { FAILURE_CONVERTER } from './payload-codec.ts';

// The sources in a test, the compiled files in a package that has no sources.
const WORKFLOWS = fileURLToPath(new URL(`../workflows/index${extname(import.meta.url)}`, import.meta.url));
const TRACING = createRequire(import.meta.url).resolve(
  '@temporalio/interceptors-opentelemetry/lib/workflow-interceptors',
);
// Beside the compiled program, so that a package contains its bundles.
const CACHE = fileURLToPath(new URL('../../dist/bundles/', import.meta.url));

/** What a bundle contains in addition to the workflows. */
export interface BundleKind {
  readonly isTraced: boolean;
  readonly isEncrypted: boolean;
}

/** Each is more than a megabyte: the workers of a process share it. */
const loaded = new Map<string, { readonly code: string }>();

const PLAIN: BundleKind = { isTraced: false, isEncrypted: false };

/**
 * The bundled code of the workflows. Bundling takes seconds of CPU, so the bundle is cached by a hash of its sources;
 * `npm install` in a checkout creates the first one, and a package contains all.
 */
export async function workflowBundle(kind = PLAIN): Promise<{ readonly code: string }> {
  // The hash covers all sources, so that the imports of workflows need not be known.
  const version = `${fingerprint()}-${sdkVersion()}`;
  const file = join(
    CACHE,
    `workflows-${version}${kind.isTraced ? '-traced' : ''}${kind.isEncrypted ? '-encrypted' : ''}.js`,
  );
  const bundle =
    loaded.get(file) ??
    (existsSync(file) ? { code: readFileSync(file, 'utf8') } : await bundleInto(file, kind, version));
  loaded.set(file, bundle);
  return bundle;
}

async function bundleInto(file: string, kind: BundleKind, version: string): Promise<{ readonly code: string }> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: WORKFLOWS,
    logger: new DefaultLogger('WARN'),
    ...(kind.isTraced ? { workflowInterceptorModules: [TRACING] } : {}),
    ...(kind.isEncrypted ? { failureConverterPath: FAILURE_CONVERTER } : {}),
  });
  saveBundle(file, code, version);
  return { code };
}

const sdkVersion = (): string => String(createRequire(import.meta.url)('@temporalio/worker/package.json').version);

function saveBundle(file: string, code: string, version: string): void {
  try {
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, code);
    // Two workers may write at once: a rename is atomic.
    renameSync(`${file}.${process.pid}`, file);
    for (const older of readdirSync(CACHE)) {
      if (/^workflows-[\w.-]+\.js$/.test(older) && !older.startsWith(`workflows-${version}`))
        rmSync(join(CACHE, older), { force: true });
    }
  } catch {
    // The folder is read-only: the next start bundles again.
  }
}
