import { relationFields } from '../../entities/define.ts';
import { entities } from '../../entities/index.ts';
import { locate } from '../../notion/schema.ts';
import type { Check } from './finding.ts';

/** Whether each relation leads to the database of its entity. */
export const relations: Check = (context) =>
  context.inEach(async ({ entity, source, known }) => {
    const findings = await Promise.all(
      relationFields(entity).map(async ([name, field]) => {
        const located = locate(source.properties, [name, field], known?.properties);
        const target = entities.find((candidate) => candidate.name === field.to);
        const read = target && (await context.read(target)).read;
        if (!read || located.kind !== 'found' || located.property.type !== 'relation') return [];
        if (located.property.relation.data_source_id === read.source.id) return [];
        return [
          {
            code: 'relation_target',
            severity: 'problem',
            subject: `${entity.name}/${field.property}`,
            what: `the relation leads to another database than that of ${field.to}`,
            why: 'its links cannot be matched with rows: they wait for ever, and links set in SQL are refused',
            mend: `delete the property in Notion, and run lockstep doctor --fix; or put the database that it leads to into the variable of ${field.to}`,
          } as const,
        ];
      }),
    );
    return findings.flat();
  });
