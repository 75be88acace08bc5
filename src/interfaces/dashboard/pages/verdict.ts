import type { DirectionHealth, Verdict } from '../../../operations/status/verdict.ts';
import { type Html, html } from '../html.ts';
import { type View, when } from '../view.ts';

/** A mark and a word: nobody has to tell colours apart. */
const MARKS: Readonly<Record<Verdict, string>> = {
  ok: '✓ ok',
  skipped: '– skipped',
  never: '– not yet',
  partial: '! partial',
  stale: '! stale',
  failed: '✗ failed',
};

export const verdictMark = (verdict: Verdict): Html => html`<span class="verdict ${verdict}">${MARKS[verdict]}</span>`;

/** How old that is which is there. */
export function freshness({ verdict, freshAt }: DirectionHealth, view: View): Html {
  if (verdict === 'skipped') return html`skipped`;
  if (!freshAt) return verdict === 'never' ? html`not yet` : html`never went well`;
  return when(freshAt, view);
}

/** «Notion → SQL» */
export const directionName = (entity: string, direction: 'inbound' | 'outbound' | 'trigger'): string => {
  const remote = entity === 'calendar_events' ? 'Google' : 'Notion';
  if (direction === 'trigger') return 'Tasks → events';
  return direction === 'inbound' ? `${remote} → SQL` : `SQL → ${remote}`;
};
