import { readFileSync } from 'node:fs';
import type { DatabaseDefinition } from '../src/index.ts';

type NamedDatabase = DatabaseDefinition & { readonly name: string };

/** A fixture: ten related databases of a personal workspace, with properties as in create requests. */
export const databases: readonly NamedDatabase[] = JSON.parse(
  readFileSync(new URL('./databases.json', import.meta.url), 'utf8'),
);
