import { FinalError, RecordError } from '../../errors.ts';
import { pluralize } from '../../operations/status/format-status.ts';

const MAX_MESSAGES = 3;

/** Collects the errors of single records while a chore continues with the others. */
export class RecordFailures {
  readonly #messages: string[] = [];

  /**
   * @param record such as `project <id>`, never its title: the message goes to Temporal
   * @returns undefined after a RecordError
   */
  async attempt<T>(record: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      this.#messages.push(`${record}: ${error.message}`);
      return undefined;
    }
  }

  /** @returns `done`. @throws FinalError `files_left_alone` with `done` and the messages, if there are any */
  summarize(done: string): string {
    if (this.#messages.length === 0) return done;
    const rest = this.#messages.length - MAX_MESSAGES;
    const shown = [
      ...this.#messages.slice(0, MAX_MESSAGES),
      ...(rest > 0 ? [`and ${pluralize(rest, 'more', 'more')}`] : []),
    ];
    throw new FinalError('files_left_alone', `${done}; ${shown.join('; ')}`);
  }
}
