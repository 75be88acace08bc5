import { type Html, html } from '../html.ts';
import { layout, type PageContent } from '../layout.ts';
import type { View } from '../view.ts';

const PLACES = [
  ['/setup', 'Mapping'],
  ['/setup/doctor', 'Doctor'],
  ['/setup/schedule', 'Schedule and chores'],
  ['/setup/settings', 'Settings'],
  ['/setup/logs', 'Logs'],
] as const;

export type SetupPlace = (typeof PLACES)[number][0];

interface SetupContent extends Omit<PageContent, 'at'> {
  /** The page, or the one that it belongs to. */
  readonly place: SetupPlace;
}

/** A page of the setup, with links to the others. */
export const setupLayout = ({ place, content, ...page }: SetupContent, view: View): Html =>
  layout({ ...page, at: '/setup', content: html`${placesNavigation(place)}${content}` }, view);

const placesNavigation = (place: SetupPlace): Html => html`<nav aria-label="Setup pages">
${PLACES.map(([path, name]) => html`<a href="${path}"${path === place && html` aria-current="page"`}>${name}</a>`)}
</nav>`;
