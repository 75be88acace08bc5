import { REASON_TEXTS } from '../../database/consistency-check.ts';
import type { Entity } from '../../entities/define.ts';
import { readTitlesOfLinks } from '../../operations/history/conflicts.ts';
import { formatShort, SIDE_NAMES } from '../../operations/history/format-value.ts';
import { eachEntity } from '../../operations/plan/each-entity.ts';
import { pluralize } from '../../operations/status/format-status.ts';
import { configuredEntities } from '../../runtime/open-entity.ts';
import type { WorkerServices } from '../../runtime/services.ts';
import { verifyEntity } from '../../runtime/verify-entity.ts';
import type { Difference, Verification } from '../../sync/verify.ts';
import { exitCodes } from './exit.ts';
import { chosenBy, warn, withServices } from './plan.ts';

export interface VerifyOptions {
  readonly json?: boolean;
}

const MAX_VALUE = 60;

const WHY: Readonly<Record<Difference['why'], string>> = {
  ...REASON_TEXTS,
  row_missing: 'it has no row yet; the next cycle adds it',
  remote_edited: 'it was edited there since it was last synced; the next cycle reads it',
  remote_missing: 'it is not found there, or no longer shared with the integration',
};

/** Reads both sides now, and prints the records and fields that differ; writes nothing. */
export const verifyCommand = (name: string | undefined, { json = false }: VerifyOptions): Promise<number> =>
  withServices(async (services, signal) => {
    const can = await configuredEntities(services);
    const chosen = name === undefined ? can : chosenBy(name, can);
    const { found, failed } = await eachEntity(chosen, { signal, onProblem: warn }, async (entity) => {
      const verified = { entity, at: new Date(), ...(await verifyEntity(services, entity, signal)) };
      if (!json) console.log(await toText(services, verified));
      return [verified];
    });
    if (json) console.log(JSON.stringify(found.map(toJson), null, 2));
    const differ = found.some(({ differences }) => differences.length > 0);
    return differ || failed ? exitCodes.failed : exitCodes.ok;
  });

type Verified = Verification & { readonly entity: Entity; readonly at: Date };

async function toText({ database }: WorkerServices, { entity, records, differences }: Verified): Promise<string> {
  const versions = differences.flatMap(({ sides }) => [sides.sql, sides.remote]);
  const titles = await readTitlesOfLinks(database, [entity], versions);
  const remoteName = SIDE_NAMES[entity.remote ? 'google' : 'notion'];
  const lines = differences.flatMap(({ recordId, remoteId, title, fields, why }) => [
    `≠ ${entity.name} "${title}" (row ${recordId ?? 'none'}, ${remoteName} ${remoteId ?? 'none'}): ${WHY[why]}`,
    ...fields.map((field) => {
      const [sql, remote] = [field.sql, field.remote].map((value) => formatShort(value, titles, MAX_VALUE));
      return `    ${field.name}: ${sql} in SQL, ${remote} in ${remoteName}`;
    }),
  ]);
  const summary =
    differences.length === 0
      ? `${entity.name}: ${pluralize(records, 'record')} read on both sides, no differences`
      : `${entity.name}: ${differences.length} of ${pluralize(records, 'record')} differ`;
  return [...lines, summary].join('\n');
}

const toJson = ({ entity, at, records, differences }: Verified): object => ({
  entity: entity.name,
  at,
  records,
  differences: differences.map(({ recordId, remoteId, title, fields, why }) => ({
    record: recordId,
    remote: remoteId,
    title,
    why: WHY[why],
    fields,
  })),
});
