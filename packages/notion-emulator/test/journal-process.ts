import { createDatabases, startNotionEmulator } from '../src/index.ts';
import { databases } from './databases.ts';

/** A process for a test to kill. It prints its address. */
const [, , dataFile = ''] = process.argv;
const emulator = await startNotionEmulator({ dataFile, token: 'token' });
createDatabases(emulator.workspace, databases);
console.log(emulator.url);
