import { type GoogleEmulator, startGoogleEmulator } from 'google-emulator';
import { startNotionEmulator } from 'notion-emulator';
import { describe } from 'vitest';
import { createEntityDatabases } from '../../src/embedded/sample-workspace/entity-databases.ts';
import { body, defineEntity, richText, title } from '../../src/entities/define.ts';
import { calendarEvents } from '../../src/google/calendar-events.ts';
import { GoogleApi } from '../../src/google/google-api.ts';
import { openDataSource } from '../../src/notion/data-source.ts';
import { entityPages } from '../../src/notion/entity-pages.ts';
import { NotionApi } from '../../src/notion/notion-api.ts';
import type { RemoteEntity } from '../../src/sync/ports.ts';
import type { Fields } from '../../src/sync/types.ts';
import { connectionTo, signedIn } from '../google/support.ts';
import { Attempt, Faults } from '../simulation/faults.ts';
import { MemoryGoogle, PERSONAL } from '../simulation/memory-google.ts';
import { MemoryNotion } from '../simulation/memory-notion.ts';
import { World } from '../simulation/world.ts';
import { type Content, type RemoteUnderTest, remoteContract } from './remote-contract.ts';

const papers = defineEntity({
  name: 'papers',
  table: 'papers',
  databaseId: '00000000-0000-4000-8000-0000000000aa',
  title: 'Papers',
  fields: { title: title('Title'), note: richText('Note'), body: body() },
});

const START = Date.parse('2026-03-02T09:00:00Z');
const CALENDAR = 'me@example.com';

const paperContent = {
  newFields: (content: Content): Fields => ({ ...content, body: 'Words' }),
  toFields: (change: Partial<Content>): Fields => ({ ...change }),
  contentOf: ({ title, note }: Fields): Content => ({ title: String(title), note: String(note) }),
};

const eventContent = {
  newFields: ({ title, note }: Content): Fields => ({
    summary: title,
    description: note,
    location: null,
    start_time: '2026-03-05T09:00:00.000Z',
    end_time: '2026-03-05T10:00:00.000Z',
    all_day: false,
    time_zone: 'UTC',
    status: 'confirmed',
    source_task_id: null,
  }),
  toFields: ({ title, note }: Partial<Content>): Fields => ({
    ...(title === undefined ? {} : { summary: title }),
    ...(note === undefined ? {} : { description: note }),
  }),
  contentOf: ({ summary, description }: Fields): Content => ({ title: String(summary), note: String(description) }),
};

/** As a person types it into Google. */
const toEvent = ({ title, note }: Partial<Content>): object => ({
  ...(title === undefined ? {} : { summary: title }),
  ...(note === undefined ? {} : { description: note }),
});
const THAT_DAY = { start: { date: '2026-03-05' }, end: { date: '2026-03-06' } };

/** A rule for either emulator: one such request is answered with 503. */
const unavailable = (match: { readonly method?: string; readonly path?: string }, when: 'before' | 'after') => ({
  match,
  // biome-ignore lint/suspicious/noThenProperty: the shape of the emulators' rules
  then: { kind: 'status' as const, status: 503, afterCommit: when === 'after' },
});

async function openNotion(): Promise<RemoteUnderTest> {
  let now = START;
  const notion = await startNotionEmulator({ requestsPerMinute: 100_000, pageSizeCap: 3, now: () => now });
  const { workspace } = notion;
  createEntityDatabases(workspace, [papers]);
  const unlimited = { take: async () => undefined, pause: async () => undefined };
  const api = new NotionApi({ token: notion.token, baseUrl: notion.url }, unlimited);
  const source = await openDataSource(api, papers, papers.databaseId, null);
  const requests = {
    read: {},
    create: { method: 'POST', path: '/pages$' },
    update: { method: 'PATCH', path: '/pages/' },
  };
  const toProperties = ({ title, note }: Partial<Content>) => ({
    ...(title === undefined ? {} : { Title: title }),
    ...(note === undefined ? {} : { Note: note }),
  });
  return {
    ...paperContent,
    remote: entityPages({ api, entity: papers, source, timeZone: 'UTC', botId: notion.botId }),
    person: {
      create: (content) => workspace.createPage('Papers', toProperties(content), undefined, 'Words'),
      edit: (remoteId, change) => workspace.editPage(remoteId, toProperties(change)),
      trash: (remoteId) => workspace.trashPage(remoteId),
    },
    unknownId: '00000000-0000-4000-8000-0000000000bb',
    advance: (ms) => {
      now += ms;
    },
    failNext: (request, when) => {
      notion.faults.add(unavailable(requests[request], when));
    },
    countLive: () => workspace.pages('Papers').filter(({ page }) => !page.in_trash).length,
    expireTokens: null,
    setLag: (indexLagMs) => void workspace.configure({ indexLagMs }),
    close: () => notion.close(),
  };
}

