import type { Check, Finding } from './finding.ts';

/** Notion rounds edit times to the minute, so a smaller skew changes no decision. */
const MAX_SKEW_MS = 60_000;

/** Finds clocks that differ: of this machine, PostgreSQL and Notion. Runs after a first response from Notion. */
export const checkClocks: Check = async ({ database, api }) => {
  const before = Date.now();
  const [row] = await database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  const postgresql = (row?.now.getTime() ?? before) - before;
  const notion = api.clock.answeredAt.getTime() - Date.now();
  return [
    ...skewFindings('notion', notion),
    ...skewFindings('postgresql', postgresql),
    ...skewFindings('postgresql', postgresql - notion, 'Notion'),
  ];
};

function skewFindings(subject: string, ms: number, from = 'this machine'): Finding[] {
  if (Math.abs(ms) <= MAX_SKEW_MS) return [];
  const seconds = Math.round(Math.abs(ms) / 1000);
  return [
    {
      code: 'clock_skew',
      severity: 'problem',
      subject,
      what: `the clock is ${seconds} s ${ms > 0 ? 'ahead of' : 'behind'} the clock of ${from}`,
      why: 'when both sides were edited, the newest edit wins; with a wrong clock, the wrong edit may win',
      fix: 'synchronize the clocks with NTP (timedatectl set-ntp true), on this machine and on the PostgreSQL server',
    },
  ];
}
