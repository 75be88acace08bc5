import { type Database, sql } from '../database/client.ts';
import { hashSecret, isSameSecret } from '../shared/secrets.ts';
import type { Account } from './grant.ts';

/** A push channel: Google reports through it that a calendar has changed, but not what. */
export interface Channel {
  /** A UUID of our own. */
  readonly id: string;
  readonly account: Account;
  readonly calendarId: string;
  /** The URL that Google posts to. */
  readonly address: string;
  /** Google's id of the watched calendar; null until Google has answered. */
  readonly resourceId: string | null;
  readonly openedAt: Date;
  readonly expiresAt: Date;
}

/** Whether Google reports changes through it. */
export const isOpen = ({ resourceId, expiresAt }: Channel, now: Date): boolean =>
  resourceId !== null && expiresAt > now;

/** The table `push_channels`. It stores only a hash of a channel's token. */
export class ChannelStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** All channels, newest first. */
  list(): Promise<Channel[]> {
    return this.#database.query<Channel>(sql`
      SELECT id, account, calendar_id AS "calendarId", address, resource_id AS "resourceId", opened_at AS "openedAt",
             expires_at AS "expiresAt" FROM push_channels ORDER BY opened_at DESC`);
  }

  async add(channel: Channel, token: string): Promise<void> {
    const { id, account, calendarId, address, resourceId, openedAt, expiresAt } = channel;
    await this.#database.execute(sql`
      INSERT INTO push_channels (id, account, calendar_id, address, token_sha256, resource_id, opened_at, expires_at)
      VALUES (${id}::uuid, ${account}, ${calendarId}, ${address}, ${hashSecret(token)}, ${resourceId}, ${openedAt}, ${expiresAt})`);
  }

  /** Stores what Google answered about a channel. */
  async confirm(id: string, { resourceId, expiresAt }: { resourceId: string; expiresAt: Date }): Promise<void> {
    await this.#database.execute(
      sql`UPDATE push_channels SET resource_id = ${resourceId}, expires_at = ${expiresAt} WHERE id = ${id}::uuid`,
    );
  }

  async remove(id: string): Promise<void> {
    await this.#database.execute(sql`DELETE FROM push_channels WHERE id = ${id}::uuid`);
  }

  async forgetAll(): Promise<void> {
    await this.#database.execute(sql`DELETE FROM push_channels`);
  }

  /** Whether there is such a channel with this token. @param id a UUID */
  async knows(id: string, token: string): Promise<boolean> {
    const [row] = await this.#database.query<{ hash: Buffer }>(
      sql`SELECT token_sha256 AS hash FROM push_channels WHERE id = ${id}::uuid`,
    );
    return row !== undefined && isSameSecret(token, row.hash);
  }
}
