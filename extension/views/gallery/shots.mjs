// Photographs every scene: node views/gallery/shots.mjs [folder] [part of a scene's name] [size of text in px]
// Writes one picture for each scene and frame, and sheets of them side by side. With a size of text, the frame is the
// smallest, where it has the least room.
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openChromium } from './chromium.mjs';
import { serveGallery } from './serve.mjs';
import { FRAMES, listScenes, visit } from './visit.mjs';

const folder = process.argv[2] ?? (await mkdtemp(join(tmpdir(), 'aside-shots-')));
const wanted = process.argv[3] ?? '';
const textSize = process.argv[4];
await mkdir(folder, { recursive: true });

const gallery = await serveGallery();
const browser = await openChromium(Number(textSize ?? 16));
const page = await browser.newPage();
page.on('pageerror', (error) => console.error('page:', error));
page.on('console', (message) => message.type() === 'error' && console.error('console:', message.text()));

const scenes = await listScenes(page, gallery.origin);

for (const theme of ['light', 'dark']) {
  /** @type {Partial<Record<keyof typeof FRAMES, string[]>>} */
  const sheets = {};
  for (const { scene, press, more } of scenes) {
    if (!scene.includes(wanted)) continue;
    const frames = textSize === undefined ? ['panel', ...more] : ['narrow'];
    for (const frame of /** @type {(keyof typeof FRAMES)[]} */ (frames)) {
      // A page of its own: what was pressed in the one before tells the browser whether to draw the focus.
      await page.goto(gallery.origin);
      await visit(page, gallery.origin, { scene, press, theme, frame });
      const file = `${scene}.${frame}.${theme}.png`;
      await page.screenshot({ path: join(folder, file) });
      sheets[frame] = [...(sheets[frame] ?? []), file];
    }
  }
  for (const [frame, files] of Object.entries(sheets)) await sheet(theme, frame, files);
}

/**
 * @param {string} theme
 * @param {string} frame
 * @param {string[]} files
 */
async function sheet(theme, frame, files) {
  const { width, height } = FRAMES[/** @type {keyof typeof FRAMES} */ (frame)];
  const perRow = Math.max(2, Math.floor(2000 / (width + 24)));
  const perSheet = perRow * 2;
  for (let from = 0; from < files.length; from += perSheet) {
    const some = files.slice(from, from + perSheet);
    const pictures = await Promise.all(
      some.map(async (file) => {
        const data = (await readFile(join(folder, file))).toString('base64');
        return `<figure><img width="${width}" height="${height}" src="data:image/png;base64,${data}"><figcaption>${file}</figcaption></figure>`;
      }),
    );
    await page.setViewport({ width: perRow * (width + 24) + 24, height: 100, deviceScaleFactor: 1 });
    await page.setContent(
      `<style>body{margin:12px;display:flex;flex-wrap:wrap;background:${theme === 'dark' ? '#0a0a09' : '#d8d7d3'};font:12px sans-serif;color:#888}figure{margin:12px}img{border-radius:10px;display:block}</style>${pictures.join('')}`,
    );
    await writeFile(
      join(folder, `sheet.${frame}.${theme}.${from / perSheet + 1}.png`),
      await page.screenshot({ fullPage: true }),
    );
  }
}

await browser.close();
await gallery.close();
console.log(folder);