async function openGoogle(): Promise<RemoteUnderTest> {
  let now = START;
  const google: GoogleEmulator = await startGoogleEmulator({ pageSize: 3, now: () => now });
  const { handle } = google;
  const api = new GoogleApi(connectionTo(google), 'personal', signedIn(google));
  const requests = { read: { path: '^/calendar/' }, create: { method: 'POST' }, update: { method: 'PATCH' } };
  return {
    ...eventContent,
    remote: calendarEvents({ api, calendarId: CALENDAR, timeZone: 'UTC' }),
    person: {
      create: (content) => String(handle.createEvent(CALENDAR, { ...toEvent(content), ...THAT_DAY }).id),
      edit: (remoteId, change) => void handle.editEvent(CALENDAR, remoteId, toEvent(change)),
      trash: (remoteId) => handle.deleteEvent(CALENDAR, remoteId),
    },
    unknownId: 'unknown00000',
    advance: (ms) => {
      now += ms;
    },
    failNext: (request, when) => {
      google.faults.add(unavailable({ path: '^/calendar/', ...requests[request] }, when));
    },
    countLive: () => handle.events(CALENDAR).filter(({ status }) => status !== 'cancelled').length,
    expireTokens: () => handle.expireSyncTokens(CALENDAR),
    setLag: null,
    close: () => google.close(),
  };
}

/** The calls of the simulation's sides wait until their world moves on: here it moves with each call. */
function inWorld(world: World, remote: RemoteEntity): RemoteEntity {
  const moved = async <T>(work: Promise<T>): Promise<T> => {
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    await world.run(settled);
    return work;
  };
  const { listing } = remote;
  return {
    ...remote,
    listing:
      listing.kind === 'watermark'
        ? {
            ...listing,
            latestEdit: () => moved(listing.latestEdit()),
            changedSince: (since, next) => moved(listing.changedSince(since, next)),
            editedSince: (since, most) => moved(listing.editedSince(since, most)),
            scan: (position) => moved(listing.scan(position)),
          }
        : {
            ...listing,
            all: (page) => moved(listing.all(page)),
            changes: (token, page) => moved(listing.changes(token, page)),
          },
    read: (remoteId) => moved(remote.read(remoteId)),
    readBody: (record) => moved(remote.readBody(record)),
    isHidden: (remoteId) => moved(remote.isHidden(remoteId)),
    findByKey: (recordIds) => moved(remote.findByKey(recordIds)),
    create: (recordId, fields) => moved(remote.create(recordId, fields)),
    update: (remoteId, change, precondition) => moved(remote.update(remoteId, change, precondition)),
  };
}

/** What the sides in memory have in common. */
function memoryWorld() {
  const world = new World(1);
  const faults = new Faults(world);
  const names = { read: /./, create: /(create|insert)$/, update: /(update|patch)$/ };
  return {
    world,
    faults,
    advance: (ms: number): void => {
      world.now += ms;
    },
    failNext: (request: keyof typeof names, when: 'before' | 'after'): void => {
      faults.plan = (label) => {
        if (!names[request].test(label)) return undefined;
        faults.plan = () => undefined;
        return when;
      };
    },
    close: async () => undefined,
  };
}

async function openMemoryNotion(): Promise<RemoteUnderTest> {
  const { world, faults, ...common } = memoryWorld();
  const notion = new MemoryNotion(world, faults, [papers]);
  const isLive = (page: ReturnType<MemoryNotion['page']>): boolean => !notion.record(page).trashed;
  return {
    ...paperContent,
    ...common,
    remote: inWorld(world, notion.port(papers, new Attempt())),
    person: {
      create: (content) => notion.create(papers, { fields: { ...content, body: 'Words' } }, 'person').id,
      edit: (remoteId, change) => notion.edit(remoteId, { fields: { ...change } }, 'person'),
      trash: (remoteId) => notion.edit(remoteId, { trashed: true }, 'person'),
    },
    unknownId: 'page-unknown',
    countLive: () => notion.of(papers).filter(isLive).length,
    expireTokens: null,
    setLag: (ms) => {
      notion.lagMs = ms;
    },
  };
}

async function openMemoryGoogle(): Promise<RemoteUnderTest> {
  const { world, faults, ...common } = memoryWorld();
  const google = new MemoryGoogle(world, faults, { personal: 'UTC', work: 'UTC' });
  const api = google.api(new Attempt());
  return {
    ...eventContent,
    ...common,
    remote: inWorld(world, calendarEvents({ api, calendarId: PERSONAL, timeZone: 'UTC' })),
    person: {
      create: (content) => String(google.create(PERSONAL, { ...toEvent(content), ...THAT_DAY }).id),
      edit: (remoteId, change) => google.edit(PERSONAL, remoteId, toEvent(change)),
      trash: (remoteId) => google.delete(PERSONAL, remoteId),
    },
    unknownId: 'unknown00000',
    countLive: () => google.live(PERSONAL).length,
    expireTokens: () => google.expireTokens(PERSONAL),
    setLag: null,
  };
}

describe('pages in Notion', () => remoteContract(openNotion));
describe('events in Google Calendar', () => remoteContract(openGoogle));
describe("the simulation's pages", () => remoteContract(openMemoryNotion));
describe("the simulation's events", () => remoteContract(openMemoryGoogle));
