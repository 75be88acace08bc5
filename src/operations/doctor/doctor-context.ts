import type { DataSourceObjectResponse } from '@notionhq/client';
import type { Config } from '../../config.ts';
import type { Database } from '../../database/client.ts';
import { readCachedDataSource as readSavedDataSource } from '../../database/sources.ts';
import type { FeatureOff } from '../../definition/features.ts';
import { entities } from '../../definition/index.ts';
import type { Entity } from '../../entities/define.ts';
import { LockstepError, RetryableError } from '../../errors.ts';
import { type DataSource, findDataSource, readDataSource } from '../../notion/data-source.ts';
import type { NotionApi } from '../../notion/notion-api.ts';
import type { Schema } from '../../notion/schema.ts';
import { connectClient, type TemporalClient } from '../../temporal/client.ts';
import type { ListedChore } from './check-chores.ts';
import type { Finding } from './finding.ts';
import { type CalendarReading, readCalendars } from './read-calendars.ts';

/** An entity's data source as it is now, and as the last sync saved it. */
export interface ReadSource {
  readonly entity: Entity;
  readonly source: DataSourceObjectResponse;
  /** Null before the first sync, and when the configured id has changed since. */
  readonly known: DataSource | null;
}

interface Reading {
  readonly read: ReadSource | null;
  readonly error: LockstepError | null;
}

/** What the doctor needs. */
export interface DoctorParts {
  readonly config: Config;
  readonly database: Database;
  readonly api: NotionApi;
  /** Default: connects as the environment says. */
  readonly connectTemporal?: () => Promise<TemporalClient>;
  /** Default: none, so that no schedule of a chore is checked. */
  readonly chores?: readonly ListedChore[];
  /** Default: none. */
  readonly featuresOff?: readonly FeatureOff[];
}

/** What the checks read; each data source and each calendar is read once. */
export class DoctorContext implements Required<DoctorParts> {
  readonly config: Config;
  readonly database: Database;
  readonly api: NotionApi;
  readonly connectTemporal: () => Promise<TemporalClient>;
  readonly chores: readonly ListedChore[];
  readonly featuresOff: readonly FeatureOff[];
  readonly #readings = new Map<string, Promise<Reading>>();
  #calendars: Promise<readonly CalendarReading[]> | null = null;

  constructor({
    config,
    database,
    api,
    connectTemporal = () => connectClient(config),
    chores = [],
    featuresOff = [],
  }: DoctorParts) {
    this.config = config;
    this.database = database;
    this.api = api;
    this.connectTemporal = connectTemporal;
    this.chores = chores;
    this.featuresOff = featuresOff;
  }

  /** @throws RetryableError when Notion does not respond */
  read(entity: Entity): Promise<Reading> {
    const reading = this.#readings.get(entity.name) ?? this.#read(entity);
    this.#readings.set(entity.name, reading);
    return reading;
  }

  /** The configured calendars as Google returns them; empty without a Google account. */
  calendars(): Promise<readonly CalendarReading[]> {
    this.#calendars ??= readCalendars(this.config, this.database);
    return this.#calendars;
  }

  /** The findings of a check in every data source that can be read. */
  async findInEach(check: (read: ReadSource) => readonly Finding[] | Promise<readonly Finding[]>): Promise<Finding[]> {
    const found = await Promise.all(
      entities().map(async (entity) => {
        const { read } = await this.read(entity);
        return read ? check(read) : [];
      }),
    );
    return found.flat();
  }

  /** Reads the schema again, so that a write does not undo a recent change. */
  async readCurrentSchema({ entity, source }: ReadSource): Promise<Schema> {
    return (await readDataSource(this.api, entity, source.id)).properties;
  }

  async #read(entity: Entity): Promise<Reading> {
    const before = await readSavedDataSource(this.database, entity);
    const configuredId = this.config.notion.ids[entity.name] ?? entity.databaseId;
    try {
      return { read: { entity, ...(await findDataSource(this.api, entity, configuredId, before)) }, error: null };
    } catch (error) {
      if (!(error instanceof LockstepError) || error instanceof RetryableError) throw error;
      return { read: null, error };
    }
  }
}
