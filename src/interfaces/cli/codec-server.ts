import { once } from 'node:events';
import { readConfig } from '../../config.ts';
import { ConfigurationError } from '../../errors.ts';
import { startCodecServer } from '../../temporal/codec-server.ts';
import { exitCodes } from './exit.ts';

export interface CodecServerOptions {
  readonly port: number;
  /** Default: `LOCKSTEP_TEMPORAL_UI_URL`, and without it the Web UI of `lockstep up`. */
  readonly origin?: string;
}

const say = (line: string): void => {
  process.stderr.write(`lockstep: ${line}\n`);
};

/** Decrypts payloads for Temporal's Web UI until SIGTERM or SIGINT. */
export async function codecServerCommand({ port, origin }: CodecServerOptions): Promise<number> {
  const { encryptionKeys, webUi } = readConfig().temporal;
  const ui = origin ?? webUi ?? 'http://127.0.0.1:8233';
  if (!/^https?:/.test(ui) || !URL.canParse(ui)) {
    throw new ConfigurationError('--origin must be a URL such as https://cloud.temporal.io');
  }
  const server = await startCodecServer({
    address: { host: '127.0.0.1', port },
    ...{ keys: encryptionKeys, origins: [ui], say },
  });
  say(`codec server on ${server.url} for ${new URL(ui).origin} and for temporal --codec-endpoint ${server.url}`);
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  await server.stop();
  return exitCodes.ok;
}
