import { truncate } from '../../operations/history/format-value.ts';
import { type Moment, takeDate } from '../tools/dates.ts';
import type { Statuses } from '../tools/mark.ts';

/** What a message requests. */
export type Intent =
  | { readonly kind: 'call'; readonly tool: string; readonly input: Readonly<Record<string, unknown>> }
  | { readonly kind: 'help' }
  /** A command without its argument. */
  | { readonly kind: 'incomplete'; readonly example: string }
  /** A command for another bot. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'unknown' };

/** A longer first line is not a title. */
const MAX_TITLE_LENGTH = 200;

/** Patterns that match a whole sentence are not tried on a longer text: they would take too long. */
const MAX_SENTENCE_LENGTH = 500;

/** Runs of spaces would multiply the ways in which a pattern can match. */
const withSingleSpaces = (text: string): string => text.replace(/[^\S\n]+/g, ' ').replace(/(?: ?\n ?)+/g, '\n');

/**
 * Parses a message.
 * @param moment when it was sent, for words such as "tomorrow"
 * @param botName the bot's own user name, without `@`
 */
export function parse(text: string, moment: Moment, botName?: string): Intent {
  const [, name, bot, rest = ''] = /^\/(\w+)(?:@(\w+))?\s*([\s\S]*)$/.exec(text.trim()) ?? [];
  if (bot !== undefined && botName !== undefined && bot.toLowerCase() !== botName.toLowerCase()) {
    return { kind: 'foreign' };
  }
  if (name !== undefined) return command(name.toLowerCase(), rest.trim(), moment);
  const phrase = text.trim().replace(/^(?:please|hey|ok|okay)[,\s]+/i, '');
  const sentence = phrase.length > MAX_SENTENCE_LENGTH ? '' : withSingleSpaces(phrase);
  for (const { pattern, read, isSentence = false } of phrases) {
    const found = pattern.exec(isSentence ? sentence : phrase);
    if (found)
      return read(
        found.slice(1).map((part) => part?.trim() ?? ''),
        moment,
      );
  }
  return { kind: 'unknown' };
}

function command(name: string, rest: string, moment: Moment): Intent {
  if (name === 'start' || name === 'help') return { kind: 'help' };
  if (name === 'today') return call('today', {});
  if (name === 'changes') return call('list_changes', {});
  const known = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!known) return { kind: 'unknown' };
  return rest === '' ? { kind: 'incomplete', example: `/${name} ${known.example}` } : known.read([rest], moment);
}

type Read = (parts: readonly string[], moment: Moment) => Intent;

const call = (tool: string, input: Readonly<Record<string, unknown>>): Intent => ({
  kind: 'call',
  tool,
  input: Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)),
});

const TASK_EXAMPLE = 'Call dentist tomorrow';

const task: Read = ([text = ''], moment) => {
  const [first = '', ...lines] = text.split('\n');
  const dated = takeDate(first, moment);
  const isAllDate = dated?.rest === '';
  const due = dated && !isAllDate ? [dated.date.date, dated.date.time].filter(Boolean).join('T') : undefined;
  const { title, more } = titleOf([due === undefined ? first : (dated?.rest ?? first), ...lines].join('\n'));
  if (!/[\p{L}\p{N}\p{S}]/u.test(title)) return { kind: 'incomplete', example: `/task ${TASK_EXAMPLE}` };
  return call('create_task', { title, due, notes: more });
};

const note: Read = ([text = '']) => {
  const { title, more } = titleOf(text);
  return call('create_note', { title, content: more });
};

const fix: Read = ([text = '']) => {
  const { title, more } = titleOf(text);
  return call('report_fix', { title, description: more });
};

const upgrade: Read = ([text = '']) => {
  const { title, more } = titleOf(text);
  return call('propose_upgrade', { title, description: more });
};

const goal: Read = ([name = '', percent = '']) =>
  call('update_goal_progress', { goal: bare(name), progress: Number(percent.replace(',', '.')) });

