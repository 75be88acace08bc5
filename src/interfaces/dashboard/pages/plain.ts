import { type Html, html } from '../html.ts';
import { layout } from '../layout.ts';
import type { View } from '../view.ts';

/** One message. @param view null for a visitor who has not signed in */
export const messagePage = (title: string, message: string, view: View | null): Html =>
  layout({ title, content: html`<p>${message}</p>${view && html`<p><a href="/">Go to the overview</a></p>`}` }, view);

/** @param wrong whether a wrong token was just entered */
export const signInPage = (wrong: boolean): Html =>
  layout(
    {
      title: 'Sign in',
      notice: wrong ? html`Wrong token.` : null,
      content: html`<form method="post" action="/sign-in">
<p><label for="token">Token (the value of LOCKSTEP_DASHBOARD_TOKEN)</label>
<input id="token" name="token" type="password" autocomplete="current-password" required></p>
<button class="strong">Sign in</button>
</form>`,
    },
    null,
  );
