import { truncate } from '../../operations/history/format-value.ts';
import type { Intent } from './parse.ts';

/** @see https://core.telegram.org/bots/api#sendmessage */
const LONGEST_MESSAGE = 4_096;

export const asMessage = (text: string): string => truncate(text, LONGEST_MESSAGE);

export const HELP = `This is what I understand:

Add task: Call dentist tomorrow
Create note: What the doctor said
Update goal Run a marathon progress to 75%
Add movie The Matrix
Mark Inception as watched
Add game Cyberpunk 2077 for PC
Mark Elden Ring as done
Propose upgrade: Remind me an hour before

/today – what is due, and the calendar
/changes – what the sync has changed lately
/find dentist – looks in all tables
/feedback The bot dropped my message`;

export const NOT_UNDERSTOOD = 'I did not understand that, and wrote nothing. /help shows what I understand.';
export const TEXT_ONLY = 'I read text only; nothing was written. /help shows what I understand.';
export const NOTHING_CHANGED = 'None of these: nothing was written.';
export const OLD_BUTTON = 'This button is too old: send the message again.';
export const FAULT = 'Something went wrong here, and nothing was written. The log of the bot says what.';
export const LATER = 'I cannot write that just now. I keep trying; you need not send it again.';

/** What to do where nothing is called so. */
export function advice({ tool, input }: Extract<Intent, { kind: 'call' }>): string {
  if (tool !== 'mark' || typeof input.as !== 'object' || input.as === null) return '';
  const examples = [
    ...('media' in input.as ? [`Add movie ${input.record}`] : []),
    ...('games' in input.as ? [`Add game ${input.record}`] : []),
  ];
  return examples.length === 0 ? '' : ` To add it: ${examples.join(', or: ')}`;
}
