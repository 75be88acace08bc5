import { once } from 'node:events';
import { readConfig } from '../../config.ts';
import { openDatabase } from '../../database/client.ts';
import { ConfigurationError } from '../../errors.ts';
import { poll } from '../bot/poll.ts';
import { createBot } from '../bot/telegram-bot.ts';
import { startWebhook, WEBHOOK_PATH } from '../bot/webhook.ts';
import { databaseUrl } from './database-url.ts';
import { exitCodes } from './exit.ts';
import { requireDefinition } from './with-database.ts';

export interface BotCommandOptions {
  /** Telegram sends updates, instead of the bot polling for them. */
  readonly webhook?: boolean;
  readonly host: string;
  readonly port: number;
}

const POOL_SIZE = 4;

/** Runs the Telegram bot until SIGTERM or SIGINT, and finishes the messages in progress. */
export async function botCommand({ webhook = false, host, port }: BotCommandOptions): Promise<number> {
  const config = readConfig();
  const { token, apiRoot, users } = config.telegram;
  if (!token)
    throw new ConfigurationError('TELEGRAM_BOT_TOKEN is not set: create a bot with @BotFather, and set its token');
  if (!users) {
    throw new ConfigurationError(
      'LOCKSTEP_TELEGRAM_USERS is not set: set the ids of the Telegram users that the bot answers; @userinfobot shows yours',
    );
  }
  const { publicUrl, timeZone } = config;
  if (webhook && publicUrl === undefined) {
    throw new ConfigurationError(
      'LOCKSTEP_PUBLIC_URL is not set: --webhook requires an origin where Telegram reaches the bot',
    );
  }
  const say = (line: string): void => {
    process.stderr.write(`lockstep: ${line}\n`);
  };
  const database = openDatabase(databaseUrl(config), POOL_SIZE);
  const stopped = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stopped.abort());
  const patience = { signal: stopped.signal, say };
  const bot = createBot({ ...{ token, apiRoot, users, database, timeZone, say } });
  const hello = (how: string): void => {
    if (bot.isInited()) say(`@${bot.botInfo.username} ${how}`);
  };
  try {
    await requireDefinition(database);
    if (webhook && publicUrl !== undefined) {
      const server = await startWebhook(bot, { ...patience, host, port, publicUrl });
      hello(`receives updates on ${server.url}${WEBHOOK_PATH}`);
      if (!stopped.signal.aborted) await once(stopped.signal, 'abort');
      await server.stop();
    } else {
      await poll(bot, patience, () => hello('polls for updates'));
    }
    return exitCodes.ok;
  } finally {
    await database.close();
  }
}
