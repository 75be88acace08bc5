import type { Settings } from 'notion-emulator';
import { startNotionEmulator } from 'notion-emulator';
import { createEntityDatabases } from '../src/embedded/sample-workspace/entity-databases.ts';
import { entities } from '../src/entities/index.ts';
import { fillWorkspace, type PageCounts } from './workspace-content.ts';

/** What the parent gives as the one argument, in JSON. */
export interface EmulatorOrder {
  readonly pages: PageCounts;
  readonly settings: Partial<Settings>;
}

/** What it is told in return, when the emulator listens and is full. */
export interface EmulatorReady {
  readonly url: string;
  readonly token: string;
}

const order = JSON.parse(process.argv[2] ?? '{}') as EmulatorOrder; // our own parent wrote it
const emulator = await startNotionEmulator(order.settings);
createEntityDatabases(emulator.workspace, entities);
fillWorkspace(emulator, order.pages);
process.once('disconnect', () => process.exit());
process.send?.({ url: emulator.url, token: emulator.token } satisfies EmulatorReady);
