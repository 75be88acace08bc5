/** An error answer in Google's format. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: object;

  constructor(status: number, body: object) {
    super(JSON.stringify(body));
    this.status = status;
    this.body = body;
  }
}

const USAGE_REASONS = /rateLimitExceeded|userRateLimitExceeded|quotaExceeded|dailyLimitExceeded/i;

/** Reasons that only the calendar knows; all others are `global`. */
const CALENDAR_REASONS = new Set([
  'eventTypeRestriction',
  'forbiddenForNonOrganizer',
  'fullSyncRequired',
  'requiredAccessLevel',
  'timeRangeEmpty',
  'updatedMinTooLongAgo',
]);
const HEADERS = new Set(['Authorization', 'If-Match']);

/**
 * An error about a request, in the domain of its reason.
 * @param location the parameter or header that is wrong
 * @see https://developers.google.com/workspace/calendar/api/guides/errors
 */
export function refusal(status: number, reason: string, message: string, location?: string): Refusal {
  const domain = USAGE_REASONS.test(reason) ? 'usageLimits' : CALENDAR_REASONS.has(reason) ? 'calendar' : 'global';
  const where = location ? { locationType: HEADERS.has(location) ? 'header' : 'parameter', location } : {};
  return new Refusal(status, { error: { errors: [{ domain, reason, message, ...where }], code: status, message } });
}

/** @see https://datatracker.ietf.org/doc/html/rfc6749#section-5.2 */
export const oauthRefusal = (error: string, description: string, status = 400): Refusal =>
  new Refusal(status, { error, error_description: description });

export const badRequest = (message: string, location?: string): Refusal => refusal(400, 'invalid', message, location);
export const notFound = (): Refusal => refusal(404, 'notFound', 'Not Found');
