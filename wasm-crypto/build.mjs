/**
 * Makes `dist/sodium.wasm`: libsodium's compiled module as a file of its own, out of the JavaScript of `libsodium-sumo`,
 * with the functions of src/sodium/functions.ts and no others. What goes in and what comes out are pinned in module.json:
 * neither a changed package nor a changed compiler gets into a build unseen.
 *
 * `node wasm-crypto/build.mjs` builds; with `--renew` it pins what comes out now: after a change of functions.ts, or of
 * the package where the release is one that is trusted.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
const PINS = join(here, 'module.json');
const FUNCTIONS = join(here, 'src', 'sodium', 'functions.ts');

/**
 * The package's own module, found from where Node finds the package: `import.meta.resolve` would say it shorter, and is
 * not there where tests build before they begin.
 */
const PACKAGE = join(
  dirname(require.resolve('libsodium-sumo')),
  '..',
  'modules-sumo-esm',
  'libsodium-sumo.mjs',
);

/** The file that the extension ships. */
export const SODIUM_MODULE = join(here, 'dist', 'sodium.wasm');

/**
 * What is exported beside libsodium's functions: the memory, a function that tells where the stack begins, and one that
 * compares bytes.
 */
export const ADDED = ['memory', 'stack', 'differ'];

const RENEW = 'If that is meant, `node wasm-crypto/build.mjs --renew` pins what it is now (module.json).';

/** @typedef {{ packageSha256: string, moduleSha256: string, moduleBytes: number }} Pins */

/** @param {string | Uint8Array} bytes */
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** @returns {Pins} What is pinned now. */
export const pinned = () => JSON.parse(readFileSync(PINS, 'utf8'));

/**
 * Builds the module where it is not there already, put in place whole, so that two builds at once do no harm. Throws
 * where it is not the pinned one.
 *
 * @param {{ renew?: boolean, pins?: Pins }} [options]
 * @returns {Promise<string>} the path of the module
 */
export async function buildModule({ renew = false, pins = pinned() } = {}) {
  const wanted = functionNames();
  if (!renew && isThere(pins, wanted)) return SODIUM_MODULE;
  const source = readFileSync(PACKAGE, 'utf8');
  const packageSha256 = sha256(source);
  if (!renew && packageSha256 !== pins.packageSha256)
    throw new Error(`libsodium-sumo is not the package that was pinned. ${RENEW}`);
  const module = await reduce(embeddedModule(source), exportNames(source), wanted);
  const moduleSha256 = sha256(module);
  if (!renew && moduleSha256 !== pins.moduleSha256)
    throw new Error(`libsodium's module did not come out as it was pinned. ${RENEW}`);
  const draft = join(here, 'dist', `.sodium-${process.pid}-${Date.now()}.wasm`);
  mkdirSync(dirname(draft), { recursive: true });
  writeFileSync(draft, module);
  renameSync(draft, SODIUM_MODULE);
  if (renew) {
    const renewed = { packageSha256, moduleSha256, moduleBytes: module.length };
    writeFileSync(PINS, `${JSON.stringify(renewed, null, 2)}\n`);
  }
  return SODIUM_MODULE;
}

/** Whether the pinned module is there, and has the functions that are wanted now. */
function isThere(/** @type {Pins} */ pins, /** @type {readonly string[]} */ wanted) {
  if (!existsSync(SODIUM_MODULE)) return false;
  const bytes = readFileSync(SODIUM_MODULE);
  if (sha256(bytes) !== pins.moduleSha256) return false;
  const names = WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map(({ name }) => name);
  return [...wanted, ...ADDED].sort().join() === names.sort().join();
}

/** The functions that src/sodium/functions.ts names. */
export function functionNames() {
  return [...readFileSync(FUNCTIONS, 'utf8').matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => String(name));
}

/** The module that the package carries as text: the one string in it that begins as WebAssembly does. */
function embeddedModule(/** @type {string} */ source) {
  const texts = [...source.matchAll(/"(AGFzbQEAAAA[\w+/]+=*)"/g)];
  if (texts.length !== 1) throw new Error('libsodium-sumo no longer carries its module as one text');
  return Buffer.from(String(texts[0]?.[1]), 'base64');
}

