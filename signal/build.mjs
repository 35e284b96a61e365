import { mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));

/** What `node` runs. */
export const SIGNAL_MAIN = join(here, 'dist', 'main.mjs');

/**
 * How `node` runs it. What a frame leaves behind is garbage at once, for which the usual three times 16 MB are no help:
 * with 4 MB the memory of a server is that of its sockets, and a live envelope costs a tenth more of the processor.
 * So little is collected quicker than it is shared out among threads, which costs them all more than it saves one.
 */
export const NODE_FLAGS = ['--max-semi-space-size=4', '--no-parallel-scavenge'];

/**
 * Bundles the server into `dist/main.mjs`, with the native packages (uWebSockets.js, lmdb) left outside. The file is
 * put in place whole, so that two builds at once or a server that starts meanwhile do no harm.
 *
 * @returns {Promise<string>} the path of the bundle
 */
export async function buildSignal() {
  const draft = join(here, 'dist', `.main-${process.pid}-${Date.now()}.mjs`);
  mkdirSync(dirname(draft), { recursive: true });
  await build({
    entryPoints: [join(here, 'src', 'main.ts')],
    outfile: draft,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    external: ['uWebSockets.js', 'lmdb'],
    // What Redis runs comes as text into the bundle.
    loader: { '.lua': 'text' },
    // pino is CommonJS and asks for node's own modules.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    legalComments: 'none',
    logLevel: 'warning',
  });
  renameSync(draft, SIGNAL_MAIN);
  return SIGNAL_MAIN;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await buildSignal();
