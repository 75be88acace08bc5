import { relative } from 'node:path';
import { expect, inject } from 'vitest';

/** The namespace of a test file on the shared server. */
export const namespaceOf = (testPath: string): string =>
  relative('test', testPath)
    .replace(/\.test\.ts$/, '')
    .replaceAll(/[^a-z0-9]+/gi, '-');

/** The shared Temporal server, and this test file's own namespace on it. */
export function testTemporal(): { readonly address: string; readonly namespace: string } {
  const { testPath = '' } = expect.getState();
  return { address: inject('temporalAddress'), namespace: namespaceOf(testPath) };
}

/** Environment variables for a command, and for a worker in this process. */
export function temporalEnv(): { readonly TEMPORAL_ADDRESS: string; readonly TEMPORAL_NAMESPACE: string } {
  const { address, namespace } = testTemporal();
  return { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
}
