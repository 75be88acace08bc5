import { backLink, type Entity, relationFields } from '../entities/define.ts';

/**
 * Adds the other side of each two-way relation of an owner's entity to the entity that it leads to, unless a field declares
 * it: a link that is set there is noticed, and the definition need not say so.
 */
export function withBackLinks(entities: readonly Entity[], builtIn: readonly Entity[]): readonly Entity[] {
  const own = entities.filter(({ name }) => !builtIn.some((entity) => entity.name === name));
  return entities.map((entity) => {
    const declared = Object.values(entity.fields).map(({ property }) => property);
    const links = own.flatMap((other) =>
      relationFields(other).flatMap(([through, { to, dual }]) =>
        to === entity.name && dual !== undefined && !declared.includes(dual)
          ? [[`${other.name}.${through}`, backLink(dual, other.name, through)] as const]
          : [],
      ),
    );
    return links.length === 0 ? entity : { ...entity, fields: { ...entity.fields, ...Object.fromEntries(links) } };
  });
}
