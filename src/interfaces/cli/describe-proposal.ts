import type { EntityDefinition } from '../../definition/schema.ts';
import type { Property } from '../../notion/schema.ts';
import { truncate } from '../../operations/history/format-value.ts';
import type { SharedSource } from '../../operations/setup/init/survey.ts';
import { describeField } from '../../operations/setup/propose/describe-field.ts';
import type { Proposal } from '../../operations/setup/propose/propose-entity.ts';
import { table } from './table.ts';

const MAX_SHOWN_LENGTH = 40;

/** What a database becomes, property by property. */
export function describeProposal({ title, schema }: SharedSource, { entity, omitted, otherSides }: Proposal): string[] {
  const { name, fields, archivedStatus, closedStatuses = [] } = entity;
  const row = (property: string, what: string): string[] => [
    truncate(property, MAX_SHOWN_LENGTH),
    typeOf(schema[property]),
    what,
  ];
  const rows = [
    ...Object.entries(fields).map(([field, declared]) => row(declared.property, describeField(field, declared))),
    ...otherSides.map(({ property, of, through }) => row(property, `other side of "${through}" of ${of}`)),
    ...omitted.map(({ property, why }) => row(property, `skipped: ${why}`)),
  ];
  return [
    `"${title}" becomes ${name}:`,
    '',
    table(['Notion', 'type', 'PostgreSQL'], rows),
    '',
    archivedStatus === undefined
      ? 'Archiving a row moves its page to the trash.'
      : `Archiving a row sets "${fields.status?.property}" to "${archivedStatus}".`,
    ...(closedStatuses.length === 0 ? [] : [`active_${name} also excludes ${closedStatuses.join(', ')}.`]),
    '',
  ];
}

/** With the format of a number that is not a plain one. */
function typeOf(property: Property | undefined): string {
  if (property?.type !== 'number' || property.number.format === 'number') return property?.type ?? '';
  return `number (${property.number.format})`;
}

/** What a sync of new entities would do, as far as their definition says. */
export function describeDryRun(
  proposals: readonly { readonly proposal: Proposal; readonly pages: number }[],
): string[] {
  const total = proposals.reduce((sum, { pages }) => sum + pages, 0);
  const rows = proposals.map(({ proposal: { entity, omitted }, pages }) => [
    entity.name,
    String(pages),
    readOnlyIn(entity).join(', ') || '-',
    omitted.map(({ property, why }) => `${property} (${why})`).join(', ') || '-',
  ]);
  return [
    `Dry run (nothing is written): about ${total} pages would become rows.`,
    '',
    table(['table', 'pages', 'read-only in SQL', 'not synced'], rows),
    '',
  ];
}

const readOnlyIn = ({ fields }: EntityDefinition): readonly string[] =>
  Object.entries(fields).flatMap(([name, { kind }]) => (kind === 'computed' ? [name] : []));
