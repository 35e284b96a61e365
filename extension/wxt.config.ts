import { defineConfig } from 'wxt';
import { buildModule } from '../wasm-crypto/build.mjs';
import { en } from './locales/en.ts';
import extension from './package.json' with { type: 'json' };

/**
 * The public half of a throw-away RSA key: it pins the id of an unpacked Chrome build, so that tests and profiles find
 * the same extension in every folder. The private half was never kept; a store signs with a key of its own.
 */
const CHROME_KEY =
  'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0GFQkkTu+o36tTlqW/AL/RVXFVQ7Ac58TuCddd4EH6WCRWeRSiVaVpStfUQj2N25OkkrCILevaOGUuETQmM0KNGnRb/G3zjzc7rTNc6TAffFw6WTFHa/+RGOdRTWP68KoEJMz15qXD7J86ouiCGR3Et0K0Fl2ir4uUc4U+6YIHbCnz6fWbOJINb14K+2rJ6ntYqgwwu8aZ5e5ocnqV6EWJ6PkId1lUVgLfGJbtKrqzPG4y/dix4+jbSA8IMmloTrxHF5/zeJEDUG1VF3xB9OZ4+qriCLiCkTyRQ7PWMHV8T5qdxYgtI+VCGloiazELyXHnxeZFKYuAQ7+9qmHLYk8QIDAQAB';

/** The libsodium build is WASM; nothing else is allowed beyond the extension's own files. */
const CSP = "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'";

const ICONS = { 16: 'icons/16.png', 32: 'icons/32.png', 48: 'icons/48.png', 128: 'icons/128.png' };

/** Every permission stands with its reason in store/permissions.md, and manifest.test.ts holds the two together. */
const SHARED_PERMISSIONS = ['activeTab', 'alarms', 'notifications', 'unlimitedStorage'] as const;

const ACTION = { default_title: 'Aside', default_icon: ICONS };

/** The toolbar button by keyboard; a person who uses the keys for something else changes it in the browser. */
const SHORTCUT = { suggested_key: { default: 'Alt+Shift+A' } };

/** Locks from any tab; without a passphrase there is nothing to lock. */
const LOCK = { suggested_key: { default: 'Alt+Shift+L' }, description: en.manifest.lock };

/**
 * Erases everything. It has no key until the person gives it one in the browser's page for shortcuts: pressed by
 * mistake, a suggested one would be final.
 */
const WIPE = { description: en.manifest.wipe };

export default defineConfig({
  srcDir: '.',
  imports: false,
  targetBrowsers: ['chrome', 'firefox'],
  hooks: {
    'entrypoints:found': (_, infos) => {
      // As WXT's own "popup" kind the page would become the action's default popup, and then `action.onClicked`, which
      // tells the open tab's address and opens the side panel, would never fire.
      for (const info of infos) {
        if (info.name === 'popup') info.type = 'unlisted-page';
      }
    },
    'build:publicAssets': async (_, files) => {
      files.push({ absoluteSrc: await buildModule(), relativeDest: 'sodium.wasm' });
    },
  },
  manifest: ({ browser }) => ({
    name: 'Aside',
    description: en.manifest.description,
    icons: ICONS,
    incognito: 'not_allowed',
    action: ACTION,
    content_security_policy: { extension_pages: CSP },
    ...(browser === 'firefox' ? firefoxManifest() : chromeManifest()),
  }),
  vite: () => ({
    define: {
      // Where first run proposes to go. Empty: the person is asked.
      __ASIDE_DEFAULT_SERVER__: JSON.stringify(process.env.ASIDE_DEFAULT_SERVER ?? ''),
      __ASIDE_VERSION__: JSON.stringify(extension.version),
    },
    // The oldest browsers that the manifests admit; for older ones Vite would rewrite the colours.
    build: { target: ['chrome123', 'firefox142'], modulePreload: { polyfill: false } },
  }),
});

function chromeManifest() {
  return {
    // `light-dark()` in the views' colours came with 123; `sidePanel.open` and `runtime.getContexts` with 116.
    minimum_chrome_version: '123',
    key: CHROME_KEY,
    permissions: [...SHARED_PERMISSIONS, 'offscreen', 'sidePanel'].sort(),
    side_panel: { default_path: 'panel.html' },
    commands: { _execute_action: SHORTCUT, lock: LOCK, wipe: WIPE },
  };
}

function firefoxManifest() {
  return {
    permissions: [...SHARED_PERMISSIONS],
    commands: { _execute_browser_action: SHORTCUT, lock: LOCK, wipe: WIPE },
    browser_specific_settings: {
      gecko: {
        id: 'aside@aside.example',
        // The first release, on desktop and Android, that asks about data collection (and knows the key below).
        strict_min_version: '142.0',
        // What is written leaves the browser, sealed, for a person of one's own choice. See store/permissions.md.
        data_collection_permissions: { required: ['personalCommunications' as const] },
      },
    },
    sidebar_action: {
      default_title: 'Aside',
      default_panel: 'panel.html',
      default_icon: ICONS,
      // Firefox would open it on install, and the toolbar button's toggle would then close it.
      open_at_install: false,
    },
  };
}
