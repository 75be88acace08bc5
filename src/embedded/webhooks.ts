import type { Client } from '@temporalio/client';
import { openServices } from '../activities/services.ts';
import type { Config } from '../config.ts';
import type { NotionEmulator } from '../emulators/notion/index.ts';
import { giveHint } from '../hints/give-hint.ts';
import { ownBot } from '../hints/own-bot.ts';
import { startWebhookServer } from '../hints/webhook-server.ts';
import { WebhookToken } from '../hints/webhook-token.ts';
import { freePort } from './ports.ts';

const PREFERRED_PORT = 8787;

interface EmbeddedWebhooksOptions {
  readonly config: Config;
  readonly client: Client;
  readonly notion: NotionEmulator;
  readonly say: (line: string) => void;
}

/** Lets the Notion emulator say what is edited there, as Notion itself would. */
export async function startWebhooks({ config, client, notion, say }: EmbeddedWebhooksOptions): Promise<{
  stop(): Promise<void>;
}> {
  const services = openServices(config, () => undefined);
  const token = new WebhookToken(services.database, config.encryptionKeys);
  // The emulator forgets its subscriptions when it ends.
  await token.forget();
  const server = await startWebhookServer({
    database: services.database,
    token,
    ownId: ownBot(services),
    giveHint: (entity, hint) => giveHint(client, config.temporal.taskQueue, entity, hint),
    ...{ host: '127.0.0.1', port: await freePort(PREFERRED_PORT), say },
  });
  const subscription = await notion.webhooks.subscribe(`${server.url}/notion`);
  notion.webhooks.confirm(subscription, (await token.load()) ?? '');
  return {
    stop: async () => {
      await server.close();
      await services.close();
    },
  };
}
