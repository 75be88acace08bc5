import { FinalError, RecordError } from '../../errors.ts';
import { counted } from '../../operations/status/format-status.ts';

const MOST_TOLD = 3;

/** What went wrong with single records, while the others went on. */
export class Troubles {
  readonly #said: string[] = [];

  /**
   * @param what such as `project <id>`: never what it is called, since this is told to Temporal
   * @returns undefined where it could not be done
   */
  async during<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      this.#said.push(`${what}: ${error.message}`);
      return undefined;
    }
  }

  /** @returns what was done; @throws FinalError `files_left_alone`, which says so, too, when something went wrong */
  told(done: string): string {
    if (this.#said.length === 0) return done;
    const rest = this.#said.length - MOST_TOLD;
    const told = [...this.#said.slice(0, MOST_TOLD), ...(rest > 0 ? [`and ${counted(rest, 'more', 'more')}`] : [])];
    throw new FinalError('files_left_alone', `${done}; ${told.join('; ')}`);
  }
}
