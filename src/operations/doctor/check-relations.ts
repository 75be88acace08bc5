import { entities } from '../../definition/index.ts';
import { relationFields } from '../../entities/define.ts';
import { locateProperty } from '../../notion/schema.ts';
import type { Check } from './finding.ts';

/** Finds relations that point to the wrong database. */
export const checkRelations: Check = (context) =>
  context.findInEach(async ({ entity, source, known }) => {
    const findings = await Promise.all(
      relationFields(entity).map(async ([name, field]) => {
        const located = locateProperty(source.properties, [name, field], known?.properties);
        const target = entities().find((candidate) => candidate.name === field.to);
        const read = target && (await context.read(target)).read;
        if (!read || located.kind !== 'found' || located.property.type !== 'relation') return [];
        if (located.property.relation.data_source_id === read.source.id) return [];
        return [
          {
            code: 'relation_target',
            severity: 'problem',
            subject: `${entity.name}/${field.property}`,
            what: `the relation does not point to the database of ${field.to}`,
            why: 'links set in Notion stay pending, and Notion refuses links set in SQL',
            fix: `delete the property in Notion, and run lockstep doctor --fix; or set the database variable of ${field.to} to the database that it points to`,
          } as const,
        ];
      }),
    );
    return findings.flat();
  });
