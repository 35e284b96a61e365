/**
 * Finds the programs that we drive and do not bring: browsers, coturn, and for tests Caddy, promtool, Redis,
 * Valkey and others. Each can be named by an environment variable; otherwise the usual places of Linux, macOS and Windows are looked at.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * @typedef {'chromium' | 'firefox'} BrowserKind
 * @typedef {object} FoundBrowser
 * @property {BrowserKind} kind
 * @property {string} name as people call it
 * @property {string} path
 */

/** Daemons live in `sbin`, which is not on everybody's path. */
const EXTRA_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/opt/homebrew/bin', '/usr/local/bin'];

/**
 * @param {string} name
 * @returns {string | undefined} the full path of a program on the path
 */
export function which(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...EXTRA_FOLDERS].filter(Boolean);
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  for (const folder of folders) {
    for (const ending of endings) {
      const path = join(folder, name + ending);
      if (isExecutable(path)) return path;
    }
  }
  return undefined;
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @type {ReadonlyArray<readonly [name: string, commands: readonly string[], mac: string, windows: string]>} */
const CHROMIUMS = [
  [
    'Chromium',
    ['chromium', 'chromium-browser'],
    'Chromium.app/Contents/MacOS/Chromium',
    'Chromium/Application/chrome.exe',
  ],
  [
    'Chrome',
    ['google-chrome', 'google-chrome-stable', 'google-chrome-beta', 'google-chrome-unstable'],
    'Google Chrome.app/Contents/MacOS/Google Chrome',
    'Google/Chrome/Application/chrome.exe',
  ],
  [
    'Edge',
    ['microsoft-edge', 'microsoft-edge-stable'],
    'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
    'Microsoft/Edge/Application/msedge.exe',
  ],
];

/** @type {typeof CHROMIUMS} */
const FIREFOXES = [
  [
    'Firefox',
    ['firefox-esr', 'firefox'],
    'Firefox.app/Contents/MacOS/firefox',
    'Mozilla Firefox/firefox.exe',
  ],
  [
    'Firefox Developer Edition',
    ['firefox-devedition', 'firefox-developer-edition'],
    'Firefox Developer Edition.app/Contents/MacOS/firefox',
    'Firefox Developer Edition/firefox.exe',
  ],
];

/** @param {typeof CHROMIUMS} candidates @returns {{ name: string, path: string } | undefined} */
function findOf(candidates) {
  for (const [name, commands, mac, windows] of candidates) {
    const paths = commands.map(which);
    if (process.platform === 'darwin') {
      for (const folder of ['/Applications', join(process.env.HOME ?? '', 'Applications')]) {
        paths.push(join(folder, mac));
      }
    }
    if (process.platform === 'win32') {
      for (const folder of ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA']) {
        const base = process.env[folder];
        if (base) paths.push(join(base, windows));
      }
    }
    const path = paths.find((candidate) => candidate !== undefined && existsSync(candidate));
    if (path !== undefined) return { name, path };
  }
  return undefined;
}

/**
 * @param {BrowserKind} kind
 * @returns {FoundBrowser | undefined} `ASIDE_CHROMIUM` and `ASIDE_FIREFOX` name another one than is found
 */
export function findBrowser(kind) {
  const named = process.env[kind === 'chromium' ? 'ASIDE_CHROMIUM' : 'ASIDE_FIREFOX'];
  if (named) return existsSync(named) ? { kind, name: named, path: named } : undefined;
  const found = findOf(kind === 'chromium' ? CHROMIUMS : FIREFOXES);
  return found && { kind, ...found };
}

/**
 * @param {'turnserver' | 'caddy' | 'promtool' | 'redis-server' | 'valkey-server' | 'tcpdump' | 'ip' | 'nft' | 'eprover'} name
 * @returns {string | undefined} `ASIDE_TURNSERVER`, `ASIDE_REDIS_SERVER` and so on name another one than is found
 */
export function findProgram(name) {
  const named = process.env[`ASIDE_${name.toUpperCase().replace('-', '_')}`];
  if (named) return existsSync(named) ? named : undefined;
  return which(name);
}
