import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../src/embedded/ports.ts';
import { hintWorkflowId } from '../../src/features/hints/give-hint.ts';
import { emptyFolder, type RunningCli, startCli } from '../support/cli.ts';
import { type Stack, signedIn, startStack } from '../support/stack.ts';

const SOON = { timeout: 60_000, interval: 50 };
const PERSONAL = 'me@example.com';
const WORK = 'work@example.com';
const on = (date: string, next: string) => ({ start: { date }, end: { date: next } });

describe('an edit in Google Calendar, without a cycle [S22]', () => {
  let stack: Stack;
  let url: string;
  let webhooks: RunningCli;
  const folder = emptyFolder();

  beforeAll(async () => {
    stack = await startStack();
    const port = String(await freePort(10_000 + randomInt(10_000)));
    url = `http://127.0.0.1:${port}`;
    Object.assign(stack.env, signedIn(stack), { LOCKSTEP_PUBLIC_URL: url });
    stack.startWorker();
    await stack.cycle();
    const env = Object.entries(stack.env).flatMap(([name, value]) => (value ? [[name, value] as const] : []));
    webhooks = startCli(['webhooks', '--port', port], folder.path, Object.fromEntries(env));
    await webhooks.waitForOutput(/Google now reports changes in the work calendar/);
  });
  afterAll(async () => {
    webhooks.process.kill('SIGTERM');
    expect(await webhooks.ended).toMatchObject({ code: 0 });
    // The next process to start takes them over.
    expect(stack.google.channels.list()).toHaveLength(2);
    await stack.stop();
    folder.remove();
  });

  const row = async (eventId: string) =>
    (
      await stack.sql<Record<string, unknown>>('SELECT * FROM calendar_events WHERE google_event_id = $1', [eventId])
    )[0];
  const atRest = async (): Promise<void> => {
    await stack.client.workflow.getHandle(hintWorkflowId(stack.taskQueue, 'calendar_events')).result();
  };
  /** Google repeats its last notification. */
  const repeated = async (): Promise<void> => {
    const { channels } = stack.google;
    const { length: before } = channels.answers;
    channels.repeat();
    await expect.poll(() => channels.answers.slice(before), SOON).toEqual([200, 200]);
    await atRest();
  };
  const everything = () =>
    Promise.all([
      stack.sql('SELECT xmin, * FROM calendar_events ORDER BY id'),
      stack.sql('SELECT * FROM sync_conflicts'),
      stack.sql('SELECT * FROM sync_run_history ORDER BY id'),
    ]);

  test('comes to SQL: created, edited, moved and deleted', async () => {
    const { id } = stack.google.handle.createEvent(PERSONAL, { summary: 'Dentist', ...on('2027-03-01', '2027-03-02') });
    await expect.poll(() => row(id), SOON).toMatchObject({ summary: 'Dentist', calendar_type: 'personal' });
    stack.google.handle.editEvent(PERSONAL, id, { summary: 'Dentist, again' });
    await expect.poll(() => row(id), SOON).toMatchObject({ summary: 'Dentist, again' });
    stack.google.handle.moveEvent(PERSONAL, id, { date: '2027-03-08' }, { date: '2027-03-09' });
    await expect.poll(() => row(id), SOON).toMatchObject({ start_time: new Date('2027-03-07T23:00:00Z') });
    stack.google.handle.deleteEvent(PERSONAL, id);
    await expect.poll(() => row(id), SOON).toMatchObject({ archived_at: expect.any(Date) });
  });

  test('comes from the work calendar too', async () => {
    const { id } = stack.google.handle.createEvent(WORK, { summary: 'All hands', ...on('2027-03-02', '2027-03-03') });
    await expect.poll(() => row(id), SOON).toMatchObject({ summary: 'All hands', calendar_type: 'work_readonly' });
  });

  test('is synced once when it is notified twice at once, and again later', async () => {
    const { channels, handle } = stack.google;
    channels.configure({ copies: 2 });
    const { id } = handle.createEvent(PERSONAL, { summary: 'Twice', ...on('2027-03-03', '2027-03-04') });
    await expect.poll(() => row(id), SOON).toMatchObject({ summary: 'Twice' });
    channels.configure({ copies: 1 });
    await atRest();
    const before = await everything();
    await repeated();
    expect(await everything()).toEqual(before);
    expect(await stack.sql("SELECT 1 FROM calendar_events WHERE summary = 'Twice'")).toHaveLength(1);
  });

  test('our own write is notified too, and is not an edit', async () => {
    const { channels, handle } = stack.google;
    await stack.sql(
      "INSERT INTO calendar_events (summary, start_time, end_time) VALUES ('Yoga', '2027-04-01T17:00Z', '2027-04-01T18:00Z')",
    );
    const { length: sent } = channels.answers;
    await stack.cycle();
    await expect.poll(() => channels.answers.slice(sent), SOON).toContain(200);
    await atRest();
    const written = () => handle.events(PERSONAL).filter(({ summary }) => summary === 'Yoga');
    const [before, rows] = [written(), await everything()];
    await repeated();
    expect(written()).toEqual(before);
    expect(await everything()).toEqual(rows);
    expect(before).toHaveLength(1);
  });

  test('a notification without the right token is refused, and has no effect', async () => {
    await atRest();
    const [channel] = stack.google.channels.list();
    const before = await everything();
    for (const id of [channel?.id ?? '', randomUUID()]) {
      const headers = { 'x-goog-channel-id': id, 'x-goog-channel-token': 'a guess', 'x-goog-resource-state': 'exists' };
      expect((await fetch(`${url}/google`, { method: 'POST', headers })).status).toBe(401);
    }
    expect(await everything()).toEqual(before);
  });

  test('without a notification, the cycle finds it', async () => {
    const { channels, handle } = stack.google;
    channels.configure({ copies: 0 });
    const { id } = handle.createEvent(PERSONAL, { summary: 'Unheard', ...on('2027-03-05', '2027-03-06') });
    await stack.cycle();
    expect(await row(id)).toMatchObject({ summary: 'Unheard' });
    channels.configure({ copies: 1 });
  });
});
