import { type Database, transaction } from '../../database/client.ts';
import { literal, quote } from '../../database/entity-sql.ts';
import { entities } from '../../definition/index.ts';
import { personalCalendar } from '../../entities/calendars.ts';
import { computedFields, type Entity, relationFields } from '../../entities/define.ts';
import { type Check, FIX_COMMAND, type Finding } from './finding.ts';

/** A trigger that records SQL edits. */
interface Trigger {
  readonly table: string;
  readonly name: string;
  /** As in the migrations. */
  readonly definition: string;
  /** What its absence causes, if not lost edits. */
  readonly why?: string;
}

const truncateTrigger = (table: string, call: string): Trigger => ({
  table,
  name: 'note_truncate',
  definition: `BEFORE TRUNCATE ON ${quote(table)} FOR EACH STATEMENT EXECUTE FUNCTION ${call}`,
  why: `TRUNCATE ${table} is not recorded as an edit: what it removed differs from the other side until a sweep`,
});

const triggersOn = (table: string, kind: 'edit' | 'event'): Trigger[] => [
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
  truncateTrigger(table, `lockstep_note_${kind}()`),
];

const linkTriggers = (table: string, call: string): Trigger[] => [
  {
    table,
    name: 'note_link',
    definition: `AFTER INSERT OR UPDATE OR DELETE ON ${quote(table)} FOR EACH ROW EXECUTE FUNCTION ${call}`,
  },
  truncateTrigger(table, call),
];

function refuseTrigger(entity: Entity): Trigger[] {
  const columns = computedFields(entity).map(([name]) => literal(name));
  if (columns.length === 0) return [];
  return [
    {
      table: entity.table,
      name: 'refuse_edit',
      definition: `BEFORE UPDATE ON ${quote(entity.table)} FOR EACH ROW EXECUTE FUNCTION lockstep_refuse_edit(${columns.join(', ')})`,
      why: `edits of computed columns of ${entity.table} are not refused, and a later sweep reverts them`,
    },
  ];
}

const hintTrigger: Trigger = {
  table: 'sync_outbox',
  name: 'hint_edit',
  definition:
    'AFTER INSERT OR UPDATE ON sync_outbox FOR EACH ROW WHEN (NOT lockstep_is_syncing()) EXECUTE FUNCTION lockstep_hint_edit()',
  why: 'workers are not notified of edits: they are sent by the next cycle',
};

const expected: readonly Trigger[] = [
  hintTrigger,
  ...entities.flatMap(({ table }) => triggersOn(table, 'edit')),
  ...entities.flatMap(refuseTrigger),
  ...triggersOn(personalCalendar.table, 'event'),
  ...entities.flatMap((entity) =>
    relationFields(entity).flatMap(([, relation]) =>
      relation.kind === 'relation_many'
        ? linkTriggers(relation.joinTable, `lockstep_note_link('${entity.table}', '${relation.joinColumns[0]}')`)
        : [],
    ),
  ),
];

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
  return expected.flatMap((trigger): Finding[] => {
    const state = states.get(`${trigger.table}.${trigger.name}`);
    // "O" fires in ordinary sessions, "A" in all.
    if (state === 'O' || state === 'A') return [];
    return [triggerFinding(database, trigger, state === undefined ? 'missing' : 'off')];
  });
};

function triggerFinding(
  database: Database,
  { table, name, definition, why }: Trigger,
  state: 'missing' | 'off',
): Finding {
  const [statement, done] =
    state === 'missing'
      ? [`CREATE TRIGGER ${name} ${definition}`, 'recreated it']
      : [`ALTER TABLE ${quote(table)} ENABLE TRIGGER ${name}`, 'enabled it'];
  return {
    code: state === 'missing' ? 'trigger_missing' : 'trigger_off',
    severity: 'problem',
    subject: `${table}/${name}`,
    what: `the trigger ${name} is ${state === 'off' ? 'disabled' : state}`,
    why:
      why ??
      `edits in ${table} are not recorded, and the next edit in Notion overwrites them; after the fix, update the rows again that were edited meanwhile`,
    fix: FIX_COMMAND,
    applyFix: async () => {
      await transaction(database, { as: 'sync' }, (batch) => batch.execute(statement));
      return done;
    },
  };
}
