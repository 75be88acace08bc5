import { type Html, html } from '../html.ts';
import { layout } from '../layout.ts';
import type { View } from '../view.ts';

/** What went wrong, in a line. @param view none for whoever has not signed in */
export const messagePage = (title: string, message: string, view: View | null): Html =>
  layout({ title, content: html`<p>${message}</p>${view && html`<p><a href="/">To the overview</a></p>`}` }, view);

/** @param wrong whether another token was tried before */
export const signInPage = (wrong: boolean): Html =>
  layout(
    {
      title: 'Sign in',
      notice: wrong ? html`That is not the token.` : null,
      content: html`<form method="post" action="/sign-in">
<p><label for="token">The token that LOCKSTEP_DASHBOARD_TOKEN holds</label>
<input id="token" name="token" type="password" autocomplete="current-password" required></p>
<button class="strong">Sign in</button>
</form>`,
    },
    null,
  );
