import type { DataSourceObjectResponse } from '@notionhq/client';
import type { Config } from '../../config.ts';
import type { Database } from '../../database/client.ts';
import { loadDataSource } from '../../database/sources.ts';
import type { Entity } from '../../entities/define.ts';
import { entities } from '../../entities/index.ts';
import { LockstepError, RetryableError } from '../../errors.ts';
import type { NotionApi } from '../../notion/api.ts';
import { type DataSource, findDataSource, readDataSource } from '../../notion/data-source.ts';
import type { Schema } from '../../notion/schema.ts';
import { connectClient, type TemporalClient } from '../../temporal/client.ts';
import type { Finding } from './finding.ts';
import { type CalendarReading, readCalendars } from './read-calendars.ts';

/** An entity's data source as it is now, beside what was remembered of it. */
export interface ReadSource {
  readonly entity: Entity;
  readonly source: DataSourceObjectResponse;
  /** Null before the first sync, and where another id was given since. */
  readonly known: DataSource | null;
}

interface Reading {
  readonly read: ReadSource | null;
  readonly error: LockstepError | null;
}

/** What a doctor works with. */
export interface DoctorParts {
  readonly config: Config;
  readonly database: Database;
  readonly api: NotionApi;
  /** Where the environment says that Temporal is, unless given. */
  readonly connectTemporal?: () => Promise<TemporalClient>;
}

/** What the checks look at; each data source and each calendar is read once. */
export class DoctorContext implements Required<DoctorParts> {
  readonly config: Config;
  readonly database: Database;
  readonly api: NotionApi;
  readonly connectTemporal: () => Promise<TemporalClient>;
  readonly #readings = new Map<string, Promise<Reading>>();
  #calendars: Promise<readonly CalendarReading[]> | null = null;

  constructor({ config, database, api, connectTemporal = connectClient }: DoctorParts) {
    this.config = config;
    this.database = database;
    this.api = api;
    this.connectTemporal = connectTemporal;
  }

  /** @throws RetryableError when Notion does not answer */
  read(entity: Entity): Promise<Reading> {
    const reading = this.#readings.get(entity.name) ?? this.#read(entity);
    this.#readings.set(entity.name, reading);
    return reading;
  }

  /** The calendars that are set, as Google shows them; none without a Google account. */
  calendars(): Promise<readonly CalendarReading[]> {
    this.#calendars ??= readCalendars(this.config, this.database);
    return this.#calendars;
  }

  /** What a check finds in every data source that can be read. */
  async inEach(look: (read: ReadSource) => readonly Finding[] | Promise<readonly Finding[]>): Promise<Finding[]> {
    const found = await Promise.all(
      entities.map(async (entity) => {
        const { read } = await this.read(entity);
        return read ? look(read) : [];
      }),
    );
    return found.flat();
  }

  /** The schema as it is at this moment: nobody's change of a minute ago is to be undone. */
  async schemaNow({ entity, source }: ReadSource): Promise<Schema> {
    return (await readDataSource(this.api, entity, source.id)).properties;
  }

  async #read(entity: Entity): Promise<Reading> {
    const before = await loadDataSource(this.database, entity);
    const configuredId = this.config.notion.ids[entity.name] ?? entity.databaseId;
    try {
      return { read: { entity, ...(await findDataSource(this.api, entity, configuredId, before)) }, error: null };
    } catch (error) {
      if (!(error instanceof LockstepError) || error instanceof RetryableError) throw error;
      return { read: null, error };
    }
  }
}
