import { claimInTransaction } from '../../database/claims.ts';
import { transaction } from '../../database/client.ts';
import { readCachedDataSource, saveDataSource } from '../../database/sources.ts';
import type { DataSource } from '../../notion/data-source.ts';
import { optionRenames } from '../../notion/option-renames.ts';
import { type KnownProperty, propertyById, toKnownProperty, withNamesInSql } from '../../notion/schema.ts';
import type { DoctorContext, ReadSource } from './doctor-context.ts';
import { FIX_COMMAND, type Finding } from './finding.ts';

export interface TranslatedOption {
  readonly subject: string;
  /** The field's name. */
  readonly name: string;
  readonly option: string;
  /** Its name in Notion, and in the rows. */
  readonly other: string;
}

/** An option that Notion has in another language, and that rows have under that name. */
export function translatedOption(context: DoctorContext, read: ReadSource, translated: TranslatedOption): Finding {
  const { subject, option, other } = translated;
  return {
    code: 'option_translated',
    severity: 'problem',
    subject,
    what: `Notion has "${other}", which means "${option}", and rows have "${other}", too`,
    why: `views, defaults and features know "${option}" only, and a row with it adds the option beside "${other}"`,
    fix: FIX_COMMAND,
    applyFix: () => useDeclaredName(context, read, translated),
  };
}

/** Gives an option the entity file's name in SQL, in all rows. Its name in Notion stays. */
async function useDeclaredName(
  context: DoctorContext,
  read: ReadSource,
  { name, option, other }: TranslatedOption,
): Promise<string> {
  const { entity } = read;
  const schema = await context.readCurrentSchema(read);
  const isDone = await transaction(context.database, { as: 'sync' }, async (tx) => {
    await claimInTransaction(tx, entity.name);
    const [field, before] = [entity.fields[name], await readCachedDataSource(tx, entity)];
    const known = before?.properties[name];
    const property = propertyById(schema, known?.id);
    if (!before || !field || !property) return false;
    const withProperty = (changed: KnownProperty): DataSource => ({
      ...before,
      properties: { ...before.properties, [name]: changed },
    });
    const now = toKnownProperty(entity, field, property, known);
    const current = withProperty(now);
    await saveDataSource(tx, entity, current, optionRenames(before, current));
    const after = withProperty(withNamesInSql(now, { [other]: option }));
    await saveDataSource(tx, entity, after, optionRenames(current, after));
    return true;
  });
  if (!isDone) return 'the property no longer exists';
  return `"${other}" is "${option}" in SQL now`;
}
