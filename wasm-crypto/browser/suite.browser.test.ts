/** The whole Node suite again, bundled as it is, in real browsers. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { type Browser, launch } from 'puppeteer-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { SODIUM_MODULE } from '../build.mjs';
import type { Outcome } from './shim.ts';

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, '..', 'src');
/** The variables that the launcher knows too; else where Debian puts them. */
const CHROMIUM = process.env.ASIDE_CHROMIUM ?? '/usr/bin/chromium';
const FIREFOX = process.env.ASIDE_FIREFOX ?? '/usr/bin/firefox-esr';
const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser's start on a busy machine: twice at once, beside others. Milliseconds; by itself it would be given thirty seconds. */
const START_MS = 120_000;

let code = '';
let files: string[] = [];

beforeAll(async () => {
  files = await testFiles();
  code = await bundle(files);
});

describe.concurrent('the suite of wasm-crypto', () => {
  it('passes in Chromium', async () => {
    const executablePath = found(CHROMIUM);
    const browser = await launch({ executablePath, args: CHROMIUM_FLAGS, pipe: true, timeout: START_MS });
    await runIn(browser);
  });

  it('passes in Firefox', async () => {
    const executablePath = found(FIREFOX);
    const browser = await launch({ browser: 'firefox', executablePath, timeout: START_MS });
    await runIn(browser);
  });
});

async function runIn(browser: Browser): Promise<void> {
  try {
    const page = await browser.newPage();
    const outcomes = (await page.evaluate(`${code};suite.run()`)) as Outcome[];
    expect(outcomes.filter(({ error }) => error !== undefined)).toEqual([]);
    // Every file brought at least one test: an empty bundle would pass too.
    for (const file of files) expect(outcomes.some(({ name }) => name.startsWith(file))).toBe(true);
  } finally {
    await browser.close();
  }
}

async function testFiles(): Promise<string[]> {
  const all = await readdir(source, { recursive: true });
  return all.filter((path) => path.endsWith('.test.ts')).sort();
}

/** One script: each file is announced to the shim, which then collects its tests. */
async function bundle(paths: readonly string[]): Promise<string> {
  const shim = join(here, 'shim.ts');
  const announce: Plugin = {
    name: 'announce',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^begin:/ }, ({ path }) => ({
        path: path.slice(6),
        namespace: 'begin',
        sideEffects: true,
      }));
      onLoad({ filter: /./, namespace: 'begin' }, ({ path }) => ({
        contents: `import { beginFile } from ${JSON.stringify(shim)}; beginFile(${JSON.stringify(path)});`,
        resolveDir: here,
      }));
    },
  };
  // A page reads no files: the module comes as a response, and is streamed as the extension's is.
  const module: Plugin = {
    name: 'module',
    setup({ onLoad }) {
      onLoad({ filter: /testing.load\.ts$/ }, () => ({
        contents: `
          import bytes from ${JSON.stringify(SODIUM_MODULE)};
          import { loadCrypto as loadFrom } from ${JSON.stringify(join(source, 'sodium.ts'))};
          const headers = { 'content-type': 'application/wasm' };
          export const loadCrypto = () => loadFrom(new Response(bytes, { headers }));`,
        resolveDir: here,
      }));
    },
  };
  const imports = paths.flatMap((path) => [`import 'begin:${path}';`, `import './${path}';`]);
  const contents = [...imports, `export { runAll as run } from ${JSON.stringify(shim)};`].join('\n');
  const result = await build({
    stdin: { contents, resolveDir: source, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'suite',
    platform: 'browser',
    target: 'es2022',
    alias: { vitest: shim },
    plugins: [announce, module],
    loader: { '.wasm': 'binary' },
    define: { 'import.meta.url': '"about:blank"' },
    logLevel: 'silent',
  });
  return result.outputFiles[0]?.text ?? '';
}

function found(path: string): string {
  if (!existsSync(path)) throw new Error(`there is no ${path} here: set ASIDE_CHROMIUM or ASIDE_FIREFOX`);
  return path;
}
