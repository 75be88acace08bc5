import type { Client } from '@temporalio/client';
import {
  addSearchAttributes,
  extendRetention,
  MIN_RETENTION_MS,
  missingSearchAttributes,
  readRetention,
} from '../../temporal/namespace.ts';
import type { DoctorContext } from './doctor-context.ts';
import { FIX_COMMAND, type Finding } from './finding.ts';

const HOUR_MS = 3_600_000;

/** Finds what the namespace lacks for the Web UI. Cycles run without it. */
export async function namespaceFindings(
  client: Client,
  { config, connectTemporal }: Pick<DoctorContext, 'config' | 'connectTemporal'>,
): Promise<Finding[]> {
  const fixWith =
    (fix: (connected: Client) => Promise<void>, done: string): (() => Promise<string>) =>
    async () => {
      const { client: connected, close } = await connectTemporal();
      try {
        await fix(connected);
        return done;
      } finally {
        await close();
      }
    };
  const retention = await readRetention(client);
  // Encrypted deployments set none. Without the right to list them, nothing is said.
  const missing = config.temporal.encryptionKeys ? [] : await missingSearchAttributes(client).catch(() => []);
  return [
    ...(retention !== null && retention < MIN_RETENTION_MS
      ? [retentionShort(retention, fixWith(extendRetention, 'the namespace keeps closed workflows for 7 days'))]
      : []),
    ...(missing.length > 0
      ? [
          attributesMissing(
            missing,
            fixWith((connected) => addSearchAttributes(connected, missing), `added ${missing.join(', ')}`),
          ),
        ]
      : []),
  ];
}

const SUBJECT = { severity: 'info', subject: 'temporal', fix: FIX_COMMAND } as const;

const retentionShort = (retention: number, applyFix: () => Promise<string>): Finding => ({
  ...SUBJECT,
  code: 'retention_short',
  what: `the namespace keeps closed workflows for ${Math.round(retention / HOUR_MS)} hours only`,
  why: 'a cycle that failed earlier cannot be examined in the Web UI',
  applyFix,
});

const attributesMissing = (missing: readonly string[], applyFix: () => Promise<string>): Finding => ({
  ...SUBJECT,
  code: 'search_attributes_missing',
  what: `the namespace has no search attributes ${missing.join(', ')}`,
  why: 'the Web UI cannot list cycles by their outcome or by the entities that they changed',
  applyFix,
});
