#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { fingerprint } from '../scripts/fingerprint.js';

if (!isCompiled()) await import('../scripts/compile.js');
await import('../dist/interfaces/cli/main.js');

/** Whether the build is current: the program compiles itself after an edit. */
function isCompiled() {
  try {
    return readFileSync(new URL('../dist/fingerprint', import.meta.url), 'utf8') === fingerprint();
  } catch {
    return false;
  }
}
