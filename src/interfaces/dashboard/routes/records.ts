import { allEntities, commonNames, nameOf, requireEntitiesNamed } from '../../../definition/named-entities.ts';
import { FinalError } from '../../../errors.ts';
import { listConflicts } from '../../../operations/history/conflicts.ts';
import { type RecordHistory, readRecordHistory } from '../../../operations/history/record-history.ts';
import { retryRecord } from '../../../operations/history/retry-record.ts';
import { readMoment, readPastRecord } from '../../../operations/history/time-travel.ts';
import { undoChange } from '../../../operations/history/undo-cycle.ts';
import { searchRecords } from '../../../operations/search/search-records.ts';
import type { Html } from '../html.ts';
import { recordPage } from '../pages/record.ts';
import { recordsPage } from '../pages/records.ts';
import { remoteLink } from '../remote-link.ts';
import { recordPath } from '../view.ts';
import {
  get,
  idIn,
  MAX_TITLE_LENGTH,
  MAX_VALUE_LENGTH,
  orReason,
  post,
  type RoutesOf,
  type Sources,
  startedId,
  type Visit,
} from './route.ts';

const RECORDS_FOUND = 50;
const CHANGES_SHOWN = 50;
const CONFLICTS_SHOWN = 20;
/** Of a text in the list of changes. */
const MAX_CHANGE_LENGTH = 300;

/** The search, and the page of each record. */
export const recordRoutes: RoutesOf = (sources) => [
  get(/^\/records$/, (visit) => showRecords(visit, sources)),
  get(/^\/records\/([^/]+)\/([^/]+)$/, (visit) => showRecord(visit, sources)),
  post(/^\/records\/([^/]+)\/([^/]+)\/undo$/, (visit) => undo(visit, sources)),
  post(/^\/records\/([^/]+)\/([^/]+)\/retry$/, (visit) => retry(visit, sources)),
];

async function showRecords({ query, view }: Visit, { database }: Sources): Promise<Html> {
  const text = (query.get('q') ?? '').slice(0, MAX_TITLE_LENGTH);
  const entity = query.get('entity') || null;
  const where = entity === null ? allEntities() : requireEntitiesNamed(entity);
  const found = await searchRecords(database, where, text, RECORDS_FOUND);
  return recordsPage({ text, entity, names: commonNames(), found, limit: RECORDS_FOUND }, view);
}

async function showRecord({ parts, query, view }: Visit, { database, calendarIds }: Sources): Promise<Html> {
  const [entity = '', id = ''] = parts;
  const history = await readRecordHistory(database, entity, id, {
    ...{ changes: CHANGES_SHOWN, maxText: MAX_VALUE_LENGTH, maxChangeText: MAX_CHANGE_LENGTH },
  });
  const { recordId } = history.record;
  const asOf = (query.get('asof') ?? '').trim().slice(0, MAX_TITLE_LENGTH);
  const moment = asOf === '' ? null : await orReason(() => readMoment(database, asOf));
  const [conflicts, past] = await Promise.all([
    listConflicts(database, {
      ...{ limit: CONFLICTS_SHOWN, maxText: MAX_TITLE_LENGTH },
      of: { entity: nameOf(history.entity), recordId },
    }),
    moment === null || typeof moment === 'string'
      ? moment
      : readPastRecord(database, history, moment, MAX_VALUE_LENGTH),
  ]);
  const link = remoteLink(history, calendarIds ?? {});
  const started = startedId(query.get('started'));
  return recordPage({ history, conflicts, asOf, past, link, started, reverted: revertedOf(query, history) }, view);
}

/** What the visitor has just reverted; the page shows no other text than names of fields. */
function revertedOf(query: URLSearchParams, { changes, fields }: RecordHistory): readonly string[] {
  const isUndo = changes.some(({ cycleId }) => cycleId === query.get('undone'));
  const names = query.getAll('field');
  return isUndo ? fields.map(({ field }) => field).filter((field) => names.includes(field)) : [];
}

async function undo({ parts, form }: Visit, { database }: Sources): Promise<string> {
  const [name = '', id = ''] = parts;
  const change = idIn(form.get('change'));
  if (change === undefined) throw new FinalError('bad_request', 'change must be the id of a change');
  const { undoId, record } = await undoChange(database, name, id, change);
  const result = new URLSearchParams({ undone: undoId });
  for (const field of record.undone) result.append('field', field);
  return `${recordPath(record.entity, record.recordId)}?${result}`;
}

/** For a record that failed, when its cause is gone: a sync of its entity takes it up at once. */
async function retry({ parts }: Visit, { database, temporal }: Sources): Promise<string> {
  const [name = '', id = ''] = parts;
  const { entity, record } = await readRecordHistory(database, name, id, { changes: 0, maxText: 0, maxChangeText: 0 });
  await retryRecord(database, entity, record.recordId);
  const started = await temporal.runNow(nameOf(entity));
  return `${recordPath(name, record.recordId)}?started=${encodeURIComponent(started)}`;
}
