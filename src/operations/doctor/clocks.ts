import { queryOnce } from '../../database/batches.ts';
import type { Check, Finding } from './finding.ts';

/** Notion's edit times have the grain of a minute: less than that decides nothing. */
const MOST_SKEW_MS = 60_000;

/** Whether this machine, PostgreSQL and Notion agree on what time it is. Asked for after Notion has answered once. */
export const clocks: Check = async ({ database, api }) => {
  const before = Date.now();
  const [answer] = await queryOnce<{ now: Date }>(database, 'SELECT clock_timestamp() AS now', []);
  const postgresql = (answer?.now.getTime() ?? before) - before;
  const notion = api.notionTime.getTime() - Date.now();
  return [
    ...skewed('notion', notion),
    ...skewed('postgresql', postgresql),
    ...skewed('postgresql', postgresql - notion, 'Notion'),
  ];
};

function skewed(subject: string, ms: number, from = 'this machine'): Finding[] {
  if (Math.abs(ms) <= MOST_SKEW_MS) return [];
  const seconds = Math.round(Math.abs(ms) / 1000);
  return [
    {
      code: 'clock_skew',
      severity: 'problem',
      subject,
      what: `its clock is ${seconds} s ${ms > 0 ? 'ahead of' : 'behind'} that of ${from}`,
      why: 'where both sides were edited the later edit wins, and the wrong one may look later',
      mend: 'set the clocks by NTP (timedatectl set-ntp true), on this machine and on that of PostgreSQL',
    },
  ];
}
