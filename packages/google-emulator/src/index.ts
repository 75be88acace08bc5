export type { Traffic } from './calendar-api.ts';
export type { FaultRule } from './faults.ts';
export type { EmulatorHandle } from './handle.ts';
export * from './model.ts';
export { type GoogleEmulator, type GoogleEmulatorOptions, startGoogleEmulator } from './server.ts';
export type { CalendarSeed, EventResource } from './state.ts';
