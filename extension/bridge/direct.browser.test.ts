import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Launched, launch } from '../launch/browsers.mjs';
import { Person } from '../launch/conversation.mjs';
import { outputs } from '../launch/paths.mjs';
import { type Services, startServices } from '../launch/services.mjs';

// Over the channel everything works as well, only later: no other test would notice.

let services: Services;
const open: Launched[] = [];

beforeAll(async () => {
  services = await startServices({ relay: false });
});

afterAll(async () => {
  await Promise.all(open.map((browser) => browser.close()));
  await services?.stop();
});

it.each(['chromium', 'firefox'] as const)(
  'a view and the engine talk from page to page in %s',
  async (kind) => {
    const extension = kind === 'chromium' ? outputs.chrome : outputs.firefox;
    const browser = await launch({ browser: kind, extension });
    open.push(browser);
    const alice = await Person.arrive('Alice', browser);
    await alice.begin(services.server);
    // Everything that any page of the extension says over the channel from here on.
    await alice.page.evaluate(() => {
      const overheard: unknown[] = [];
      new BroadcastChannel('aside').onmessage = ({ data }) => overheard.push(data);
      const post = BroadcastChannel.prototype.postMessage;
      BroadcastChannel.prototype.postMessage = function (message) {
        overheard.push(message);
        post.call(this, message);
      };
      Object.assign(globalThis, { overheard });
    });
    await alice.invite();
    expect(await alice.page.evaluate(() => Reflect.get(globalThis, 'overheard'))).toEqual([]);
  },
);
