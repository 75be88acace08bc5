import { constantOf, fileNameOf } from './entity-name.ts';

const IMPORTS = /(?:^import .*\n)+/m;
const LIST = /(export const entities[^=]*= \[\n(?: {2}\w+,\n)*)\];/;

/**
 * Adds an entity to `src/entities/index.ts`, as the last one of the list.
 * @returns undefined if the file does not have the expected form
 */
export function addToRegistry(registry: string, entity: string): string | undefined {
  if (!IMPORTS.test(registry) || !LIST.test(registry)) return undefined;
  const line = `import { ${constantOf(entity)} } from './${fileNameOf(entity)}';`;
  const path = (text: string): string => /'(.*)'/.exec(text)?.[1] ?? '';
  return registry
    .replace(IMPORTS, (imports) =>
      [...imports.trim().split('\n'), line]
        .sort((a, b) => (path(a) < path(b) ? -1 : 1))
        .map((each) => `${each}\n`)
        .join(''),
    )
    .replace(LIST, (_, list: string) => `${list}  ${constantOf(entity)},\n];`);
}
