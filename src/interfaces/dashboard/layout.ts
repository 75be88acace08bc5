import { type Html, html, type Piece } from './html.ts';
import { button, type View } from './view.ts';

export interface PageContent {
  readonly title: string;
  /** The current entry of the navigation. */
  readonly at?: string;
  /** What the visitor has just done. */
  readonly notice?: Html | null;
  readonly content: Piece;
}

const PLACES = [
  ['/', 'Overview'],
  ['/conflicts', 'Conflicts'],
  ['/approvals', 'Approvals'],
  ['/records', 'Records'],
  ['/cycles', 'Cycles'],
  ['/plan', 'Plan'],
  ['/setup', 'Setup'],
] as const;

/** A whole page. @param view null for a visitor who has not signed in */
export const layout = ({ title, at, notice, content }: PageContent, view: View | null): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Lockstep</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/style.css">
${view && html`<script src="/live.js" data-since="${view.now.toISOString()}" defer></script>`}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<strong class="name">Lockstep</strong>
${view && navigation(at, view)}
</header>
<main id="main">
<h1>${title}</h1>
${notice && html`<p class="notice" role="status">${notice}</p>`}
${content}
</main>
</body>
</html>
`;

const navigation = (at: string | undefined, view: View): Html => html`<nav aria-label="Pages">
${PLACES.map(([path, name]) => html`<a href="${path}"${path === at && html` aria-current="page"`}>${name}</a>`)}
</nav>
<form action="/records" role="search">
<input type="search" name="q" aria-label="Search records" maxlength="200">
<button>Search</button>
</form>
${view.isSignedIn && button({ action: '/sign-out', label: 'Sign out' }, view)}`;
