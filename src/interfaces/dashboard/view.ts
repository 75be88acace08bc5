import { ago } from '../../operations/status/format-status.ts';
import { type Html, html } from './html.ts';
import type { TemporalLinks } from './temporal-links.ts';

/** What every page needs to know besides its subject. */
export interface View {
  readonly now: Date;
  /** IANA name, for times of day. */
  readonly timeZone: string;
  /** Proves that a form came from a page of ours. */
  readonly formToken: string;
  /** Whether somebody signed in, and can sign out. */
  readonly isSignedIn: boolean;
  /** Null where the address of Temporal's Web UI is not known. */
  readonly temporal: TemporalLinks | null;
}

/** «3 min ago», and the moment itself for whoever points at it. */
export const when = (then: Date, { now, timeZone }: View): Html =>
  html`<time datetime="${then.toISOString()}" title="${moment(then, timeZone)}">${ago(then, now)}</time>`;

/** «25 Nov 2026, 20:08:31» */
export const moment = (then: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone }).format(then);

/** A button that changes something, in a form that works without a script. */
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

/** A table that a narrow screen scrolls within itself. @param name what it is, for whoever cannot see it */
export const wideTable = (name: string, headings: readonly string[], rows: readonly Html[]): Html => html`
<div class="wide" role="region" aria-label="${name}" tabindex="0"><table>
<thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>${rows}</tbody>
</table></div>`;

/** A run's place in Temporal's Web UI, where that is known. */
export const cycleLink = (cycleId: string, text: Html | string, { temporal }: View): Html =>
  temporal ? html`<a href="${temporal.ofCycle(cycleId)}">${text}</a>` : html`${text}`;
