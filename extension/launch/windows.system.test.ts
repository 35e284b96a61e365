import { describe, expect, it } from 'vitest';
import { type Launched, launch } from './browsers.mjs';
import { Person } from './conversation.mjs';
import { names } from './names.mjs';
import { outputs } from './paths.mjs';
import { putBeside, typeServer } from './windows.mjs';

const SERVER = 'http://127.0.0.1:9';

async function withBrowser(kind: 'chromium' | 'firefox', work: (launched: Launched) => Promise<void>) {
  const launched = await launch({
    browser: kind,
    extension: kind === 'chromium' ? outputs.chrome : outputs.firefox,
  });
  try {
    await work(launched);
  } finally {
    await launched.close();
  }
}

describe.each(['chromium', 'firefox'] as const)('a window of npm start in %s', (kind) => {
  it('stands in its half of the screen, with the server typed and the name to be typed', () =>
    withBrowser(kind, async (launched) => {
      const page = await launched.open('tab.html');
      await putBeside(launched, page, 'right');
      await typeServer('Bob', launched, page, SERVER);
      const person = new Person('Bob', launched, page);
      const field = await person.find('textbox', names.server);
      expect(await field.evaluate((one) => (one as HTMLInputElement).value)).toBe(SERVER);
      const name = await person.find('textbox', names.yourName);
      expect(await name.evaluate((one) => one === document.activeElement)).toBe(true);
      const where = () => page.evaluate(() => ({ left: screenX, half: Math.floor(screen.availWidth / 2) }));
      await expect.poll(async () => (await where()).left).toBe((await where()).half);
    }));
});
