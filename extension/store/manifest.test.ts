import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from 'wxt';

const ROOT = join(import.meta.dirname, '..');
const TARGETS = { chrome: 'chrome-mv3', firefox: 'firefox-mv2' } as const;
type Target = keyof typeof TARGETS;

let folder: string;
const manifests = {} as Record<Target, Record<string, unknown>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aside-manifests-'));
  for (const target of Object.keys(TARGETS) as Target[]) {
    await build({ root: ROOT, browser: target, outDir: folder, logger: silent });
    manifests[target] = JSON.parse(await readFile(join(folder, TARGETS[target], 'manifest.json'), 'utf8'));
  }
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

const nothing = () => {};
const silent = {
  level: 0,
  debug: nothing,
  log: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  success: nothing,
};

/** The rows of the table in permissions.md: what each browser is asked for. */
async function documented(): Promise<Record<Target, string[]>> {
  const text = await readFile(join(ROOT, 'store/permissions.md'), 'utf8');
  const asked: Record<Target, string[]> = { chrome: [], firefox: [] };
  for (const [, permission = '', chrome, firefox] of text.matchAll(
    /^\| `(\w+)` +\| (yes|no) +\| (yes|no) +\| \S.+\|$/gm,
  )) {
    if (chrome === 'yes') asked.chrome.push(permission);
    if (firefox === 'yes') asked.firefox.push(permission);
  }
  return asked;
}

describe('the built manifests', () => {
  it('ask for exactly these permissions', () => {
    expect(manifests.chrome.permissions).toEqual([
      'activeTab',
      'alarms',
      'notifications',
      'offscreen',
      'sidePanel',
      'unlimitedStorage',
    ]);
    expect(manifests.firefox.permissions).toEqual([
      'activeTab',
      'alarms',
      'notifications',
      'unlimitedStorage',
    ]);
  });

  it('ask for nothing whose reason is not written down, and the other way round', async () => {
    const asked = await documented();
    expect(manifests.chrome.permissions).toEqual(asked.chrome);
    expect(manifests.firefox.permissions).toEqual(asked.firefox);
  });

  it.each(['chrome', 'firefox'] as const)('give no page a sign that Aside is there (%s)', (target) => {
    for (const key of [
      'content_scripts',
      'host_permissions',
      'optional_permissions',
      'optional_host_permissions',
      'web_accessible_resources',
      'externally_connectable',
    ]) {
      expect(manifests[target]).not.toHaveProperty(key);
    }
    expect(manifests[target].incognito).toBe('not_allowed');
  });

  // Without a word about it in the manifest a browser lets every other extension in that something listens to.
  it.each(['chrome', 'firefox'] as const)('listen to no other extension (%s)', async (target) => {
    const files = await readdir(join(folder, TARGETS[target]), { recursive: true });
    const scripts = files.filter((file) => /\.(?:js|html)$/.test(file));
    expect(scripts.length).toBeGreaterThan(3);
    let listening = false;
    for (const script of scripts) {
      const text = await readFile(join(folder, TARGETS[target], script), 'utf8');
      expect(text, script).not.toMatch(/on(?:Message|Connect|UserScript\w*)External/);
      listening ||= /\.onClicked\b/.test(text);
    }
    // What it does listen to, the toolbar's button, is found so.
    expect(listening).toBe(true);
  });

  it('run their own files and WASM, and nothing else', () => {
    const csp = "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'";
    expect(manifests.chrome.content_security_policy).toEqual({ extension_pages: csp });
    expect(manifests.firefox.content_security_policy).toBe(csp);
  });

  it('leave the toolbar button without a popup, so that its click is heard', () => {
    expect(manifests.chrome.action).not.toHaveProperty('default_popup');
    expect(manifests.firefox.browser_action).not.toHaveProperty('default_popup');
  });

  it('have a key that locks, and a shortcut that erases everything, and no key for it', () => {
    for (const { commands } of Object.values(manifests)) {
      expect(commands).toMatchObject({ lock: { suggested_key: { default: 'Alt+Shift+L' } } });
      expect(commands).toMatchObject({ wipe: { description: expect.any(String) } });
      expect((commands as { wipe: object }).wipe).not.toHaveProperty('suggested_key');
    }
  });

  it("keep Firefox's sidebar closed on install and its engine alive", () => {
    expect(manifests.firefox.sidebar_action).toMatchObject({
      default_panel: 'panel.html',
      open_at_install: false,
    });
    expect(manifests.firefox.background).toMatchObject({ persistent: true });
  });
});

describe('the oldest browsers', () => {
  it('are those that have what the pages use', () => {
    // `light-dark()` came with 123, the question about data collection with 142.
    expect(manifests.chrome.minimum_chrome_version).toBe('123');
    expect(manifests.firefox.browser_specific_settings).toMatchObject({
      gecko: { strict_min_version: '142.0' },
    });
  });
});

describe('what Firefox asks about data', () => {
  it('is answered as permissions.md has it', async () => {
    const { gecko } = manifests.firefox.browser_specific_settings as {
      gecko: { data_collection_permissions: { required: string[] } };
    };
    expect(gecko.data_collection_permissions).toEqual({ required: ['personalCommunications'] });
    const text = await readFile(join(ROOT, 'store/permissions.md'), 'utf8');
    for (const kind of gecko.data_collection_permissions.required) expect(text).toContain(`- \`${kind}\`: `);
  });
});

describe('the built pages', () => {
  it.each(['chrome', 'firefox'] as const)(
    'load OpenPGP only when somebody checks a proof (%s)',
    async (target) => {
      const home = join(folder, TARGETS[target]);
      const names = (await readdir(home, { recursive: true })).filter((name) => /\.(?:js|html)$/.test(name));
      const files = await Promise.all(
        names.map(async (name) => ({ name, text: await readFile(join(home, name), 'utf8') })),
      );
      // A name of its own that no bundler shortens.
      const holders = files.filter(({ text }) => text.includes('allowUnauthenticatedMessages'));
      expect(holders.map(({ name }) => name)).toEqual(['openpgp.js']);
      // What the views have of it is where its worker is.
      const mentions = files.flatMap(({ name, text }) =>
        [...text.matchAll(/.(.)openpgp\.js\b/gs)].map(([, before]) => ({ name, before })),
      );
      expect(mentions).toEqual([{ name: expect.stringMatching(/^chunks.start-/), before: '/' }]);
      // By what starts workers, which bundlers put there or into a chunk of its own.
      const views = files.find(({ name }) => name === mentions[0]?.name);
      const starters = files
        .filter(({ text }) => /\bnew Worker\(/.test(text))
        .map(({ name }) => basename(name));
      const own = starters.filter(
        (name) => name === basename(views?.name ?? '') || views?.text.includes(`./${name}`),
      );
      expect(own).toHaveLength(1);
      // The extension's own rules let nothing build code out of text.
      expect(holders[0]?.text).not.toMatch(/\beval\(|new Function\b/);
    },
  );
});
