import { randomUUID } from 'node:crypto';
import type { Client } from '@notionhq/client';
import { LockstepError, RetryableError } from '../../errors.ts';
import type { NotionApi } from '../../notion/api.ts';
import type { Check, Finding } from './finding.ts';

interface Capability {
  readonly name: 'read' | 'update' | 'insert';
  readonly why: string;
  /** Of something that is not there: it does nothing, and is refused for another reason where it is allowed. */
  readonly probe: (client: Client, nowhere: string) => Promise<unknown>;
}

const CAPABILITIES: readonly Capability[] = [
  {
    name: 'read',
    why: 'nothing comes from Notion, and nothing is sent: a page is looked at before it is written',
    probe: (client, page_id) => client.pages.retrieve({ page_id }),
  },
  {
    name: 'update',
    why: 'edits in SQL do not reach Notion, and nothing can be added to a database',
    probe: (client, page_id) => client.pages.update({ page_id, properties: {} }),
  },
  {
    name: 'insert',
    why: 'rows that are made in SQL get no page',
    probe: (client, data_source_id) =>
      client.pages.create({ parent: { type: 'data_source_id', data_source_id }, properties: {} }),
  },
];

/** Whether the integration may read, update and insert content. Notion tells nobody but those who try. */
export const capabilities: Check = async ({ api }) => {
  const findings: Finding[] = [];
  for (const { name, why, probe } of CAPABILITIES) {
    if (await isAllowed(api, probe)) continue;
    findings.push({
      code: 'capability_missing',
      severity: 'problem',
      subject: `notion/${name}`,
      what: `the integration may not ${name} content`,
      why,
      mend: `tick «${name[0]?.toUpperCase()}${name.slice(1)} content» for the integration, under https://www.notion.so/profile/integrations`,
    });
  }
  return findings;
};

async function isAllowed(api: NotionApi, probe: Capability['probe']): Promise<boolean> {
  try {
    const purpose = { entity: 'all', kind: 'read', what: 'what the integration may do' } as const;
    await api.call(purpose, (client) => probe(client, randomUUID()));
    return true;
  } catch (error) {
    if (!(error instanceof LockstepError) || error instanceof RetryableError) throw error;
    return error.code !== 'restricted';
  }
}
