import { type Html, html } from '../html.ts';
import type { Setting, SettingSection } from '../setup.ts';
import { type View, wideTable } from '../view.ts';
import { setupLayout } from './setup-layout.ts';

/** Every variable, with its value unless that is a secret. */
export const settingsPage = (sections: readonly SettingSection[], view: View): Html =>
  setupLayout(
    {
      title: 'Settings',
      place: '/setup/settings',
      content: html`
<p>The settings that this dashboard was started with. Workers read their own environment when they start. To change one, edit <code>.env</code> or the environment, and restart the processes.</p>
${sections.map(
  ({ section, settings }) => html`<h2>${section}</h2>
${wideTable(section, ['Variable', 'Value', 'Set in', 'Description'], settings.map(settingRow))}`,
)}`,
    },
    view,
  );

const settingRow = ({ env, value, origin, description }: Setting): Html => html`<tr>
<th scope="row">${env}</th>
<td class="text">${value ?? html`<span class="faint">not set</span>`}</td>
<td class="name">${origin ?? '–'}</td>
<td class="text">${markdownLine(description)}</td>
</tr>`;

const CODE_OR_LINK = /`([^`]+)`|\[([^\]]+)\]\(([^)\s]+)\)/g;

/** Code and links of one line of Markdown. A link within the documentation is its text only. */
function markdownLine(text: string): Html {
  const parts: (Html | string)[] = [];
  let end = 0;
  for (const match of text.matchAll(CODE_OR_LINK)) {
    const [whole, code, label = '', target = ''] = match;
    parts.push(text.slice(end, match.index));
    if (code !== undefined) parts.push(html`<code>${code}</code>`);
    else if (target.startsWith('https://')) parts.push(html`<a href="${target}">${markdownLine(label)}</a>`);
    else parts.push(markdownLine(label));
    end = match.index + whole.length;
  }
  return html`${parts}${text.slice(end)}`;
}
