import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigurationError, FinalError, LockstepError } from '../../../errors.ts';
import { NotionApi, type NotionConnection } from '../../../notion/api.ts';
import type { Ask } from './ask.ts';
import { persistently } from './create-databases.ts';
import { type Survey, survey } from './survey.ts';

export interface Connected {
  readonly api: NotionApi;
  readonly token: string;
  /** What the integration is called. */
  readonly name: string;
}

/** Few requests, and no PostgreSQL yet to share a budget in. */
export const patience = { take: async () => undefined, pause: (ms: number) => sleep(ms) };

/**
 * Asks for a token, where none is given, until Notion accepts one.
 * @throws ConfigurationError, FinalError
 */
export async function connect(
  ask: Ask,
  say: (line: string) => void,
  { baseUrl, token: given }: NotionConnection,
): Promise<Connected> {
  for (let token = given; ; token = undefined) {
    token ??= (
      await ask.secret({
        message: 'The token of your Notion integration (https://www.notion.so/profile/integrations)',
        otherwise: 'NOTION_TOKEN is not set: set it, or give --token-file',
        refuse: (answer) => (/^\S+$/.test(answer) ? undefined : 'A token is one word, such as ntn_…'),
      })
    ).trim();
    const api = new NotionApi({ token, baseUrl }, patience);
    try {
      const purpose = { entity: 'all', kind: 'read', what: 'the integration itself' } as const;
      const me = await persistently(() => api.call(purpose, (client) => client.users.me({})));
      const name = me.name ?? me.id;
      say(`Notion accepts the token, as that of «${name}».`);
      return { api, token, name };
    } catch (error) {
      if (!ask.isPerson || !(error instanceof LockstepError) || error.code !== 'unauthorized') throw error;
      say('Notion refuses this token.');
    }
  }
}

/** @param file `-` for standard input @throws ConfigurationError */
export async function tokenIn(file: string): Promise<string> {
  let token: string;
  try {
    token = (file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')).trim();
  } catch {
    throw new ConfigurationError(`--token-file ${file} cannot be read`);
  }
  if (/^\S+$/.test(token)) return token;
  throw new ConfigurationError(`--token-file ${file} does not hold a token alone`);
}

/** What is shared with the integration; a person gets the time to share something. */
export async function lookAround(ask: Ask, say: (line: string) => void, { api, name }: Connected): Promise<Survey> {
  for (;;) {
    const found = await persistently(() => survey(api));
    if (found.sources.length + found.pages.length > 0 || !ask.isPerson) return found;
    say(`Nothing is shared with «${name}» yet. In Notion, open a page and choose ••• → Connections → «${name}».`);
    const again = await ask.confirm({ message: 'Look again?', fallback: true, otherwise: '' });
    if (!again) throw new FinalError('nothing_shared', 'nothing is shared with the integration');
  }
}
