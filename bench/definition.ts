import { builtInTen, spanishFive, type TestDefinition } from '../test/support/definitions.ts';

interface BenchDefinition extends TestDefinition {
  /** The entity that has many pages where one is enough. */
  readonly bulk: string;
  /** What its pages link to, with how many pages of each there are. */
  readonly linked: Readonly<Record<string, number>>;
}

const definitions: Readonly<Record<string, BenchDefinition>> = {
  'built-in': { ...builtInTen, bulk: 'tasks', linked: { tags: 100, projects: 500 } },
  spanish: { ...spanishFive, bulk: 'libros', linked: { clientes: 100, recetas: 500 } },
};

const VARIABLE = 'LOCKSTEP_BENCH_DEFINITION';
const flag = process.argv.indexOf('--definition');
const name = (flag < 0 ? process.env[VARIABLE] : process.argv[flag + 1]) ?? 'built-in';
const chosen = definitions[name];
if (!chosen) throw new Error(`--definition is ${Object.keys(definitions).join(' or ')}, not ${name}`);

/** For the processes that the bench starts. */
export const definitionEnv: Readonly<Record<string, string>> = { [VARIABLE]: name };
Object.assign(process.env, definitionEnv);

/** What the bench syncs. */
export const definition = chosen;
export const { entities } = definition;

const found = entities.find((entity) => entity.name === definition.bulk);
if (!found) throw new Error(`there is no entity ${definition.bulk}`);

/** The entity that has many pages where one is enough. */
export const bulk = found;
