import { effect, signal } from '@preact/signals';
import { render } from 'preact';
import type { EngineClient } from '../bridge/types/engine-client.ts';
import { words } from '../locales/index.ts';
import { camera } from './camera.ts';
import { createApp } from './models/app.ts';
import type { Clock, Shortcuts, Surface } from './models/surroundings.ts';
import { screenAt } from './models/tab-address.ts';
import { checkInWorker } from './openpgp-worker.ts';
import { View } from './screens/view.tsx';
import './styles/index.css';
import { number } from './words/format.ts';

/** From here on the list and a conversation stand side by side. */
const WIDE = '(min-width: 45em)';

/** A fraction of the shortest wait until the lock. Milliseconds. */
const USE_TOLD_EVERY = 20_000;

/** Longer than a disk takes for the largest of files, and a person for saying where it goes. Milliseconds. */
const SAVED_WITHIN = 10 * 60_000;
/**
 * What is read as it comes changes no title, which for a browser is milliseconds of work before the message is on the
 * screen. Milliseconds.
 */
const TITLE_AFTER = 200;

const clock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  every(ms, run) {
    const timer = setInterval(run, ms);
    return () => clearInterval(timer);
  },
};

/** Shows Aside in this page, over the given client. */
export function startView(client: EngineClient, surface: Surface, shortcuts: Shortcuts): void {
  const root = document.getElementById('view');
  if (root === null) throw new Error('the page has no element with the id "view"');
  const html = document.documentElement;
  html.lang = words.language;
  html.dir = words.direction;
  html.dataset.surface = surface;

  const app = createApp({
    client,
    clock,
    copy: (text) => navigator.clipboard.writeText(text),
    save,
    reload: () => location.reload(),
    attentive: attention(),
    version: __ASIDE_VERSION__,
    nameless: words.contact.nameless,
    surface,
    camera,
    checkSignature: checkInWorker(clock),
    shortcuts,
  });
  const asked = screenAt(location.hash);
  if (asked !== undefined) app.startAt(asked);
  effect(() => {
    const unread = app.unread.value;
    const title = unread === 0 ? words.general.aside : words.general.asideUnread(number(unread));
    const told = setTimeout(() => {
      document.title = title;
    }, TITLE_AFTER);
    return () => clearTimeout(told);
  });
  tellUse(client);
  render(<View app={app} wide={wideness()} />, root);
}

/** A link that is pressed: for a file that this page has made, a browser asks for no permission. */
function save(name: string, file: Blob): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads it for as long as the download takes, and does not say when that is over.
  setTimeout(() => URL.revokeObjectURL(address), SAVED_WITHIN);
}

/** Says now and then that somebody is here, so that the lock does not come while one reads. */
function tellUse(client: EngineClient): void {
  let next = 0;
  const used = () => {
    if (Date.now() < next) return;
    next = Date.now() + USE_TOLD_EVERY;
    client.call({ type: 'used' }).catch(() => {});
  };
  for (const kind of ['keydown', 'pointerdown', 'pointermove', 'wheel']) {
    addEventListener(kind, used, { capture: true, passive: true });
  }
}

/** Whether the view is visible and has the focus, as it changes. */
function attention() {
  const now = () => document.visibilityState === 'visible' && document.hasFocus();
  const attentive = signal(now());
  const update = () => {
    attentive.value = now();
  };
  document.addEventListener('visibilitychange', update);
  window.addEventListener('focus', update);
  window.addEventListener('blur', update);
  return attentive;
}

function wideness() {
  const query = matchMedia(WIDE);
  const wide = signal(query.matches);
  query.addEventListener('change', () => {
    wide.value = query.matches;
  });
  return wide;
}
