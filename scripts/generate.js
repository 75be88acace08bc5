import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

// `prisma generate` insists on a schema engine that it would download, but does not run it:
// any existing file will do, so that an install needs nothing beyond the npm registry.
const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js');
const { status } = spawnSync(process.execPath, [prisma, 'generate', '--no-hints'], {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1', ...process.env },
});
process.exitCode = status ?? 1;
