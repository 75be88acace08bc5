export { Clock } from './clock.ts';
export type { Counts } from './counters.ts';
export { createDatabases, type DatabaseDefinition, dataSourceIdOf } from './create-databases.ts';
export type { FaultRule } from './faults.ts';
export type { RequestKind } from './router.ts';
export { type NotionEmulator, type NotionEmulatorOptions, startNotionEmulator } from './server.ts';
export type { Settings } from './settings.ts';
export { Store } from './store.ts';
export { type DatabaseSummary, type ExactPage, OWNER, type PersonValues, Workspace } from './workspace.ts';
