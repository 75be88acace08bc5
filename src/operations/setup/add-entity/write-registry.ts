import { constantOf, fileNameOf } from './entity-name.ts';

const IMPORTS = /(?:^import .*\n)+/m;
const LIST = /(export const entities[^=]*= \[\n(?: {2}\w+,\n)*)\];/;

/**
 * `src/entities/index.ts` with one entity more, the last of the list.
 * @returns undefined where it does not look as Lockstep's does
 */
export function registryWith(registry: string, entity: string): string | undefined {
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
