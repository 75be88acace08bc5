import type { Workspace } from 'notion-emulator';
import { type Entity, type NotionField, notionFields } from '../../entities/define.ts';
import { entities } from '../../entities/index.ts';
import { writeDate } from '../../notion/notion-dates.ts';
import { encodeProperty, type PropertyWrite } from '../../notion/properties.ts';
import type { Json, Value } from '../../sync/types.ts';
import { createEntityDatabases } from './entity-databases.ts';
import { sampleGames } from './games.ts';
import { sampleGoals } from './goals.ts';
import { sampleMedia } from './media.ts';
import { sampleNotes } from './notes.ts';
import { samplePeople } from './people.ts';
import { sampleProjects } from './projects.ts';
import { daysFrom, type SampleRecord } from './record.ts';
import { sampleSystemFixes } from './system-fixes.ts';
import { sampleSystemUpgrades } from './system-upgrades.ts';
import { sampleTags } from './tags.ts';
import { sampleTasks } from './tasks.ts';

export type { SampleRecord } from './record.ts';

/**
 * A personal workspace to try Lockstep without a token: about 330 pages in the ten databases. The content depends
 * only on the day, and due dates are around it.
 * @param today `YYYY-MM-DD`
 */
export function sampleWorkspace(today: string): SampleRecord[] {
  const dayOf = daysFrom(today);
  return [
    ...sampleTags(),
    ...sampleProjects(dayOf),
    ...sampleTasks(dayOf),
    ...sampleGoals(dayOf),
    ...sampleNotes(),
    ...samplePeople(),
    ...sampleMedia(),
    ...sampleGames(),
    ...sampleSystemUpgrades(),
    ...sampleSystemFixes(),
  ];
}

/** The pages are older than the first sync, as in a real workspace. */
const AGE_MS = 3_600_000;

type PropertyWrites = Record<string, PropertyWrite>;

/**
 * Creates the ten databases and their pages, as the workspace's owner. A workspace with pages is not changed.
 * @param today `YYYY-MM-DD`
 * @param timeZone of due times, `LOCKSTEP_TIME_ZONE`
 * @returns the number of created pages
 */
export function fillSampleWorkspace(workspace: Workspace, today: string, timeZone: string): number {
  createEntityDatabases(workspace, entities);
  if (workspace.databases().some(({ pages, trashedPages }) => pages + trashedPages > 0)) return 0;

  workspace.clock.advance(-AGE_MS);
  const ids = new Map<string, string>();
  const records = sampleWorkspace(today);
  for (const record of records) {
    const { databaseId } = entityOf(record);
    const { markdown, unsupported, childPage } = record.body ?? {};
    const id = workspace.createPage(databaseId, contentOf(record, timeZone), undefined, markdown);
    if (unsupported !== undefined) workspace.addUnsupportedBlock(id, unsupported);
    if (childPage !== undefined) workspace.addChildPage(id, childPage);
    ids.set(record.key, id);
  }
  for (const record of records) {
    const relations = relationsOf(record, ids, timeZone);
    if (Object.keys(relations).length > 0) workspace.editPage(idOf(record.key, ids), relations);
  }
  workspace.clock.advance(AGE_MS);
  return records.length;
}

function entityOf({ entity, key }: SampleRecord): Entity {
  const found = entities.find(({ name }) => name === entity);
  if (!found) throw new Error(`The sample record ${key} belongs to "${entity}", which is not an entity.`);
  return found;
}

function idOf(key: string, ids: ReadonlyMap<string, string>): string {
  const id = ids.get(key);
  if (id === undefined) throw new Error(`There is no sample record ${key}.`);
  return id;
}

const isRelation = ({ kind }: NotionField): boolean => kind === 'relation_one' || kind === 'relation_many';

/** The fields of the record that are set: either relations, or all others. */
const setFields = (record: SampleRecord, relations: boolean): [string, NotionField, Value][] =>
  notionFields(entityOf(record)).flatMap(([name, field]) => {
    const value = record.fields[name];
    return value === undefined || isRelation(field) !== relations ? [] : [[name, field, value]];
  });

const contentOf = (record: SampleRecord, zone: string): PropertyWrites =>
  Object.fromEntries(
    setFields(record, false).map(([name, field, value]) => [
      field.property,
      encodeProperty(field, value, rangeOf(record, name, zone), zone),
    ]),
  );

/** The residue of a date range has its end. */
function rangeOf({ fields, ends = {} }: SampleRecord, name: string, zone: string): Json | undefined {
  const start = fields[name];
  const end = ends[name];
  if (typeof start !== 'string' || end === undefined) return undefined;
  return { ...writeDate(start, zone), end: writeDate(end, zone).start };
}

const relationsOf = (record: SampleRecord, ids: ReadonlyMap<string, string>, zone: string): PropertyWrites =>
  Object.fromEntries(
    setFields(record, true).map(([, field, value]) => {
      const related =
        typeof value === 'string'
          ? idOf(value, ids)
          : typeof value === 'object' && value !== null
            ? value.map((key) => idOf(key, ids))
            : null;
      return [field.property, encodeProperty(field, related, undefined, zone)];
    }),
  );