/** By libsodium's name, the short one that the package's compiler gave. */
function exportNames(/** @type {string} */ source) {
  return new Map(
    [...source.matchAll(/\b\w+\._(\w+)=\w+\.([\w$]+)/g)].map(([, name, short]) => [name, short]),
  );
}

/**
 * The module with the wanted functions under their own names, and what they need.
 *
 * @param {Uint8Array} bytes
 * @param {ReadonlyMap<string | undefined, string | undefined>} shortNames
 * @param {readonly string[]} wanted
 */
async function reduce(bytes, shortNames, wanted) {
  // Large, and needed only when something has changed.
  const { default: binaryen } = await import('binaryen');
  const { BulkMemory, BulkMemoryOpt, MutableGlobals, NontrappingFPToInt, SignExt } = binaryen.Features;
  const module = binaryen.readBinary(bytes);
  module.setFeatures(BulkMemory | BulkMemoryOpt | MutableGlobals | NontrappingFPToInt | SignExt);
  const before = new Map(
    Array.from({ length: module.getNumExports() }, (_, index) => {
      const { name, kind, value } = binaryen.getExportInfo(module.getExportByIndex(index));
      return [name, { kind, value }];
    }),
  );
  for (const [name, { kind, value }] of before) {
    module.removeExport(name);
    if (kind === binaryen.ExternalMemory) module.addMemoryExport(value, 'memory');
  }
  for (const name of wanted) {
    const found = before.get(shortNames.get(name) ?? '');
    if (found === undefined) throw new Error(`libsodium-sumo exports no ${name}`);
    module.addFunctionExport(found.value, name);
  }
  // A compiler's stack lies in the memory and is not wiped by those who leave it: we must know where it is.
  const stack = binaryen.getGlobalInfo(module.getGlobalByIndex(0)).name;
  module.addFunction('stack', binaryen.none, binaryen.i32, [], module.global.get(stack, binaryen.i32));
  module.addFunctionExport('stack', 'stack');
  addDiffer(binaryen, module);
  binaryen.setOptimizeLevel(4);
  binaryen.setShrinkLevel(0);
  module.runPasses(['remove-unused-module-elements']);
  module.optimize();
  const reduced = module.emitBinary();
  module.dispose();
  return reduced;
}

/**
 * Adds `differ(a, b, bytes)`: zero where two places in memory hold the same bytes, as many as are given, a multiple of
 * eight and more than none. They are public, as every message's preamble is: no primitive, but the largest part of opening
 * one that was not libsodium's, and here it takes a third of the time that it did in JavaScript.
 *
 * @param {typeof import('binaryen').default} binaryen
 * @param {import('binaryen').default.Module} module
 */
function addDiffer(binaryen, module) {
  const { i32, i64, local } = module;
  const [A, B, LEFT, DIFFERENCE] = [0, 1, 2, 3];
  const next = (/** @type {number} */ index, /** @type {number} */ by) =>
    local.set(index, i32.add(local.get(index, binaryen.i32), i32.const(by)));
  const word = (/** @type {number} */ index) => i64.load(0, 1, local.get(index, binaryen.i32));
  const body = module.block(null, [
    module.loop(
      'words',
      module.block(null, [
        local.set(DIFFERENCE, i64.or(local.get(DIFFERENCE, binaryen.i64), i64.xor(word(A), word(B)))),
        next(A, 8),
        next(B, 8),
        next(LEFT, -8),
        module.br('words', local.get(LEFT, binaryen.i32)),
      ]),
    ),
    i64.ne(local.get(DIFFERENCE, binaryen.i64), i64.const(0n)),
  ]);
  const parameters = binaryen.createType([binaryen.i32, binaryen.i32, binaryen.i32]);
  module.addFunction('differ', parameters, binaryen.i32, [binaryen.i64], body);
  module.addFunctionExport('differ', 'differ');
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await buildModule({ renew: process.argv.includes('--renew') });
    const { moduleBytes, moduleSha256 } = pinned();
    console.log(`${SODIUM_MODULE}  ${moduleBytes} bytes  sha256 ${moduleSha256}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
