import type { SyncDescription } from '../../../cycle/sync-names.ts';
import { nameOf } from '../../../definition/named-entities.ts';
import { roleNameOf } from '../../../definition/roles.ts';
import {
  describeFields,
  describeOptions,
  type FieldDirection,
  type FieldMapping,
  type OptionMapping,
} from '../../../operations/setup/mapping/describe-mapping.ts';
import type { EntityMapping } from '../../../operations/setup/mapping/read-mappings.ts';
import { type Html, html } from '../html.ts';
import { entityPath, type View, wideTable } from '../view.ts';
import { remoteOf, syncList, whereToChange } from './setup.ts';
import { setupLayout } from './setup-layout.ts';
import { remoteName } from './verdict.ts';

export interface MappingFacts {
  readonly mapping: EntityMapping;
  readonly syncs: readonly SyncDescription[];
  /** The path of the definition file; null for the built-in entities. */
  readonly definition: string | null;
}

/** Which property of an entity is which column, and which option is which value. */
export function mappingPage({ mapping, syncs, definition }: MappingFacts, view: View): Html {
  const { entity, source } = mapping;
  const remote = remoteName(nameOf(entity));
  const options = describeOptions(mapping);
  const role = roleNameOf(entity);
  return setupLayout(
    {
      title: `Mapping of ${entity.name}`,
      place: '/setup',
      content: html`
<dl class="facts">
<dt>In ${remote}</dt><dd>${remoteOf(entity, source)}</dd>
<dt>Table</dt><dd>${entity.table}</dd>
${role !== undefined && html`<dt>Role</dt><dd>${role}</dd>`}
<dt>Syncs</dt><dd>${syncList(entity, syncs)}</dd>
<dt>Status</dt><dd><a href="${entityPath(nameOf(entity))}">Status of its syncs</a></dd>
${!entity.remote && html`<dt>Last read</dt><dd>${source === null ? 'Not read yet: types and options are those of the definition' : html`data source <span class="hash">${source.id}</span>${source.syncKey === null && ', which has no property "Sync Key"'}`}</dd>`}
</dl>
${whereToChange(definition)}
<h2>Fields</h2>
${fieldsTable(describeFields(mapping), entity.name, remote)}
${options.length > 0 && html`<h2>Options</h2><p>An option that Notion has in another language has the name of the definition in SQL.</p>${options.map(optionsTable)}`}`,
    },
    view,
  );
}

const fieldsTable = (fields: readonly FieldMapping[], entity: string, remote: string): Html =>
  wideTable(
    `Fields of ${entity}`,
    [`Property in ${remote}`, 'Type', 'Column', 'Direction', 'Notes'],
    fields.map(
      ({ property, type, columns, direction, notes }) => html`<tr>
<th scope="row">${property}</th>
<td class="name">${type}</td>
<td>${columns.length === 0 ? '–' : columns.map(({ name, type: sqlType }) => html`<div>${name} <span class="faint">${sqlType ?? '(missing)'}</span></div>`)}</td>
<td class="name">${arrowOf(direction, remote)}</td>
<td>${notes.join('; ') || '–'}</td>
</tr>`,
    ),
  );

function arrowOf(direction: FieldDirection, remote: string): string {
  if (direction === 'none') return 'not stored';
  return direction === 'both' ? `${remote} ⇄ SQL` : `${remote} → SQL`;
}

const optionsTable = ({
  field,
  property,
  options,
}: {
  readonly field: string;
  readonly property: string;
  readonly options: readonly OptionMapping[];
}): Html =>
  html`<h3>${property} (${field})</h3>${wideTable(
    `Options of ${property}`,
    ['In the definition', 'In Notion', 'In SQL', 'Notes'],
    options.map(
      ({ declared, inNotion, inSql, notes }) => html`<tr>
<th scope="row">${declared ?? '–'}</th>
<td>${inNotion ?? 'not known'}</td>
<td>${inSql ?? '–'}</td>
<td>${[...(declared === null ? ['not in the definition; it is synced as it is'] : []), ...notes].join('; ') || '–'}</td>
</tr>`,
    ),
  )}`;
