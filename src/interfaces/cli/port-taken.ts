import { ConfigurationError } from '../../errors.ts';

/** What is said of an address that cannot be listened on; null for another error. */
export function portTaken(error: unknown, host: string, port: number): ConfigurationError | null {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return new ConfigurationError(`port ${port} of ${host} is taken: choose another with --port`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EACCES') {
    return new ConfigurationError(`${host}:${port} cannot be listened on: choose others with --host and --port`);
  }
  return null;
}
