import { join } from 'node:path';
import { type NotionEmulator, startNotionEmulator } from 'notion-emulator';
import { freePort } from './ports.ts';
import { fillSampleWorkspace } from './sample-workspace/sample-workspace.ts';

const PREFERRED_PORT = 8300;

interface EmbeddedNotion {
  readonly folder: string;
  readonly timeZone: string;
  readonly requestsPerMinute: number;
}

/** Starts the Notion emulator on the loopback address. An empty one gets a sample workspace with dates around today. */
export async function startNotion({ folder, timeZone, requestsPerMinute }: EmbeddedNotion): Promise<NotionEmulator> {
  const port = await freePort(PREFERRED_PORT);
  const emulator = await startNotionEmulator({
    port,
    token: 'ntn_lockstep_emulator',
    integrationName: 'Lockstep',
    dataFile: join(folder, 'notion.jsonl'),
    requestsPerMinute,
  });
  fillSampleWorkspace(emulator.workspace, today(timeZone), timeZone);
  return emulator;
}

/** `YYYY-MM-DD`, the format of the Swedish locale. */
const today = (timeZone: string): string => new Intl.DateTimeFormat('sv-SE', { timeZone }).format();
