import type { DirectionHealth, Verdict } from '../../../operations/status/verdict.ts';
import { type Html, html } from '../html.ts';
import { type View, when } from '../view.ts';

/** A mark and a word, so that color is not the only difference. */
const MARKS: Readonly<Record<Verdict, string>> = {
  ok: '✓ ok',
  skipped: '– skipped',
  never: '– never run',
  partial: '! partial',
  stale: '! stale',
  failed: '✗ failed',
};

export const verdictMark = (verdict: Verdict): Html => html`<span class="verdict ${verdict}">${MARKS[verdict]}</span>`;

/** The age of the data. */
export function freshness({ verdict, lastSuccessAt }: DirectionHealth, view: View): Html {
  if (verdict === 'skipped') return html`skipped`;
  if (!lastSuccessAt) return verdict === 'never' ? html`never run` : html`never succeeded`;
  return when(lastSuccessAt, view);
}

export const remoteName = (entity: string): string => (entity === 'calendar_events' ? 'Google' : 'Notion');

/** `Notion → SQL` */
export const directionName = (entity: string, direction: 'inbound' | 'outbound' | 'trigger'): string => {
  const remote = remoteName(entity);
  if (direction === 'trigger') return 'Tasks → events';
  return direction === 'inbound' ? `${remote} → SQL` : `SQL → ${remote}`;
};
