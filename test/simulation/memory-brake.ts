import type { BrakeStore } from '../../src/sync/brake-port.ts';
import type { LocalRecord } from '../../src/sync/ports.ts';
import type { Tables } from './memory-tables.ts';

/** What the archive brake stores, in memory. */
export const memoryBrake = (tables: Tables): BrakeStore => ({
  readBrake: async (since) => ({
    live: countLive(tables),
    passed: [...tables.archives].flatMap(([recordId, { at, approved }]) =>
      approved || at >= since.getTime() ? [{ recordId, approved }] : [],
    ),
    held: [...tables.approvals].flatMap(([direction, { records }]) =>
      [...records].map((recordId) => ({ recordId, direction })),
    ),
  }),
  passArchives: async (recordIds, at, approved) => {
    for (const recordId of recordIds) pass(tables, recordId, at, approved);
  },
  holdArchives: async (direction, recordIds, reason) => {
    const open = tables.approvals.get(direction);
    tables.approvals.set(direction, {
      records: new Set([...(open?.records ?? []), ...recordIds]),
      reason: open?.reason ?? reason,
    });
  },
  releaseArchives: async (direction, recordIds) => {
    const open = tables.approvals.get(direction);
    if (!open) return;
    const records = [...open.records].filter((recordId) => !recordIds.includes(recordId));
    tables.approvals.set(direction, { ...open, records: new Set(records) });
  },
  closeApproval: async (direction, outcome, at) => {
    for (const recordId of tables.approvals.get(direction)?.records ?? []) {
      pass(tables, recordId, at, outcome === 'accepted');
      const state = tables.states.get(recordId);
      if (direction === 'inbound' && state) tables.refresh.add(state.remoteId);
    }
    tables.approvals.delete(direction);
  },
});

function pass(tables: Tables, recordId: string, at: Date, approved: boolean): void {
  const isApproved = approved || tables.archives.get(recordId)?.approved === true;
  tables.archives.set(recordId, { at: at.getTime(), approved: isApproved });
}

/** How many records are live on at least one side. */
export const countLive = ({ rows, states }: Tables): number =>
  [...rows.values()].filter(({ id, archived }) => !archived || states.get(id)?.archived === false).length;

/** The records with an unsent edit that archived their row. */
export const archivingRecords = ({ rows, states, outbox }: Tables): string[] =>
  [...outbox.keys()].filter((id) => rows.get(id)?.archived && states.get(id)?.archived === false);

/** In which directions the record waits for an approval. */
export function heldIn({ approvals }: Tables, recordId: string): Pick<LocalRecord, 'held'> {
  const held = [...approvals].flatMap(([direction, { records }]) => (records.has(recordId) ? [direction] : []));
  return held.length > 0 ? { held } : {};
}
