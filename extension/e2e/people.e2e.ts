import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meet, type Person } from '../launch/conversation.mjs';
import { names } from '../launch/names.mjs';
import { en } from '../locales/en.ts';
import { staged } from './stage.ts';

const WIDTH = 640;
const HEIGHT = 480;

let folder: string;
/** What the fake camera shows: Chromium reads it whenever the camera is opened. */
let film: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'aside-camera-'));
  film = join(folder, 'film.y4m');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Holds the code on somebody's screen before the camera: the drawing itself, on a grey desk. */
async function hold(person: Person, name: string): Promise<void> {
  const code = await person.find('image', name);
  const luma = await code.evaluate(
    async (element, width, height) => {
      const copy = element.cloneNode(true) as SVGElement;
      copy.setAttribute('width', '420');
      copy.setAttribute('height', '420');
      const image = new Image();
      image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
      await image.decode();
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
      context.fillStyle = 'gray';
      context.fillRect(0, 0, width, height);
      context.drawImage(image, (width - 420) / 2, (height - 420) / 2, 420, 420);
      const { data } = context.getImageData(0, 0, width, height);
      return Array.from({ length: width * height }, (_, at) => data[at * 4] ?? 0);
    },
    WIDTH,
    HEIGHT,
  );
  const frame = Buffer.concat([
    Buffer.from('FRAME\n'),
    Buffer.from(luma),
    Buffer.alloc((WIDTH * HEIGHT) / 2, 128),
  ]);
  const header = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`);
  writeFileSync(film, Buffer.concat([header, frame, frame, frame]));
}

const digits = (person: Person) => person.page.$eval('.digits', (element) => element.textContent);

describe('people', () => {
  it('scan an invite with the camera, and compare by scanning each other', (context) =>
    staged(context, async ({ services, start, arrive }) => {
      const camera = [
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        `--use-file-for-fake-video-capture=${film}`,
      ];
      const [alice, bob] = await Promise.all([
        arrive('Alice', 'chromium'),
        arrive('Bob', await start('chromium', { args: camera })),
      ]);
      await Promise.all([alice.begin(services.server), bob.begin(services.server)]);
      await alice.invite();
      await hold(alice, en.invite.code);
      await bob.press(names.paste);
      await bob.press(en.accept.scan);
      await bob.press(names.accept);
      await Promise.all([alice.openConversation('Bob'), bob.openConversation('Alice')]);

      await alice.press(en.contact.about('Bob'));
      await alice.press(en.safety.show);
      await hold(alice, en.safety.codeName('Bob'));
      await bob.press(en.contact.about('Alice'));
      const own = await digits(bob);
      await bob.press(en.safety.scan);
      await bob.find('heading', en.compareScan.match);
      await bob.press(en.compareScan.done);
      await bob.wait('the comparison', async () => (await bob.text()).includes('Compared by scanning'));
      expect(own).toBe(await digits(alice));
    }));

  it('who are connected connect again by a new invite, which is used up by that', (context) =>
    staged(context, async ({ services, arrive }) => {
      const [alice, bob] = await Promise.all([arrive('Alice', 'chromium'), arrive('Bob', 'chromium')]);
      await meet(alice, bob, services.server);
      await Promise.all([alice, bob].map((person) => person.waitForConnection(['relayed', 'direct'])));
      await alice.back();
      const again = await alice.invite();
      await bob.back();
      await bob.accept(again);
      await alice.wait('the invite to be used', async () =>
        (await alice.text()).includes(en.invite.accepted('Bob')),
      );
      await Promise.all([alice.openConversation('Bob'), bob.openConversation('Alice')]);
      await bob.send('Once more');
      await alice.waitForMessage('Once more');
      await bob.waitForDelivery('Once more', 'delivered');
    }));

  it('write nothing to a key that became another one before they have decided', (context) =>
    staged(context, async ({ services, arrive }) => {
      const [alice, bob, anew] = await Promise.all([
        arrive('Alice', 'chromium'),
        arrive('Bob', 'chromium'),
        arrive('Bob', 'chromium'),
      ]);
      await Promise.all([meet(alice, bob, services.server), anew.begin(services.server)]);
      await alice.press(en.contact.about('Bob'));
      await alice.press(en.contact.inviteAgain);
      const field = await alice.find('textbox', names.inviteLink);
      await alice.wait('the invite to be at the server', async () =>
        (await alice.text()).includes(names.worksOnce),
      );
      await anew.accept(await field.evaluate((element) => (element as HTMLTextAreaElement).value));
      await anew.openConversation('Alice');
      await alice.press(en.trust.decide);
      await alice.find('button', en.trust.compareNow);
      expect(await alice.look('textbox', names.messageTo('Bob'))).toBeUndefined();
      // Who took the invite has not cut the other one off.
      await bob.openConversation('Alice');
      await bob.send('I am still here');
      await alice.wait('the old key to be heard', async () =>
        (await alice.text()).includes('I am still here'),
      );
      await alice.press(en.trust.goOn);
      await alice.press(en.trust.goOnConfirm);
      await alice.openConversation('Bob');
      await alice.waitForMessage('I am still here');
      await alice.send('Is it you?');
      await anew.waitForMessage('Is it you?');
    }));
});