const film: Read = ([kind = '', given = '']) => {
  const type = /anime/i.test(kind) ? 'Anime' : /movie|film/i.test(kind) ? 'Movie' : 'TV Show';
  if (given.length > MAX_SENTENCE_LENGTH) return call('add_media', { title: bare(given), type });
  const text = withSingleSpaces(given);
  const [, title = '', state = ''] = /^(.+?)(?:\s+as\s+(\S[^()]*?))?[.\s]*$/is.exec(text) ?? [];
  const status = statusesOf(state)?.media;
  const named = state !== '' && status === undefined ? text : title;
  const [, name = named, year] = /^(.+?)\s*\(((?:18|19|20|21)\d\d)\)$/s.exec(bare(named)) ?? [];
  return call('add_media', {
    title: bare(name.replace(/\s+to\s+(?:the|my)\s+(?:watch\s*)?list$/i, '')),
    type,
    status,
    year: year === undefined ? undefined : Number(year),
  });
};

const PLATFORMS: Readonly<Record<string, string>> = {
  pc: 'PC',
  steam: 'PC',
  windows: 'PC',
  ps5: 'PS5',
  'playstation 5': 'PS5',
  switch: 'Switch',
  'nintendo switch': 'Switch',
};

const game: Read = ([given = '']) => {
  if (given.length > MAX_SENTENCE_LENGTH) return call('add_game', { name: bare(given) });
  const text = withSingleSpaces(given);
  const [, title = '', on = ''] = /^(.+?)\s+(?:for|on)\s+(?:the\s+)?([\w ]+?)[.!\s]*$/is.exec(text) ?? [];
  const platform = PLATFORMS[on.toLowerCase().replace(/\s+/g, ' ')];
  return call('add_game', { name: bare(platform === undefined ? text : title), platform });
};

const STATES: readonly (readonly [pattern: RegExp, statuses: Statuses])[] = [
  [/^(done|finished|completed?)$/, { media: 'Completed', games: 'Completed', tasks: 'Done' }],
  [/^(watched|seen)$/, { media: 'Completed' }],
  [/^watching$/, { media: 'Watching' }],
  [/^(unwatched|to watch|plan(ned)? to watch)$/, { media: 'Plan to Watch' }],
  [/^(played|beaten)$/, { games: 'Completed' }],
  [/^playing$/, { games: 'Playing' }],
  [/^(backlog|to play|unplayed)$/, { games: 'Backlog' }],
  [/^(in progress|started|doing)$/, { tasks: 'In Progress' }],
  [/^(todo|to do|open|not done|undone)$/, { tasks: 'Todo' }],
  [/^cancell?ed$/, { tasks: 'Cancelled' }],
];

const statusesOf = (state: string): Statuses | undefined =>
  STATES.find(([words]) => words.test(state.toLowerCase().replace(/\s+/g, ' ')))?.[1];

const KINDS: readonly (readonly [pattern: RegExp, entity: keyof Statuses])[] = [
  [/^(?:the\s+)?(?:movie|film|series|(?:tv\s*)?show|anime)\s+/i, 'media'],
  [/^(?:the\s+)?game\s+/i, 'games'],
  [/^(?:the\s+)?task:?\s+/i, 'tasks'],
];

const mark: Read = ([text = '', state = '']) => {
  const statuses = statusesOf(state);
  if (statuses === undefined) return { kind: 'unknown' };
  const [words, entity] = KINDS.find(([pattern, name]) => pattern.test(text) && statuses[name] !== undefined) ?? [];
  if (words === undefined || entity === undefined) return call('mark', { record: bare(text), as: statuses });
  return call('mark', { record: bare(text.replace(words, '')), as: { [entity]: statuses[entity] } });
};

const find: Read = ([query = '']) => call('find', { query: bare(query.replace(/\?$/, '')) });

const MAKE = '(?:add|create|make|new|put)\\s+(?:an?\\s+|the\\s+)?(?:new\\s+)?';
const FILM = '(movie|film|(?:tv\\s*)?series|(?:tv\\s*)?show|anime)';

interface Phrase {
  readonly pattern: RegExp;
  readonly read: Read;
  /** The pattern looks beyond the beginning of the text. */
  readonly isSentence?: boolean;
}

