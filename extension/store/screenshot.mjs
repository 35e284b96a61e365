/**
 * Takes the picture of the README and the stores: `node extension/store/screenshot.mjs`. Two real browsers hold a real
 * conversation over a real server; their panels, one light and one dark, are put side by side at 1280 by 800.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from '../launch/browsers.mjs';
import { meet, Person } from '../launch/conversation.mjs';
import { extensionFolder, outputs } from '../launch/paths.mjs';
import { startServices } from '../launch/services.mjs';

const PANEL = { width: 400, height: 640, deviceScaleFactor: 2 };
/**
 * In letters alone: a machine without pictures in its fonts would draw boxes.
 *
 * @type {readonly (readonly ['Alice' | 'Bob', string])[]}
 */
const TALK = [
  ['Bob', 'Did the drawings arrive?'],
  ['Alice', 'All of them. The second one is lovely.'],
  ['Bob', 'Shall we meet at the river instead? The café is full of people who know us.'],
  ['Alice', 'On my way. Ten minutes.'],
  ['Bob', 'I will bring the umbrella.'],
];

const services = await startServices();
const browsers = await Promise.all(
  ['light', 'dark'].map(() => launch({ browser: 'chromium', extension: outputs.chrome })),
);
try {
  const [alice, bob] = await Promise.all(
    browsers.map((browser, at) => Person.arrive(at === 0 ? 'Alice' : 'Bob', browser, 'panel.html')),
  );
  if (alice === undefined || bob === undefined) throw new Error('Two people were expected.');
  await Promise.all([alice, bob].map(({ page }) => page.setViewport(PANEL)));
  await bob.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
  await meet(alice, bob, services.server, { accepted: true });
  await alice.waitForConnection(['direct']);
  await bob.waitForConnection(['direct']);
  for (const [name, text] of TALK) {
    const [from, to] = name === 'Alice' ? [alice, bob] : [bob, alice];
    await from.send(text);
    await to.waitForMessage(text);
    await from.waitForDelivery(text, 'delivered');
  }
  const panels = [];
  for (const { page } of [alice, bob]) {
    await page.bringToFront();
    panels.push(await page.screenshot({ encoding: 'base64' }));
  }
  const icon = readFileSync(join(extensionFolder, 'public', 'icons', '128.png')).toString('base64');
  const page = await browsers[0]?.browser.newPage();
  if (page === undefined) throw new Error('A browser was expected.');
  await page.setViewport({ width: 1280, height: 800, deviceScaleFactor: 1 });
  await page.setContent(`<style>
    body { margin: 0; height: 800px; background: oklch(0.93 0.012 85); display: flex; align-items: center; justify-content: center; gap: 44px; font: 20px/1.45 system-ui, sans-serif; color: oklch(0.3 0.012 75) }
    img.panel { width: 400px; border-radius: 14px; box-shadow: 0 1px 2px rgb(0 0 0 / .08), 0 18px 50px rgb(0 0 0 / .16) }
    div { width: 250px } h1 { font-size: 34px; line-height: 1.15; letter-spacing: -.02em; margin: 20px 0 14px } p { margin: 0; color: oklch(0.45 0.012 75) }
  </style><div><img width="56" src="data:image/png;base64,${icon}"><h1>Words meant for one person.</h1><p>Beside any tab. Only you two can read it.</p></div>
  ${panels.map((panel) => `<img class="panel" src="data:image/png;base64,${panel}">`).join('')}`);
  writeFileSync(join(extensionFolder, 'store', 'screenshot.png'), await page.screenshot());
} finally {
  await Promise.all([...browsers.map((browser) => browser.close()), services.stop()]);
}
process.exit();
