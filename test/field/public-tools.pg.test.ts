import { afterAll, beforeAll, expect, test } from 'vitest';
import { openToolHome, type ToolHome } from '../interfaces/tools/support.ts';

// Each case is a public bug report of another tool; its address is in the name of the test.

let home: ToolHome;
beforeAll(async () => {
  home = await openToolHome();
});
afterAll(() => home.close());

test.each([
  ['https://github.com/OzzyCzech/icalparser/issues/5', 'Eastern Standard Time'],
  ['https://github.com/derekantrican/GAS-ICS-Sync/issues/14', 'Mountain Standard Time'],
  ['https://github.com/phw198/OutlookGoogleCalendarSync/issues/62', 'GMT+01:00'],
])('%s: one event in the zone %s does not hide the day', async (_, zone) => {
  await home.clear();
  await home.database.execute(
    `INSERT INTO calendar_events (summary, all_day, time_zone, start_time, end_time)
     VALUES ('Holiday', true, '${zone}', '2026-02-03T23:00:00Z', '2026-02-04T23:00:00Z')`,
  );
  const { text } = await home.call('today', {});
  expect(text).toContain('Holiday');
});
