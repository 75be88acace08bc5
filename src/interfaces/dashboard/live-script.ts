/** Refreshes the page's content when the server says that something has changed. Pages work without it. */
export const LIVE_SCRIPT = `'use strict';
let { since } = document.currentScript.dataset;
let events, isLoading, isOutdated;
const note = document.createElement('div');
note.setAttribute('role', 'status');
document.querySelector('main').before(note);
const all = (root, selector) => [...root.querySelectorAll(selector)];

function isEdited(field) {
  if (/checkbox|radio/.test(field.type)) return field.checked !== field.defaultChecked;
  if (!field.options) return field.type !== 'hidden' && field.value !== field.defaultValue;
  return field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected));
}
// A person decides on what they have seen.
const seenIn = (main) => all(main, 'input[name=seen]').map((field) => field.value).join();
const nameOf = (element) => (element.getAttribute('aria-label') ?? element.outerHTML) + element.form?.getAttribute('action');
const titleOf = (details) => details.firstElementChild.textContent;

function show(main, next) {
  const focused = main.contains(document.activeElement) && nameOf(document.activeElement);
  const open = all(main, 'details[open]').map(titleOf);
  for (const details of all(next, 'details')) details.open ||= open.includes(titleOf(details));
  // A status was read aloud already.
  for (const status of all(next, '[role=status]')) status.removeAttribute('role');
  const [left, top, lefts] = [scrollX, scrollY, all(main, '.wide').map((table) => table.scrollLeft)];
  main.replaceWith(next);
  all(next, '.wide').forEach((table, at) => { table.scrollLeft = lefts[at] ?? 0; });
  scrollTo(left, top);
  const focusable = focused ? all(next, 'a, button, input, select, textarea, summary, [tabindex]') : [];
  focusable.find((element) => nameOf(element) === focused)?.focus({ preventScroll: true });
  note.replaceChildren();
}

async function refresh() {
  isOutdated = isLoading;
  if (isLoading) return;
  isLoading = true;
  try {
    const response = await fetch(location.href);
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const [main, next] = [document, page].map((root) => root.querySelector('main'));
    if (!response.ok) return;
    if (all(main, 'input, select, textarea').some(isEdited) || (seenIn(main) && seenIn(main) !== seenIn(next))) {
      note.innerHTML ||= '<p class="notice">New data: <a>reload</a></p>';
      note.querySelector('a').href = location.pathname + location.search;
      return;
    }
    // A button that is replaced while it is pressed is not clicked.
    if (main.matches(':active')) return addEventListener('pointerup', () => setTimeout(refresh), { once: true });
    document.title = page.title;
    since = page.querySelector('script').dataset.since;
    show(main, next);
  } catch {
    // The server does not respond: the next event tries again.
  } finally {
    isLoading = false;
    if (isOutdated) refresh();
  }
}

// Browsers allow few connections to a server: only visible pages have one.
function connect() {
  events?.close();
  if (document.hidden) return;
  events = new EventSource('/events?since=' + since);
  events.onmessage = refresh;
}
document.addEventListener('visibilitychange', connect);
connect();
`;
