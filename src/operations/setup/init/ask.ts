import * as clack from '@clack/prompts';
import { ConfigurationError, FinalError } from '../../../errors.ts';

export interface Question<T> {
  readonly message: string;
  /** What it is when nobody is there to answer; on a terminal, what Enter says. */
  readonly fallback?: T;
  /** What a script has to say in advance where there is no fallback: one line. */
  readonly otherwise: string;
}

export interface TextQuestion extends Question<string> {
  /** What is wrong with an answer, or nothing. */
  readonly refuse?: (answer: string) => string | undefined;
}

export interface Choice<T> {
  readonly value: T;
  readonly label: string;
  readonly hint?: string;
}

/** Whoever answers: a person at a terminal, or nobody. */
export interface Ask {
  readonly isPerson: boolean;
  /** What is typed is not shown. */
  secret(question: TextQuestion): Promise<string>;
  line(question: TextQuestion): Promise<string>;
  choose<T>(question: Question<T>, choices: readonly Choice<T>[]): Promise<T>;
  confirm(question: Question<boolean>): Promise<boolean>;
}

const LONGEST_LIST = 12;

/**
 * A person where there is a terminal, unless nothing is to be asked.
 * @param whenStopped the message of the error that Ctrl-C throws
 */
export const whoAnswers = (asksNothing: boolean, whenStopped: string): Ask =>
  asksNothing || !process.stdin.isTTY || !process.stdout.isTTY ? nobody : person(whenStopped);

/** Its questions throw FinalError `stopped` on Ctrl-C. */
function person(whenStopped: string): Ask {
  const said = <T>(answer: T | typeof clack.CANCEL_SYMBOL): T => {
    if (answer !== clack.CANCEL_SYMBOL) return answer as T; // TypeScript does not take the symbol out of a generic union
    throw new FinalError('stopped', whenStopped);
  };
  return {
    isPerson: true,
    secret: async ({ message, refuse }) => said(await clack.password({ message, validate: validator(refuse) })),
    line: async ({ message, fallback = '', refuse }) =>
      said(await clack.text({ message, defaultValue: fallback, validate: validator(refuse) })),
    choose: async ({ message, fallback }, choices) => {
      // Values are the caller's objects; what goes through the prompt is their place in the list.
      const options = choices.map(({ label, hint }, value) => ({ value, label, ...(hint ? { hint } : {}) }));
      const initialValue = Math.max(
        0,
        choices.findIndex(({ value }) => value === fallback),
      );
      const chosen = choices[said(await clack.select({ message, options, initialValue, maxItems: LONGEST_LIST }))];
      if (!chosen) throw new Error(`nothing to choose from: ${message}`);
      return chosen.value;
    },
    confirm: async ({ message, fallback = false }) => said(await clack.confirm({ message, initialValue: fallback })),
  };
}

const validator =
  (refuse: TextQuestion['refuse'] = () => undefined) =>
  (answer: string | undefined) =>
    refuse((answer ?? '').trim());

/** @throws ConfigurationError for a question without a fallback */
const nobody: Ask = {
  isPerson: false,
  secret: async (question) => fallbackOf(question),
  line: async (question) => fallbackOf(question),
  choose: async (question) => fallbackOf(question),
  confirm: async (question) => fallbackOf(question),
};

function fallbackOf<T>({ fallback, otherwise }: Question<T>): T {
  if (fallback !== undefined) return fallback;
  throw new ConfigurationError(otherwise);
}
