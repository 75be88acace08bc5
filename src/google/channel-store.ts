import { asDatabaseErrors, type Database } from '../database/client.ts';
import { hashSecret, isSameSecret } from '../shared/secrets.ts';
import type { Account } from './grant.ts';

/** By which Google tells that a calendar has changed, and no more than that. */
export interface Channel {
  /** A UUID of our own. */
  readonly id: string;
  readonly account: Account;
  readonly calendarId: string;
  /** Where Google posts to. */
  readonly address: string;
  /** What Google calls that which is watched; null until it has answered. */
  readonly resourceId: string | null;
  readonly openedAt: Date;
  readonly expiresAt: Date;
}

/** The table `push_channels`. Of a channel's token it keeps no more than is needed to know it again. */
export class ChannelStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The newest first. */
  async list(): Promise<Channel[]> {
    const rows = await asDatabaseErrors(() =>
      this.#database.pushChannel.findMany({ orderBy: { opened_at: 'desc' }, omit: { token_sha256: true } }),
    );
    return rows.map((row) => ({
      id: row.id,
      account: row.account as Account, // as `add` wrote it
      calendarId: row.calendar_id,
      address: row.address,
      resourceId: row.resource_id,
      openedAt: row.opened_at,
      expiresAt: row.expires_at,
    }));
  }

  async add(channel: Channel, token: string): Promise<void> {
    const data = {
      id: channel.id,
      account: channel.account,
      calendar_id: channel.calendarId,
      address: channel.address,
      token_sha256: hashSecret(token),
      resource_id: channel.resourceId,
      opened_at: channel.openedAt,
      expires_at: channel.expiresAt,
    };
    await asDatabaseErrors(() => this.#database.pushChannel.create({ data }));
  }

  /** What Google answered. */
  async confirm(id: string, { resourceId, expiresAt }: { resourceId: string; expiresAt: Date }): Promise<void> {
    const data = { resource_id: resourceId, expires_at: expiresAt };
    await asDatabaseErrors(() => this.#database.pushChannel.updateMany({ where: { id }, data }));
  }

  async remove(id: string): Promise<void> {
    await asDatabaseErrors(() => this.#database.pushChannel.deleteMany({ where: { id } }));
  }

  async forgetAll(): Promise<void> {
    await asDatabaseErrors(() => this.#database.pushChannel.deleteMany());
  }

  /** Whether there is such a channel, and this is its token. @param id a UUID */
  async knows(id: string, token: string): Promise<boolean> {
    const row = await asDatabaseErrors(() => this.#database.pushChannel.findUnique({ where: { id } }));
    return row !== null && isSameSecret(token, row.token_sha256);
  }
}
