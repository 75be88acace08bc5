import type { Client } from '@temporalio/client';
import type { NotionEmulator } from 'notion-emulator';
import type { Config } from '../config.ts';
import { giveHint } from '../features/hints/give-hint.ts';
import { keepChannels } from '../features/hints/keep-channels.ts';
import { ownBot } from '../features/hints/own-bot.ts';
import { startWebhookServer } from '../features/hints/webhook-server.ts';
import { ChannelStore } from '../google/channel-store.ts';
import { openServices } from '../runtime/services.ts';
import { WebhookToken } from '../runtime/webhook-token.ts';
import { isLoopback } from '../shared/loopback.ts';
import { freePort } from './ports.ts';

const PREFERRED_PORT = 8787;

interface EmbeddedWebhooksOptions {
  readonly config: Config;
  readonly client: Client;
  readonly notion: NotionEmulator;
  readonly say: (line: string) => void;
}

/** Subscribes to edits in the emulators, which send webhooks as Notion and Google do. */
export async function startWebhooks({ config, client, notion, say }: EmbeddedWebhooksOptions): Promise<{
  stop(): Promise<void>;
}> {
  const services = openServices(config, () => undefined);
  const token = new WebhookToken(services.database, config.encryptionKeys);
  // The emulators lose their subscriptions when they end.
  await token.acceptNew();
  await new ChannelStore(services.database).forgetAll();
  const server = await startWebhookServer({
    database: services.database,
    token,
    ownId: ownBot(services),
    giveHint: (entity, hint) => giveHint(client, config.temporal.taskQueue, entity, hint),
    ...{ host: '127.0.0.1', port: await freePort(PREFERRED_PORT), say },
  });
  const subscription = await notion.webhooks.subscribe(`${server.url}/notion`);
  notion.webhooks.confirm(subscription, (await token.load()) ?? '');
  // Google cannot reach a server on this machine.
  const channels = isLoopback(config.google.rootUrl) ? keepChannels(services, { publicUrl: server.url, say }) : null;
  return {
    stop: async () => {
      await channels?.close();
      await server.stop();
      await services.close();
    },
  };
}
