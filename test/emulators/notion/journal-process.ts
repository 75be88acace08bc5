import { startNotionEmulator } from '../../../src/emulators/notion/index.ts';
import { entities } from '../../../src/entities/index.ts';

/** A process for a test to kill: prints its address and waits. */
const [, , dataFile = ''] = process.argv;
const emulator = await startNotionEmulator({ dataFile, token: 'token' });
emulator.workspace.createEntityDatabases(entities);
console.log(emulator.url);
