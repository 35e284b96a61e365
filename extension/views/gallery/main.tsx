// One scene, named in the address: ?scene=list&theme=dark&dir=rtl&surface=popup. Without a name, the list of all.
import { signal } from '@preact/signals';
import { render } from 'preact';
import { words } from '../../locales/index.ts';
import { createApp } from '../models/app.ts';
import { View } from '../screens/view.tsx';
import { FakeClient } from '../testing/fake-client.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { NOW } from '../testing/samples.ts';
import { HandCamera } from '../testing/surroundings.ts';
import '../styles/index.css';
import { SCENES } from './scenes.ts';

const root = document.getElementById('view') as HTMLElement;
const html = document.documentElement;

/** Shows a scene in the place of the one before, if there is one: a page loaded for each takes several times as long. */
async function show(asked: URLSearchParams): Promise<void> {
  const scene = SCENES[asked.get('scene') ?? ''];
  if (scene === undefined) throw new Error(`no scene “${asked.get('scene')}”`);
  render(null, root);
  html.dataset.theme = asked.get('theme') ?? 'light';
  html.dir = asked.get('dir') ?? 'ltr';
  html.dataset.surface = asked.get('surface') ?? 'panel';
  const client = new FakeClient(scene.app);
  for (const conversation of scene.conversations ?? []) client.showConversation(conversation);
  scene.engine?.(client);
  const clock = new HandClock(NOW);
  const camera = new HandCamera();
  camera.answer = scene.camera ?? 'granted';
  const query = matchMedia('(min-width: 45em)');
  const app = createApp({
    client,
    clock,
    copy: async () => {},
    save: () => {},
    reload: () => location.reload(),
    attentive: signal(true),
    version: '0.1.0',
    nameless: words.contact.nameless,
    surface: asked.get('surface') === 'tab' ? 'tab' : 'panel',
    camera,
    checkSignature: async () => {
      if (scene.signature instanceof Error) throw scene.signature;
      return scene.signature ?? new Promise(() => {});
    },
    shortcuts: { keys: async () => ({ lock: 'Alt+Shift+L' }), choose: () => {} },
  });
  render(<View app={app} wide={signal(query.matches)} />, root);
  // For the tests that drive a scene further.
  Object.assign(globalThis, { gallery: { app, client, clock, show } });
  await scene.act?.(app, client);
  // Past "slow", or past all patience where the engine never speaks.
  clock.pass(scene.app === undefined ? 15_000 : 1_500);
}

const asked = new URLSearchParams(location.search);
if (asked.has('scene')) {
  await show(asked);
  html.dataset.ready = 'true';
} else {
  render(
    <ul>
      {Object.entries(SCENES).map(([each, { press = [], more = [] }]) => (
        <li key={each}>
          <a href={`?scene=${each}`} data-scene={JSON.stringify({ scene: each, press, more })}>
            {each}
          </a>
        </li>
      ))}
    </ul>,
    root,
  );
}
