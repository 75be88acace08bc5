#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { fingerprint } from '../scripts/fingerprint.js';

if (isCompiled()) await import('../dist/cli/main.js');
else {
  const { register } = await import('tsx/esm/api');
  register();
  await import('../src/cli/main.ts');
}

/** Whether `npm install` compiled these very sources. */
function isCompiled() {
  try {
    return readFileSync(new URL('../dist/fingerprint', import.meta.url), 'utf8') === fingerprint();
  } catch {
    return false;
  }
}
