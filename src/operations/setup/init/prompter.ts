import * as clack from '@clack/prompts';
import { ConfigurationError, FinalError } from '../../../errors.ts';

export interface Question<T> {
  readonly message: string;
  /** The answer if the run is not interactive; the default on a terminal. */
  readonly fallback?: T;
  /** The error of a non-interactive run without a fallback: what to set instead. */
  readonly unansweredError: string;
}

export interface TextQuestion extends Question<string> {
  /** Returns what is wrong with an answer, or undefined. */
  readonly validate?: (answer: string) => string | undefined;
}

export interface Choice<T> {
  readonly value: T;
  readonly label: string;
  readonly hint?: string;
}

/** Asks a person at a terminal, or takes the fallbacks in a non-interactive run. */
export interface Prompter {
  readonly isInteractive: boolean;
  /** Does not show the input. */
  secret(question: TextQuestion): Promise<string>;
  text(question: TextQuestion): Promise<string>;
  choose<T>(question: Question<T>, choices: readonly Choice<T>[]): Promise<T>;
  /** At least one. */
  chooseMany<T>(question: Question<readonly T[]>, choices: readonly Choice<T>[]): Promise<readonly T[]>;
  confirm(question: Question<boolean>): Promise<boolean>;
}

const MAX_ITEMS = 12;

/**
 * Interactive if there is a terminal, unless `isNonInteractive`.
 * @param stoppedMessage the message of the error that Ctrl-C throws
 */
export const openPrompter = (isNonInteractive: boolean, stoppedMessage: string): Prompter =>
  isNonInteractive || !process.stdin.isTTY || !process.stdout.isTTY ? nonInteractive : terminal(stoppedMessage);

/** Questions throw FinalError `stopped` on Ctrl-C. */
function terminal(stoppedMessage: string): Prompter {
  const unlessCancelled = <T>(answer: T | typeof clack.CANCEL_SYMBOL): T => {
    if (answer !== clack.CANCEL_SYMBOL) return answer as T; // TypeScript does not narrow a generic union by the symbol
    throw new FinalError('stopped', stoppedMessage);
  };
  return {
    isInteractive: true,
    secret: async ({ message, validate }) =>
      unlessCancelled(await clack.password({ message, validate: validator(validate) })),
    text: async ({ message, fallback = '', validate }) =>
      unlessCancelled(await clack.text({ message, defaultValue: fallback, validate: validator(validate) })),
    choose: async ({ message, fallback }, choices) => {
      const options = numbered(choices);
      const initialValue = Math.max(
        0,
        choices.findIndex(({ value }) => value === fallback),
      );
      const chosen =
        choices[unlessCancelled(await clack.select({ message, options, initialValue, maxItems: MAX_ITEMS }))];
      if (!chosen) throw new Error(`no choices: ${message}`);
      return chosen.value;
    },
    chooseMany: async ({ message, fallback = [] }, choices) => {
      const initialValues = choices.flatMap(({ value }, index) => (fallback.includes(value) ? [index] : []));
      const options = numbered(choices);
      const chosen = unlessCancelled(
        await clack.multiselect({ message, options, initialValues, required: true, maxItems: MAX_ITEMS }),
      );
      return choices.flatMap(({ value }, index) => (chosen.includes(index) ? [value] : []));
    },
    confirm: async ({ message, fallback = false }) =>
      unlessCancelled(await clack.confirm({ message, initialValue: fallback })),
  };
}

/** The prompt gets indexes, because the values are the caller's objects. */
const numbered = (choices: readonly Choice<unknown>[]) =>
  choices.map(({ label, hint }, value) => ({ value, label, ...(hint ? { hint } : {}) }));

const validator =
  (validate: TextQuestion['validate'] = () => undefined) =>
  (answer: string | undefined) =>
    validate((answer ?? '').trim());

/** @throws ConfigurationError for a question without a fallback */
const nonInteractive: Prompter = {
  isInteractive: false,
  secret: async (question) => fallbackOf(question),
  text: async (question) => fallbackOf(question),
  choose: async (question) => fallbackOf(question),
  chooseMany: async (question) => fallbackOf(question),
  confirm: async (question) => fallbackOf(question),
};

function fallbackOf<T>({ fallback, unansweredError }: Question<T>): T {
  if (fallback !== undefined) return fallback;
  throw new ConfigurationError(unansweredError);
}
