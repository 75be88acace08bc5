import { truncate } from '../../operations/history/format-value.ts';
import type { Intent } from './parse.ts';

/** @see https://core.telegram.org/bots/api#sendmessage */
const MAX_MESSAGE_LENGTH = 4_096;

export const asMessage = (text: string): string => truncate(text, MAX_MESSAGE_LENGTH);

export const HELP = `I understand messages like these:

Add task: Call dentist tomorrow
Create note: What the doctor said
Update goal Run a marathon progress to 75%
Add movie The Matrix
Mark Inception as watched
Add game Cyberpunk 2077 for PC
Mark Elden Ring as done
Propose upgrade: Remind me an hour before

/today – tasks due today, and the calendar
/changes – recent changes by the sync
/find dentist – searches all tables
/feedback The bot dropped my message`;

export const NOT_UNDERSTOOD = 'I did not understand that. Nothing was written. /help shows examples.';
export const FORWARDED =
  'A forwarded message is no command: nothing was written. Write to me what to do in your own words.';
export const TEXT_ONLY = 'I can read text only. Nothing was written. /help shows examples.';
export const NOTHING_CHANGED = 'Nothing was written.';
export const OLD_BUTTON = 'This button has expired. Send the message again.';
export const FAULT = 'Internal error. Nothing was written. See the log of the bot.';
export const LATER = 'I cannot write that right now. I will keep trying; no need to send it again.';

/** What to do when no record has the title. */
export function advice({ tool, input }: Extract<Intent, { kind: 'call' }>): string {
  if (tool !== 'mark' || typeof input.as !== 'object' || input.as === null) return '';
  const examples = [
    ...('media' in input.as ? [`Add movie ${input.record}`] : []),
    ...('games' in input.as ? [`Add game ${input.record}`] : []),
  ];
  return examples.length === 0 ? '' : ` To add it: ${examples.join(', or: ')}`;
}
