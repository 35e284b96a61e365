/**
 * Invariant 5: only one module touches each outside thing. Imports are dependency-cruiser's to hold; what is a global
 * of the browser has no import, so this looks for its use in the source.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { root } from './paths.mjs';

/**
 * @typedef {object} OutsideThing
 * @property {string} name
 * @property {RegExp} use
 * @property {number} modules how many may touch it
 * @property {RegExp} [only] where these must be
 */

/** @type {readonly OutsideThing[]} */
const THINGS = [
  { name: 'RTCPeerConnection', use: /\bnew\s+(?:globalThis\.)?RTCPeerConnection\b/, modules: 1 },
  { name: 'IndexedDB', use: /\bindexedDB\s*\.|from 'idb'/, modules: 1 },
  { name: 'WebSocket', use: /\bnew\s+(?:globalThis\.)?WebSocket\b/, modules: 1 },
  {
    name: 'the extension APIs',
    use: /(?<![\w.'"`/-])(?:chrome|browser)\.(?:action|alarms|browserAction|commands|notifications|offscreen|permissions|runtime|sidebarAction|sidePanel|storage|tabs|windows)\b/,
    modules: Number.POSITIVE_INFINITY,
    only: /^extension\/(?:platform|entrypoints)\//,
  },
];

/** Tests and tools may touch what they test. */
const NOT_SHIPPED =
  /\.test\.tsx?$|\/(?:e2e|bench|fuzz|launch|gallery|mutation|testing|vectors|node_modules|dist|\.output|\.wxt)\//;

/** @param {string} folder @returns {string[]} */
function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    const name = relative(root, path).split(sep).join('/');
    if (NOT_SHIPPED.test(entry.isDirectory() ? `${name}/` : name)) return [];
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(name) && !name.endsWith('.d.ts') ? [name] : [];
  });
}

/** @param {string} text */
const withoutComments = (text) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1');

/** @returns {{ code: number, output: string }} as a program would */
export function outsideThings() {
  const files = ['wasm-crypto', 'signal', 'extension'].flatMap((folder) => sources(join(root, folder)));
  const texts = new Map(files.map((file) => [file, withoutComments(readFileSync(join(root, file), 'utf8'))]));
  const complaints = THINGS.flatMap(({ name, use, modules, only }) => {
    const users = files.filter((file) => use.test(texts.get(file) ?? ''));
    if (users.length > modules) return [`${name} is touched by ${users.join(', ')}: one module is enough.`];
    const astray = only ? users.filter((file) => !only.test(file)) : [];
    return astray.map((file) => `${name}: ${file} touches them outside of ${only?.source}.`);
  });
  return { code: complaints.length > 0 ? 1 : 0, output: complaints.join('\n') };
}
