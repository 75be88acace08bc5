import type { Config } from '../../../config.ts';
import { schemaOf } from '../../../database/connection.ts';
import { ConfigurationError } from '../../../errors.ts';
import { temporalConnection } from '../../../temporal/client.ts';

/** Which workspace has which task queue and which database: two that share one would take each other's work. */
export class Places {
  readonly #holders = new Map<string, string>();

  /**
   * Takes the task queue and the database of the current workspace.
   * @returns gives them back
   * @throws ConfigurationError when another workspace of this process has one of them
   */
  claim(name: string, config: Config): () => void {
    const places = [taskQueueOf(config), databaseOf(config.database.url)].filter((place) => place !== null);
    for (const { key, what } of places) {
      const holder = this.#holders.get(key);
      if (holder !== undefined) throw new ConfigurationError(`${what} is also that of ${holder}`);
    }
    for (const { key } of places) this.#holders.set(key, name);
    return () => {
      for (const { key } of places) this.#holders.delete(key);
    };
  }
}

interface Place {
  readonly key: string;
  readonly what: string;
}

function taskQueueOf({ temporal: { taskQueue } }: Config): Place {
  const { address, namespace } = temporalConnection();
  return {
    key: `queue ${address} ${namespace} ${taskQueue}`,
    what: `TEMPORAL_TASK_QUEUE: the task queue ${taskQueue} in the namespace ${namespace}`,
  };
}

function databaseOf(url: string | undefined): Place | null {
  if (url === undefined || !URL.canParse(url)) return null;
  const { pathname } = new URL(url);
  return {
    key: `database ${serverOf(url)}${pathname} ${schemaOf(url) ?? ''}`,
    what: `DATABASE_URL: the database ${pathname.slice(1)} at ${serverOf(url)}`,
  };
}

/** The host and port of a database, as far as the URL says them. */
export function serverOf(url: string): string {
  if (!URL.canParse(url)) return '';
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || 5432}`;
}
