import { once } from 'node:events';
import { readConfig } from '../../config.ts';
import { openDatabase } from '../../database/client.ts';
import { ConfigurationError } from '../../errors.ts';
import { MCP_PATH, startMcpHttp } from '../mcp/http.ts';
import { serveStdio } from '../mcp/stdio.ts';
import { databaseUrl } from './database-url.ts';
import { exitCodes } from './exit.ts';
import { version } from './version.ts';
import { requireDefinition } from './with-database.ts';

export interface McpCommandOptions {
  /** Serves HTTP instead of standard input and output. */
  readonly http?: boolean;
  readonly host: string;
  readonly port: number;
}

const POOL_SIZE = 4;

/** Serves the tools until SIGTERM or SIGINT, or until the client closes standard input. */
export async function mcpCommand({ http = false, host, port }: McpCommandOptions): Promise<number> {
  const config = readConfig();
  const { mcpToken: token, timeZone } = config;
  if (http && token === undefined) {
    throw new ConfigurationError(
      'LOCKSTEP_MCP_TOKEN is not set: clients send it over HTTP; create one with: openssl rand -hex 32',
    );
  }
  // Standard output carries the protocol.
  const say = (line: string): void => {
    process.stderr.write(`lockstep: ${line}\n`);
  };
  const database = openDatabase(databaseUrl(config), POOL_SIZE);
  const options = { database, timeZone, version: version(), say };
  const stopped = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stopped.abort());
  try {
    await requireDefinition(database);
    if (http && token !== undefined) {
      const server = await startMcpHttp({ ...options, host, port, token });
      say(`MCP on ${server.url}${MCP_PATH}`);
      if (!stopped.signal.aborted) await once(stopped.signal, 'abort');
      await server.stop();
    } else {
      await serveStdio(options, { input: process.stdin, out: process.stdout, signal: stopped.signal });
    }
    return exitCodes.ok;
  } finally {
    await database.close();
  }
}
