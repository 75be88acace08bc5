import type { SyncDescription } from '../../../cycle/sync-names.ts';
import type { FeatureOff } from '../../../definition/features.ts';
import { nameOf } from '../../../definition/named-entities.ts';
import { roleNameOf } from '../../../definition/roles.ts';
import { workCalendar } from '../../../entities/calendars.ts';
import type { Entity } from '../../../entities/define.ts';
import type { EntityMapping, Mappings } from '../../../operations/setup/mapping/read-mappings.ts';
import { type Html, html } from '../html.ts';
import { databaseUrl } from '../remote-link.ts';
import { mappingPath, type View, wideTable } from '../view.ts';
import { setupLayout } from './setup-layout.ts';
import { directionName, remoteName } from './verdict.ts';

export interface MappingList {
  readonly mappings: Mappings;
  readonly syncs: readonly SyncDescription[];
  readonly featuresOff: readonly FeatureOff[];
  /** The path of the definition file; null for the built-in entities. */
  readonly definition: string | null;
}

/** What is synced with what. */
export const mappingsPage = ({ mappings, syncs, featuresOff, definition }: MappingList, view: View): Html =>
  setupLayout(
    {
      title: 'Setup',
      place: '/setup',
      content: html`
<p>${mappings.workspaceName === null ? 'No sync has run yet, so the Notion workspace is not known.' : html`The database is synced with the Notion workspace ${mappings.workspaceName}.`}</p>
${whereToChange(definition)}
${wideTable(
  'Entities',
  ['Entity', 'Notion database or calendar', 'Table', 'Fields', 'Syncs', 'Role'],
  mappings.entities.map((mapping) => entityRow(mapping, syncs)),
)}
${
  featuresOff.length > 0 &&
  html`<h2>Features that are off</h2>
<ul>${featuresOff.map(({ feature, missing }) => html`<li>${feature}: the definition turns it on with ${missing.join(' and ')}</li>`)}</ul>`
}`,
    },
    view,
  );

/** Which file or command changes what is synced. */
export const whereToChange = (definition: string | null): Html =>
  definition === null
    ? html`<p class="faint">These are the built-in entities, which need no definition file. <code>lockstep add-entity</code> adds a database of yours, and writes the file.</p>`
    : html`<p class="faint">To change what is synced, edit <code>${definition}</code>, run <code>lockstep migrate</code> and restart the workers. <code>lockstep add-entity</code> and <code>lockstep remove-entity</code> edit the file for you.</p>`;

function entityRow({ entity, source }: EntityMapping, syncs: readonly SyncDescription[]): Html {
  const { name, table, fields } = entity;
  return html`<tr>
<th scope="row" class="name"><a href="${mappingPath(name)}">${name}</a></th>
<td>${remoteOf(entity, source)}</td>
<td class="name">${table}</td>
<td>${Object.keys(fields).length}</td>
<td class="name">${syncList(entity, syncs)}</td>
<td class="name">${roleNameOf(entity) ?? '–'}</td>
</tr>`;
}

/** The name of a database or calendar, as a link where its address is known. */
export function remoteOf(entity: Entity, source: EntityMapping['source']): Html {
  if (entity.remote) return html`${remoteName(nameOf(entity))} Calendar: ${entity.only?.value ?? entity.title}`;
  const url = databaseUrl(source);
  return url === null ? html`${entity.title}` : html`<a href="${url}">${entity.title}</a>`;
}

/** The syncs of an entity. The work calendar is only read. */
export const syncList = (entity: Entity, syncs: readonly SyncDescription[]): readonly Html[] =>
  syncs
    .filter((sync) => sync.entity === nameOf(entity) && (sync.direction === 'inbound' || isWritten(entity)))
    .map(
      ({ name, direction }) =>
        html`<div>${directionName(nameOf(entity), direction)} <span class="faint">${name}</span></div>`,
    );

const isWritten = ({ name }: Entity): boolean => name !== workCalendar.name;
