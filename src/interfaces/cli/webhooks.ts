import { once } from 'node:events';
import { Connection } from '@temporalio/client';
import { readConfig } from '../../config.ts';
import { FinalError } from '../../errors.ts';
import { giveHint } from '../../features/hints/give-hint.ts';
import { keepChannels } from '../../features/hints/keep-channels.ts';
import { ownBot } from '../../features/hints/own-bot.ts';
import { startWebhookServer } from '../../features/hints/webhook-server.ts';
import { openServices } from '../../runtime/services.ts';
import { WebhookToken } from '../../runtime/webhook-token.ts';
import { temporalClient, temporalConnection } from '../../temporal/client.ts';
import { exitCodes } from './exit.ts';

export interface WebhooksOptions {
  readonly host: string;
  readonly port: number;
  /** Deletes the verification token, and accepts a new one for some time. */
  readonly reset?: boolean;
  /** The same, for a server that is running already. */
  readonly acceptToken?: boolean;
  readonly showToken?: boolean;
}

const say = (line: string): void => {
  process.stderr.write(`lockstep: ${line}\n`);
};

/** Receives webhooks from Notion and Google until SIGTERM or SIGINT, and answers the requests in progress. */
export async function webhooksCommand({ host, port, reset, acceptToken, showToken }: WebhooksOptions): Promise<number> {
  const config = readConfig();
  const services = openServices(config, () => undefined);
  const token = new WebhookToken(services.database, config.encryptionKeys);
  try {
    if (showToken) {
      console.log(await tokenToShow(token));
      return exitCodes.ok;
    }
    if (reset || acceptToken) await token.acceptNew();
    if (reset || acceptToken) say(ACCEPTING);
    else if ((await token.load()) === null) say(NO_TOKEN);
    if (acceptToken) return exitCodes.ok;
    const connection = Connection.lazy(temporalConnection().options);
    const client = await temporalClient(connection, config);
    const server = await startWebhookServer({
      database: services.database,
      token,
      ownId: ownBot(services),
      giveHint: (entity, hint) => giveHint(client, config.temporal.taskQueue, entity, hint),
      ...{ host, port, say },
    });
    say(`webhooks on ${server.url}/notion`);
    const { publicUrl } = config;
    const channels = publicUrl === undefined ? null : keepChannels(services, { publicUrl, say });
    await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
    await channels?.close();
    await server.stop();
    await connection.close();
    return exitCodes.ok;
  } finally {
    await services.close();
  }
}

const ACCEPTING =
  'the first verification token of the next 15 minutes is accepted: create the subscription in Notion, run lockstep webhooks --show-token, and paste the token into Notion';

const NO_TOKEN =
  'no verification token yet: run lockstep webhooks --accept-token, then create the subscription in Notion';

/** @throws FinalError when there is none */
async function tokenToShow(token: WebhookToken): Promise<string> {
  const known = await token.load();
  if (known !== null) return known;
  throw new FinalError('webhook_token_missing', NO_TOKEN);
}
