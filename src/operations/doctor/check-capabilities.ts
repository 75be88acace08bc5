import { randomUUID } from 'node:crypto';
import type { Client } from '@notionhq/client';
import { LockstepError, RetryableError } from '../../errors.ts';
import type { NotionApi } from '../../notion/notion-api.ts';
import type { Check, Finding } from './finding.ts';

interface Capability {
  readonly name: 'read' | 'update' | 'insert';
  readonly why: string;
  /** A request about an id that does not exist: it changes nothing, and an allowed one fails with "not found". */
  readonly probe: (client: Client, missingId: string) => Promise<unknown>;
}

const CAPABILITIES: readonly Capability[] = [
  {
    name: 'read',
    why: 'nothing is synced in either direction: a page is read before it is written',
    probe: (client, page_id) => client.pages.retrieve({ page_id }),
  },
  {
    name: 'update',
    why: 'SQL edits do not reach Notion, and Lockstep cannot add properties to a database',
    probe: (client, page_id) => client.pages.update({ page_id, properties: {} }),
  },
  {
    name: 'insert',
    why: 'rows inserted in SQL get no page',
    probe: (client, data_source_id) =>
      client.pages.create({ parent: { type: 'data_source_id', data_source_id }, properties: {} }),
  },
];

/** Finds missing capabilities of the integration (read, update, insert content). The API has no way to list them, so each is tried. */
export const checkCapabilities: Check = async ({ api }) => {
  const findings: Finding[] = [];
  for (const { name, why, probe } of CAPABILITIES) {
    if (await isAllowed(api, probe)) continue;
    findings.push({
      code: 'capability_missing',
      severity: 'problem',
      subject: `notion/${name}`,
      what: `the integration is not allowed to ${name} content`,
      why,
      fix: `enable "${name[0]?.toUpperCase()}${name.slice(1)} content" for the integration at https://www.notion.so/profile/integrations`,
    });
  }
  return findings;
};

async function isAllowed(api: NotionApi, probe: Capability['probe']): Promise<boolean> {
  try {
    const purpose = { entity: 'all', kind: 'read', what: 'the capabilities of the integration' } as const;
    await api.call(purpose, (client) => probe(client, randomUUID()));
    return true;
  } catch (error) {
    if (!(error instanceof LockstepError) || error instanceof RetryableError) throw error;
    return error.code !== 'restricted';
  }
}
