import { queryOnce, syncTransaction } from '../../database/batches.ts';
import type { Database } from '../../database/client.ts';
import { quote } from '../../database/entity-sql.ts';
import { personalCalendar } from '../../entities/calendars.ts';
import { relationFields } from '../../entities/define.ts';
import { entities } from '../../entities/index.ts';
import { type Check, FIX, type Finding } from './finding.ts';

/** By which edits in SQL are noticed. */
interface Trigger {
  readonly table: string;
  readonly name: string;
  /** As in the migrations. */
  readonly definition: string;
  /** What its absence means, unless it is that edits are lost. */
  readonly why?: string;
}

const onTable = (table: string, kind: 'edit' | 'event'): Trigger[] => [
  {
    table,
    name: 'stamp_edit',
    definition: `BEFORE INSERT OR UPDATE ON ${quote(table)} FOR EACH ROW EXECUTE FUNCTION lockstep_stamp_${kind}()`,
  },
  {
    table,
    name: 'note_edit',
    definition: `AFTER INSERT OR UPDATE OR DELETE ON ${quote(table)} FOR EACH ROW EXECUTE FUNCTION lockstep_note_${kind}()`,
  },
];

const ofHints: Trigger = {
  table: 'sync_outbox',
  name: 'hint_edit',
  definition:
    'AFTER INSERT OR UPDATE ON sync_outbox FOR EACH ROW WHEN (NOT lockstep_is_syncing()) EXECUTE FUNCTION lockstep_hint_edit()',
  why: 'no worker hears of edits: they wait for the next cycle',
};

const wanted: readonly Trigger[] = [
  ofHints,
  ...entities.flatMap(({ table }) => onTable(table, 'edit')),
  ...onTable(personalCalendar.table, 'event'),
  ...entities.flatMap((entity) =>
    relationFields(entity).flatMap(([, relation]): Trigger[] =>
      relation.kind === 'relation_many'
        ? [
            {
              table: relation.joinTable,
              name: 'note_link',
              definition: `AFTER INSERT OR UPDATE OR DELETE ON ${quote(relation.joinTable)} FOR EACH ROW EXECUTE FUNCTION lockstep_note_link('${entity.table}', '${relation.joinColumns[0]}')`,
            },
          ]
        : [],
    ),
  ),
];

/** Whether edits in SQL are noticed. */
export const triggers: Check = async ({ database }) => {
  const found = await queryOnce<{ table: string; name: string; enabled: string }>(
    database,
    `SELECT c.relname AS table, t.tgname AS name, t.tgenabled AS enabled
       FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
      WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace`,
    [],
  );
  const states = new Map(found.map(({ table, name, enabled }) => [`${table}.${name}`, enabled]));
  return wanted.flatMap((trigger): Finding[] => {
    const state = states.get(`${trigger.table}.${trigger.name}`);
    // «O» fires in ordinary sessions, «A» in all.
    if (state === 'O' || state === 'A') return [];
    return [unnoticed(database, trigger, state === undefined ? 'missing' : 'off')];
  });
};

function unnoticed(database: Database, { table, name, definition, why }: Trigger, state: 'missing' | 'off'): Finding {
  const [statement, done] =
    state === 'missing'
      ? [`CREATE TRIGGER ${name} ${definition}`, 'made it anew']
      : [`ALTER TABLE ${quote(table)} ENABLE TRIGGER ${name}`, 'turned it on'];
  return {
    code: state === 'missing' ? 'trigger_missing' : 'trigger_off',
    severity: 'problem',
    subject: `${table}/${name}`,
    what: `the trigger ${name} is ${state}`,
    why:
      why ??
      `what is edited in ${table} is not noticed, and written over by the next edit in Notion; touch again the rows that were edited meanwhile`,
    mend: FIX,
    fix: async () => {
      await syncTransaction(database, (batch) => batch.execute(statement));
      return done;
    },
  };
}
