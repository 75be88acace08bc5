import { readFileSync } from 'node:fs';
import type { DatabaseDefinition } from '../src/index.ts';

type NamedDatabase = DatabaseDefinition & { readonly name: string };

/** Ten related databases of a personal workspace: a fixture, made of what a create request holds. */
export const databases: readonly NamedDatabase[] = JSON.parse(
  readFileSync(new URL('./databases.json', import.meta.url), 'utf8'),
);
