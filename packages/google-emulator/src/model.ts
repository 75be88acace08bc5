export { parseEventBody } from './event-body.ts';
export { listEvents, type Paging } from './event-list.ts';
export { deleteEvent, insertEvent, patchEvent } from './event-writes.ts';
export { Journal } from './journal.ts';
export { Refusal, refusal } from './refusal.ts';
export { type Calendar, GoogleState } from './state.ts';
