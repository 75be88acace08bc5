/** Two schemes, one column on a phone; all colours keep a contrast of 4.5 to 1 at least. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fbfbfa; --card: #ffffff; --ink: #1f2328; --faint: #57606a; --line: #d8dde3; --link: #0a58ca;
  --ok: #1a6b3c; --warn: #8a5300; --bad: #b3261e; --idle: #57606a; --bar: #3b7dd8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171a; --card: #1c2024; --ink: #e8eaed; --faint: #a6aeb8; --line: #363c43; --link: #8ab8ff;
    --ok: #7fd39d; --warn: #f0bd6a; --bad: #ff9d94; --idle: #a6aeb8; --bar: #6aa3ef;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .25rem .5rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; padding: .75rem 1.25rem; border-bottom: 1px solid var(--line); background: var(--card); }
header form { display: flex; gap: .5rem; }
header form[role=search] { margin-left: auto; }
header input { width: 12rem; min-width: 0; }
nav { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; }
nav a { padding: .35rem 0; }
nav a[aria-current] { color: var(--ink); font-weight: 600; text-decoration: none; border-bottom: 2px solid var(--link); }
main { max-width: 72rem; margin: 0 auto; padding: 1.25rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .75rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p { margin: .5rem 0; overflow-wrap: anywhere; }
form { display: inline-block; margin: 0; }
.hash { font-family: ui-monospace, monospace; font-size: .8rem; overflow-wrap: anywhere; }
button { font: inherit; min-height: 2.25rem; padding: .25rem .9rem; border: 1px solid var(--faint); border-radius: .4rem; background: var(--card); color: var(--ink); cursor: pointer; }
a.button { display: inline-block; min-height: 2.25rem; padding: .35rem .9rem; border: 1px solid var(--faint); border-radius: .4rem; background: var(--card); color: var(--ink); text-decoration: none; }
button.strong { background: var(--link); border-color: var(--link); color: var(--ground); }
input[type=password], input[type=search], input[type=text], select { font: inherit; min-height: 2.25rem; padding: .4rem .6rem; border: 1px solid var(--faint); border-radius: .4rem; background: var(--card); color: var(--ink); max-width: 100%; }
label { display: block; font-weight: 600; margin-bottom: .25rem; }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0; }
.attention { margin: .25rem 0 .75rem; padding-left: 1.25rem; }
.notice { border-left: 4px solid var(--link); background: var(--card); padding: .6rem .9rem; }
.faint { color: var(--faint); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 1rem 0; }
.facts dt { color: var(--faint); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.cards { list-style: none; margin: 1rem 0; padding: 0; display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(min(22rem, 100%), 1fr)); }
.cards > li { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; }
.cards h2 { display: flex; justify-content: space-between; gap: .5rem; margin: 0 0 .4rem; font-size: 1rem; }
.cards p { font-size: .9rem; margin: .5rem 0 0; }
.cards a { display: inline-block; margin-right: .75rem; }
.verdict { font-weight: 600; white-space: nowrap; }
.verdict.ok { color: var(--ok); }
.verdict.partial, .verdict.stale { color: var(--warn); }
.verdict.failed { color: var(--bad); }
.verdict.skipped, .verdict.never { color: var(--idle); }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: .6rem; background: var(--card); }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .75rem; border-bottom: 1px solid var(--line); }
tbody tr:last-child > * { border-bottom: 0; }
th { color: var(--faint); font-weight: 600; }
tbody th { color: var(--ink); }
time, .name { white-space: nowrap; }
td.fold { color: var(--faint); }
.filters { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: 1rem 0; }
.filters input { width: 100%; }
td.text { white-space: pre-wrap; overflow-wrap: anywhere; min-width: 16rem; }
.sides td.fold { color: var(--faint); }
.filters { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: 1rem 0; }
.filters input { width: 100%; }
td.text { min-width: 8rem; }
.won { font-weight: 600; }
.charts { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); }
.charts.pairs { grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); }
.charts + .wide { margin-top: 1rem; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; min-width: 0; }
figcaption { font-size: .9rem; }
svg { display: block; width: 100%; height: 5.5rem; margin: .5rem 0; border-bottom: 1px solid var(--line); }
.bar { fill: var(--bar); }
.bar.failed { fill: var(--bad); }
form.choice { display: block; margin: 1rem 0; }
fieldset { border: 1px solid var(--line); border-radius: .6rem; background: var(--card); margin: 0 0 .75rem; padding: .6rem 1rem; min-width: 0; }
legend { font-weight: 600; padding: 0 .35rem; }
.choice label { display: flex; gap: .6rem; align-items: baseline; font-weight: 400; padding: .35rem 0; overflow-wrap: anywhere; }
.typed { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; }
.why { color: var(--warn); }
.findings { list-style: none; margin: 0; padding: 0; display: grid; gap: .75rem; }
.findings > li { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; min-width: 0; overflow-wrap: anywhere; }
.findings h3 { margin: 0; font-size: 1rem; }
.log { font: .8rem/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; padding: .8rem 1rem; border: 1px solid var(--line); border-radius: .6rem; background: var(--card); }
details { font-size: .9rem; color: var(--faint); }
summary { cursor: pointer; padding: .25rem 0; }
@media (max-width: 40rem) {
  .sides thead { position: absolute; left: -999px; }
  .sides, .sides tbody, .sides tr, .sides th, .sides td { display: block; }
  .sides th, .sides td { border-bottom: 0; }
  .sides tr { border-bottom: 1px solid var(--line); padding: .25rem 0; }
  .sides tr:last-child { border-bottom: 0; }
  .sides td.fold { color: var(--faint); }
.filters { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: 1rem 0; }
.filters input { width: 100%; }
td.text { padding: .1rem .75rem .35rem; min-width: 0; }
  .sides td::before { content: attr(data-side); display: block; color: var(--faint); font-size: .85rem; font-weight: 400; }
}
`;

/** Two bars side by side, one blue, one green. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect x="4" y="4" width="10" height="24" rx="3" fill="#3b7dd8"/><rect x="18" y="4" width="10" height="24" rx="3" fill="#2f9e5f"/></svg>`;
