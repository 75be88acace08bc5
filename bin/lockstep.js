#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { fingerprint } from '../scripts/fingerprint.js';

if (!isCompiled()) await import('../scripts/compile.js');
await import('../dist/interfaces/cli/main.js');

/** Whether these very sources were compiled; after an edit they are compiled again. */
function isCompiled() {
  try {
    return readFileSync(new URL('../dist/fingerprint', import.meta.url), 'utf8') === fingerprint();
  } catch {
    return false;
  }
}
