import type { Client } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../cycle/messages.ts';
import { FinalError } from '../errors.ts';

const { IndexedValueType } = proto.temporal.api.enums.v1;
type OperatorService = proto.temporal.api.operatorservice.v1.OperatorService;

/** Closed workflows are kept this long, so that last week's failures can still be examined. */
export const MIN_RETENTION_MS = 7 * 24 * 3_600_000;

const TYPES = {
  [SEARCH_ATTRIBUTES.outcome]: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  [SEARCH_ATTRIBUTES.entities]: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
} as const;

/** The connections of clients and of workers have it; the type of a client's connection does not say so. */
function operatorService({ connection }: Client): OperatorService | null {
  return 'operatorService' in connection ? (connection.operatorService as OperatorService) : null;
}

/** The search attributes that cycles would set and the namespace does not have. */
export async function missingSearchAttributes(client: Client): Promise<readonly string[]> {
  const { namespace } = client.options;
  const found = await operatorService(client)?.listSearchAttributes({ namespace });
  return Object.keys(TYPES).filter((name) => found?.customAttributes?.[name] === undefined);
}

/** Whether cycles can set their search attributes. A workflow that sets an unknown one does not go on. */
export async function hasSearchAttributes(client: Client): Promise<boolean> {
  return missingSearchAttributes(client).then(
    (missing) => missing.length === 0,
    () => false,
  );
}

/** @throws FinalError when Temporal does not allow it */
export async function addSearchAttributes(client: Client, names: readonly string[]): Promise<void> {
  const searchAttributes = Object.fromEntries(Object.entries(TYPES).filter(([name]) => names.includes(name)));
  const { namespace } = client.options;
  await allowed(`add search attributes`, operatorService(client)?.addSearchAttributes({ namespace, searchAttributes }));
}

/** How long the namespace keeps closed workflows; null when Temporal does not say. */
export async function readRetention(client: Client): Promise<number | null> {
  const { config } = await client.workflowService.describeNamespace({ namespace: client.options.namespace });
  const ttl = config?.workflowExecutionRetentionTtl;
  return ttl ? tsToMs(ttl) : null;
}

/** @throws FinalError when Temporal does not allow it */
export async function extendRetention(client: Client): Promise<void> {
  const config = { workflowExecutionRetentionTtl: msToTs(MIN_RETENTION_MS) };
  const { namespace } = client.options;
  await allowed('change the retention', client.workflowService.updateNamespace({ namespace, config }));
}

async function allowed(what: string, work: Promise<unknown> | undefined): Promise<void> {
  try {
    await work;
  } catch (error) {
    const reason = error instanceof Error && 'details' in error ? String(error.details) : String(error);
    throw new FinalError(
      'namespace_refused',
      `Temporal did not ${what} (${reason}): ask the namespace's administrator`,
    );
  }
}

/** Prepares a namespace of one's own. What Temporal does not allow is left out: cycles run without it. */
export async function prepareNamespace(client: Client): Promise<void> {
  const missing = await missingSearchAttributes(client).catch(() => []);
  if (missing.length > 0) await addSearchAttributes(client, missing).catch(() => undefined);
  const retention = await readRetention(client);
  if (retention !== null && retention < MIN_RETENTION_MS) await extendRetention(client).catch(() => undefined);
}
