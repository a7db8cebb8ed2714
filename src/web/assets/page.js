/** Fetches the page again and changes what differs: focus, selection and scroll position stay. */
const EVERY_MS = 10_000;
const WAIT_MS = 15_000;

const button = document.querySelector('#pause');
const news = document.querySelector('#news');
let paused = false;
let timer;

async function refresh() {
  clearTimeout(timer);
  if (!paused && !document.hidden) {
    say(await load().catch(() => 'The agent does not answer; what you see is no longer current.'));
  }
  clearTimeout(timer);
  timer = setTimeout(() => void refresh(), EVERY_MS);
}

/** What is wrong; empty: nothing. */
async function load() {
  const response = await fetch(location.href, {
    cache: 'no-store',
    signal: AbortSignal.timeout(WAIT_MS),
  });
  if (!response.ok)
    return `The agent answers ${response.status}; what you see is no longer current.`;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  const focused = document.activeElement;
  patchChildren(document.body, fresh.body);
  // An element that was moved loses the focus.
  if (focused?.isConnected && focused !== document.activeElement)
    focused.focus({ preventScroll: true });
  document.title = fresh.title;
  return '';
}

function say(text) {
  if (news.textContent !== text) news.textContent = text;
}

/** Children with a `data-key` are the same wherever they stand, others by their place. */
function patchChildren(old, fresh) {
  const keyed = new Map(Array.from(old.children, (child) => [child.dataset.key, child]));
  let at = old.firstChild;
  for (const child of Array.from(fresh.childNodes)) {
    const key = child.dataset?.key;
    const inPlace = at?.dataset?.key === undefined ? at : undefined;
    const known = key === undefined ? inPlace : keyed.get(key);
    if (known && known === at) at = at.nextSibling;
    else old.insertBefore(known ?? child, at);
    if (known) patch(known, child);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function patch(old, fresh) {
  if (old.nodeName !== fresh.nodeName) old.replaceWith(fresh);
  else if (!(old instanceof Element)) {
    if (old.data !== fresh.data) old.data = fresh.data;
  } else if (!('own' in old.dataset)) {
    for (const { name } of Array.from(old.attributes))
      if (!fresh.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    patchChildren(old, fresh);
  }
}

button.hidden = false;
button.addEventListener('click', () => {
  paused = !paused;
  button.textContent = paused ? 'Resume updates' : 'Pause updates';
  void refresh();
});
document.addEventListener('visibilitychange', () => void refresh());
timer = setTimeout(() => void refresh(), EVERY_MS);