const phrases: readonly Phrase[] = [
  {
    pattern: new RegExp(`^(?:${MAKE}(?:task|to-?do)|task:|to-?do:|remind me to)[:\\s]*$`, 'i'),
    read: () => ({ kind: 'incomplete', example: `/task ${TASK_EXAMPLE}` }),
  },
  {
    pattern: new RegExp(`^(?:${MAKE}(?:task|to-?do)\\b|task:|to-?do:|remind me to\\s)[:\\s]*([\\s\\S]+)$`, 'i'),
    read: task,
  },
  { pattern: new RegExp(`^(?:(?:${MAKE}|take\\s+(?:a\\s+)?)note\\b|note:)[:\\s]*([\\s\\S]+)$`, 'i'), read: note },
  {
    pattern:
      /^(?:(?:update|set|move|bring|change)\s+)?(?:the\s+|my\s+)?goal:?\s+(.+?)(?:['’]s)?(?:\s+progress)?(?:\s+(?:to|at|is at|is|=))?\s+(-?\d+(?:[.,]\d+)?)\s*(?:%|percent)?[.!\s]*$/i,
    read: goal,
    isSentence: true,
  },
  { pattern: new RegExp(`^${MAKE}${FILM}\\b[:\\s]*([\\s\\S]+)$`, 'i'), read: film },
  { pattern: new RegExp(`^${MAKE}(?:video\\s*)?game\\b[:\\s]*([\\s\\S]+)$`, 'i'), read: game },
  { pattern: /^(?:mark|set)\s+(.+)\s+as\s+([a-z ]+?)[.!\s]*$/is, read: mark, isSentence: true },
  { pattern: /^(?:mark|set)\s+(.+?)\s+to\s+([a-z ]+?)[.!\s]*$/is, read: mark, isSentence: true },
  {
    pattern: /^(?:i(?:['’]ve| have)?\s+)?(?:just\s+)?(watched|finished|completed|watching|playing)\s+(.+?)[.!\s]*$/i,
    read: ([state = '', title = ''], moment) => mark([title, state], moment),
    isSentence: true,
  },
  { pattern: /^(?:report\s+(?:an?\s+)?(?:bug|fix|fault|problem)|bug:|fault:)[:\s]*([\s\S]+)$/i, read: fix },
  {
    pattern: /^(?:(?:propose|suggest)\s+(?:an?\s+)?(?:upgrade|idea|feature)|idea:|upgrade:)[:\s]*([\s\S]+)$/i,
    read: upgrade,
  },
  { pattern: /^(?:find|search(?:\s+for)?|look\s+for)[:\s]+(.+)$/i, read: find },
  { pattern: /^(?:today|what(?:['’]s| is)\s+(?:due\s+|on\s+|up\s+)?today)[?.!\s]*$/i, read: () => call('today', {}) },
  {
    pattern: /^(?:changes|what(?:['’]s| is)\s+new|what(?:\s+has)?\s+changed)[?.!\s]*$/i,
    read: () => call('list_changes', {}),
  },
];

const commands: Readonly<Record<string, { readonly read: Read; readonly example: string }>> = {
  task: { read: task, example: TASK_EXAMPLE },
  note: { read: note, example: 'What the doctor said' },
  feedback: { read: fix, example: 'The bot dropped my message' },
  upgrade: { read: upgrade, example: 'Remind me an hour before' },
  find: { read: find, example: 'dentist' },
};

/** The first line and the rest. A first line too long for a title stays in the rest, too. */
function titleOf(text: string): { readonly title: string; readonly more: string | undefined } {
  const [first = '', ...lines] = text.trim().split('\n');
  const title = bare(first);
  if (title.length > MAX_TITLE_LENGTH) return { title: truncate(title, MAX_TITLE_LENGTH), more: text.trim() };
  return { title, more: lines.join('\n').trim() || undefined };
}

/** Removes quotes around a text, and the full stop of a sentence. */
function bare(text: string): string {
  const stopped = text.trim().replace(/(?<![.\s]|\b[A-Z])\.$/, '');
  return /^(["“\u00ab'‘])(.+)(["”\u00bb'’])$/s.exec(stopped)?.[2]?.trim() ?? stopped;
}
