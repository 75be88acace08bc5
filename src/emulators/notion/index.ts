export type { Counts } from './counters.ts';
export { dataSourceIdOf } from './entity-databases.ts';
export type { FaultRule } from './faults.ts';
export type { RequestKind } from './router.ts';
export { type NotionEmulator, type NotionEmulatorOptions, startNotionEmulator } from './server.ts';
export type { Settings } from './settings.ts';
export { type DatabaseSummary, type ExactPage, OWNER, type PersonValues, type Workspace } from './workspace.ts';
