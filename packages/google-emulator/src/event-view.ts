import type { AccessRole, EventResource } from './state.ts';

/** The event as it is shown to a user with this role: without details when it is private, or only free-busy. */
export function visibleTo(role: AccessRole, event: EventResource): object {
  const isPrivate = event.visibility === 'private' || event.visibility === 'confidential';
  const isHidden = role === 'freeBusyReader' || (role === 'reader' && isPrivate);
  return isHidden ? busy(event) : event;
}

/** An event of a listing. Of a deleted one, only its id is left, and of an exception also the instance it replaces. */
export function listed(role: AccessRole, event: EventResource): object {
  if (event.status !== 'cancelled') return visibleTo(role, event);
  const { kind, etag, id, status, recurringEventId, originalStartTime } = event;
  return { kind, etag, id, status, ...(recurringEventId ? { recurringEventId, originalStartTime } : {}) };
}

function busy({ kind, etag, id, status, htmlLink, updated, start, end, iCalUID, ...rest }: EventResource): object {
  const { recurrence, recurringEventId, originalStartTime } = rest;
  return {
    ...{ kind, etag, id, status, htmlLink, updated, start, end },
    ...(recurrence ? { recurrence } : {}),
    ...(recurringEventId ? { recurringEventId, originalStartTime } : {}),
    visibility: 'private',
    iCalUID,
  };
}
