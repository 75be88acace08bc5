import { startNotionEmulator } from 'notion-emulator';
import { createEntityDatabases } from '../src/embedded/sample-workspace/entity-databases.ts';
import { entities } from './definition.ts';
import { fillWorkspace, spread } from './workspace-content.ts';

/** Sent to the parent when all emulators listen and have their pages. */
export type EmulatorsReady = readonly { readonly url: string; readonly token: string }[];

/** A Notion workspace each for `bench/fleet.ts`, in one process. Arguments: how many, and the pages of each. */
const [count = 1, pages = 0] = process.argv.slice(2).map(Number);
const ready: EmulatorsReady[number][] = [];
for (let n = 0; n < count; n += 1) {
  const emulator = await startNotionEmulator({ requestsPerMinute: 100_000 });
  createEntityDatabases(emulator.workspace, entities);
  fillWorkspace(emulator, spread(pages));
  ready.push({ url: emulator.url, token: emulator.token });
}
process.once('disconnect', () => process.exit());
process.send?.(ready satisfies EmulatorsReady);
