import { formatAgo } from '../../operations/status/format-status.ts';
import { type Html, html } from './html.ts';
import type { TemporalLinks } from './temporal-links.ts';

/** What every page needs besides its subject. */
export interface View {
  readonly now: Date;
  /** An IANA name. */
  readonly timeZone: string;
  /** Proves that a form came from a page of this server. */
  readonly formToken: string;
  /** Whether the visitor has signed in, and can sign out. */
  readonly isSignedIn: boolean;
  /** Null when the address of Temporal's Web UI is not known. */
  readonly temporal: TemporalLinks | null;
}

/** `3 min ago`, with the exact time as a tooltip. */
export const when = (then: Date, { now, timeZone }: View): Html =>
  html`<time datetime="${then.toISOString()}" title="${moment(then, timeZone)}">${formatAgo(then, now)}</time>`;

/** `25 Nov 2026, 20:08:31` */
export const moment = (then: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone }).format(then);

/** `20:08` */
export const clock = (then: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone }).format(then);

/** A button that changes something, as a form, without a script. */
export const button = (
  { action, label, fields = {}, strong = false, about }: ButtonOptions,
  { formToken }: Pick<View, 'formToken'>,
): Html => html`<form method="post" action="${action}">
<input type="hidden" name="form" value="${formToken}">
${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<button${strong && html` class="strong"`}${about !== undefined && html` aria-label="${label} ${about}"`}>${label}</button>
</form>`;

interface ButtonOptions {
  readonly action: string;
  readonly label: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly strong?: boolean;
  /** Distinguishes it from other buttons of the same label, for screen readers. */
  readonly about?: string;
}

/** A workflow that a visitor has started: a link where the address of Temporal's Web UI is known. */
export const workflowLink = (workflowId: string, { temporal }: View): Html =>
  temporal ? html`<a href="${temporal.ofWorkflow(workflowId)}">view in Temporal</a>` : html`workflow ${workflowId}`;

export const entityPath = (entity: string): string => `/entities/${encodeURIComponent(entity)}`;
/** What an entity is synced with. */
export const mappingPath = (entity: string): string => `/setup/entities/${encodeURIComponent(entity)}`;
export const conflictPath = (id: string): string => `/conflicts/${encodeURIComponent(id)}`;

export const recordPath = (entity: string, id: string): string =>
  `/records/${encodeURIComponent(entity)}/${encodeURIComponent(id)}`;
/** @param cycleId of a cycle, a hint or an undo */
export const cyclePath = (cycleId: string): string => `/cycles/${encodeURIComponent(cycleId)}`;

/** A table that scrolls by itself on a narrow screen. @param name for screen readers */
export const wideTable = (name: string, headings: readonly string[], rows: readonly Html[]): Html => html`
<div class="wide" role="region" aria-label="${name}" tabindex="0"><table>
<thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>${rows}</tbody>
</table></div>`;

/** A link to a cycle's page, and one to its workflow in Temporal's Web UI when its address is known. */
export const cycleLinks = (cycleId: string, { temporal }: View, text: Html | string = shortCycle(cycleId)): Html =>
  html`<a href="${cyclePath(cycleId)}">${text}</a>${
    temporal &&
    !isUndo(cycleId) &&
    html` <a href="${temporal.ofCycle(cycleId)}" aria-label="Cycle ${shortCycle(cycleId)} in Temporal">Temporal</a>`
  }`;

/** An undo is no workflow. */
export const isUndo = (cycleId: string): boolean => cycleId.startsWith(UNDO);

const UNDO = 'undo-';
const UNDO_DIGITS = 8;
/** The time of a run's id, to the millisecond: fewer characters are the same for all cycles of a minute. */
const CYCLE_CHARACTERS = 13;

/** The beginning of the id of a cycle or an undo; a hint's id begins as those of all hints. */
export function shortCycle(cycleId: string): string {
  if (isUndo(cycleId)) return cycleId.slice(0, UNDO.length + UNDO_DIGITS);
  return cycleId.includes('/') ? 'hint' : cycleId.slice(0, CYCLE_CHARACTERS);
}
