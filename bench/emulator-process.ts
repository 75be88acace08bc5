import type { Settings } from 'notion-emulator';
import { startNotionEmulator } from 'notion-emulator';
import { createEntityDatabases } from '../src/embedded/sample-workspace/entity-databases.ts';
import { entities } from './definition.ts';
import { fillWorkspace, type PageCounts } from './workspace-content.ts';

/** The only argument, in JSON. */
export interface EmulatorOptions {
  readonly pages: PageCounts;
  readonly settings: Partial<Settings>;
}

/** Sent to the parent when the emulator listens and has its pages. */
export interface EmulatorReady {
  readonly url: string;
  readonly token: string;
}

const options = JSON.parse(process.argv[2] ?? '{}') as EmulatorOptions; // written by `startEmulator`
const emulator = await startNotionEmulator(options.settings);
createEntityDatabases(emulator.workspace, entities);
fillWorkspace(emulator, options.pages);
process.once('disconnect', () => process.exit());
process.send?.({ url: emulator.url, token: emulator.token } satisfies EmulatorReady);
