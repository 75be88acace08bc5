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

/** A button that changes something, as a form, without a script. */
export const button = (
  { action, label, fields = {}, strong = false }: ButtonOptions,
  { formToken }: Pick<View, 'formToken'>,
): Html => html`<form method="post" action="${action}">
<input type="hidden" name="form" value="${formToken}">
${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<button${strong && html` class="strong"`}>${label}</button>
</form>`;

interface ButtonOptions {
  readonly action: string;
  readonly label: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly strong?: boolean;
}

export const entityPath = (entity: string): string => `/entities/${encodeURIComponent(entity)}`;
export const conflictPath = (id: string): string => `/conflicts/${encodeURIComponent(id)}`;

/** A table that scrolls by itself on a narrow screen. @param name for screen readers */
export const wideTable = (name: string, headings: readonly string[], rows: readonly Html[]): Html => html`
<div class="wide" role="region" aria-label="${name}" tabindex="0"><table>
<thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>${rows}</tbody>
</table></div>`;

/** A link to a run in Temporal's Web UI, when its address is known. */
export const cycleLink = (cycleId: string, text: Html | string, { temporal }: View): Html =>
  temporal ? html`<a href="${temporal.ofCycle(cycleId)}">${text}</a>` : html`${text}`;
