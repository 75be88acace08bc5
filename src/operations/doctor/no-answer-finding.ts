import { isConnectionRefused } from '../../database/connection-refused.ts';
import type { LockstepError } from '../../errors.ts';
import type { Finding, FindingCode } from './finding.ts';

/** A service that a check sends requests to. */
export type Service = 'postgresql' | 'notion' | 'google';

/** Error codes of PostgreSQL, which checks of other services can get too. */
const POSTGRESQL_CODES = new Set(['database_unavailable', 'pool_exhausted', 'row_locked']);

const FINDINGS: Readonly<Record<Service, { code: FindingCode; why: string; fix: string }>> = {
  postgresql: {
    code: 'database_unavailable',
    why: 'nothing is synced, and the other checks of PostgreSQL cannot run',
    fix: 'start PostgreSQL, or set DATABASE_URL to its URL; then run lockstep doctor',
  },
  notion: {
    code: 'notion_unreachable',
    why: 'nothing is synced with Notion, and the checks of Notion cannot run',
    fix: 'check the network, and NOTION_BASE_URL if it is set; then run lockstep doctor',
  },
  google: {
    code: 'google_unreachable',
    why: 'no calendar is synced, and the checks of Google cannot run',
    fix: 'check the network, and GOOGLE_ROOT_URL and GOOGLE_TOKEN_URL if they are set; then run lockstep doctor',
  },
};

/** A service that does not respond is a finding, so that the checks of the others still run. */
export function noAnswerFinding(service: Service, error: LockstepError): Finding {
  const { code, message } = error;
  const subject = POSTGRESQL_CODES.has(code) || isConnectionRefused(error) ? 'postgresql' : service;
  return { severity: 'problem', subject, what: message, ...FINDINGS[subject] };
}
