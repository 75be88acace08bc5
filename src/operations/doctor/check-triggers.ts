import { type Database, transaction } from '../../database/client.ts';
import { quote } from '../../database/entity-sql.ts';
import { entities } from '../../definition/index.ts';
import { personalCalendar } from '../../entities/calendars.ts';
import { joinsOf } from '../../entities/define.ts';
import { eventTriggers, linkTriggers, REFUSE_EDIT, triggersOn } from '../tables/create-table.ts';
import { type Check, FIX_COMMAND, type Finding } from './finding.ts';

interface ExpectedTrigger {
  readonly table: string;
  readonly name: string;
  /** Creates it. */
  readonly sql: string;
}

const hintTrigger: ExpectedTrigger = {
  table: 'sync_outbox',
  name: 'hint_edit',
  sql: 'CREATE TRIGGER hint_edit AFTER INSERT OR UPDATE ON sync_outbox FOR EACH ROW WHEN (NOT lockstep_is_syncing()) EXECUTE FUNCTION lockstep_hint_edit()',
};

const expected = (): readonly ExpectedTrigger[] => [
  hintTrigger,
  ...entities().flatMap((entity) => triggersOn(entity)),
  ...eventTriggers(personalCalendar.table),
  ...entities().flatMap((entity) => joinsOf(entity).flatMap((join) => linkTriggers(entity.table, join))),
];

/** What the absence of a trigger causes. */
function whyOf({ table, name }: ExpectedTrigger): string {
  switch (name) {
    case 'hint_edit':
      return 'workers are not notified of edits: they are sent by the next cycle';
    case 'note_truncate':
      return `TRUNCATE ${table} is not recorded as an edit: what it removed differs from the other side until a sweep`;
    case REFUSE_EDIT:
      return `edits of computed columns of ${table} are not refused, and a later sweep reverts them`;
    default:
      return `edits in ${table} are not recorded, and the next edit in Notion overwrites them; after the fix, update the rows again that were edited meanwhile`;
  }
}

/** Finds missing and disabled triggers. */
export const checkTriggers: Check = async ({ database }) => {
  const found = await database.query<{
    table: string;
    name: string;
    enabled: string;
  }>(`SELECT c.relname AS table, t.tgname AS name, t.tgenabled AS enabled
       FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
      WHERE NOT t.tgisinternal AND c.relnamespace = quote_ident(current_schema())::regnamespace`);
  const states = new Map(found.map(({ table, name, enabled }) => [`${table}.${name}`, enabled]));
  return expected().flatMap((trigger): Finding[] => {
    const state = states.get(`${trigger.table}.${trigger.name}`);
    // "O" fires in ordinary sessions, "A" in all.
    if (state === 'O' || state === 'A') return [];
    return [triggerFinding(database, trigger, state === undefined ? 'missing' : 'off')];
  });
};

function triggerFinding(database: Database, trigger: ExpectedTrigger, state: 'missing' | 'off'): Finding {
  const { table, name, sql } = trigger;
  const [statement, done] =
    state === 'missing' ? [sql, 'recreated it'] : [`ALTER TABLE ${quote(table)} ENABLE TRIGGER ${name}`, 'enabled it'];
  return {
    code: state === 'missing' ? 'trigger_missing' : 'trigger_off',
    severity: 'problem',
    subject: `${table}/${name}`,
    what: `the trigger ${name} is ${state === 'off' ? 'disabled' : state}`,
    why: whyOf(trigger),
    fix: FIX_COMMAND,
    applyFix: async () => {
      await transaction(database, { as: 'sync' }, (batch) => batch.execute(statement));
      return done;
    },
  };
}
