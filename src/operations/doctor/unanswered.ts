import type { LockstepError } from '../../errors.ts';
import type { Finding, FindingCode } from './finding.ts';

/** What a check asks. */
export type Service = 'postgresql' | 'notion' | 'google';

/** Said by whatever asks PostgreSQL, also on the way to somebody else. */
const OF_POSTGRESQL = new Set(['database_unavailable', 'pool_exhausted', 'row_locked']);

const WORDS: Readonly<Record<Service, { code: FindingCode; why: string; mend: string }>> = {
  postgresql: {
    code: 'database_unavailable',
    why: 'nothing is synced, and nothing that is kept there can be looked at',
    mend: 'start PostgreSQL, or put its URL into DATABASE_URL; then: lockstep doctor',
  },
  notion: {
    code: 'notion_unreachable',
    why: 'nothing is synced with Notion, and nothing there can be looked at',
    mend: 'check the network, and NOTION_BASE_URL if it is set; then: lockstep doctor',
  },
  google: {
    code: 'google_unreachable',
    why: 'no calendar is synced, and none can be looked at',
    mend: 'check the network, and GOOGLE_ROOT_URL and GOOGLE_TOKEN_URL if they are set; then: lockstep doctor',
  },
};

/** Who did not answer is a finding, too: the others are looked at all the same. */
export function unanswered(asked: Service, { code, message }: LockstepError): Finding {
  const subject = OF_POSTGRESQL.has(code) ? 'postgresql' : asked;
  return { severity: 'problem', subject, what: message, ...WORDS[subject] };
}
