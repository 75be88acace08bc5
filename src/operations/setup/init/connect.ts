import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigurationError, FinalError, LockstepError } from '../../../errors.ts';
import { NotionApi, type NotionConnection } from '../../../notion/notion-api.ts';
import { withRetries } from './create-databases.ts';
import type { Prompter } from './prompter.ts';
import { type Survey, survey } from './survey.ts';

export interface Connected {
  readonly api: NotionApi;
  readonly token: string;
  /** The name of the integration. */
  readonly name: string;
}

/** For a few requests before there is a PostgreSQL for the shared budget. */
export const unlimitedBudget = { take: async () => undefined, pause: (ms: number) => sleep(ms) };

/**
 * Connects with the given token, or asks for one until Notion accepts it.
 * @throws ConfigurationError, FinalError
 */
export async function connect(
  ask: Prompter,
  say: (line: string) => void,
  { baseUrl, token: given }: NotionConnection,
): Promise<Connected> {
  for (let token = given; ; token = undefined) {
    token ??= (
      await ask.secret({
        message: 'Token of your Notion integration (https://www.notion.so/profile/integrations)',
        unansweredError: 'NOTION_TOKEN is not set: set it, or use --token-file',
        validate: (answer) => (/^\S+$/.test(answer) ? undefined : 'A token is one word, such as ntn_…'),
      })
    ).trim();
    const api = new NotionApi({ token, baseUrl }, unlimitedBudget);
    try {
      const purpose = { entity: 'all', kind: 'read', what: 'the integration itself' } as const;
      const me = await withRetries(() => api.call(purpose, (client) => client.users.me({})));
      const name = me.name ?? me.id;
      say(`Notion accepts the token of "${name}".`);
      return { api, token, name };
    } catch (error) {
      if (!ask.isInteractive || !(error instanceof LockstepError) || error.code !== 'unauthorized') throw error;
      say('Notion refuses this token.');
    }
  }
}

/** @param file `-` for standard input @throws ConfigurationError */
export async function readTokenFile(file: string): Promise<string> {
  let token: string;
  try {
    token = (file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')).trim();
  } catch {
    throw new ConfigurationError(`--token-file ${file} cannot be read`);
  }
  if (/^\S+$/.test(token)) return token;
  throw new ConfigurationError(`--token-file ${file} must contain only a token`);
}

/** Reads what is shared with the integration. If nothing is, a person can share something and retry. */
export async function readShared(
  ask: Prompter,
  say: (line: string) => void,
  { api, name }: Connected,
): Promise<Survey> {
  for (;;) {
    const found = await withRetries(() => survey(api));
    if (found.sources.length + found.pages.length > 0 || !ask.isInteractive) return found;
    say(`Nothing is shared with "${name}" yet. In Notion, open a page and choose ••• → Connections → "${name}".`);
    const again = await ask.confirm({ message: 'Check again?', fallback: true, unansweredError: '' });
    if (!again) throw new FinalError('nothing_shared', 'nothing is shared with the integration');
  }
}
