import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** @type {Record<string, string>} */
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' };

/**
 * Builds the gallery and serves it on a free port of this computer. `node views/gallery/serve.mjs` to look at it by
 * hand.
 *
 * @returns {Promise<{ origin: string, close: () => Promise<void> }>}
 */
export async function serveGallery() {
  const folder = await mkdtemp(join(tmpdir(), 'aside-gallery-'));
  await build({
    configFile: false,
    root: fileURLToPath(new URL('.', import.meta.url)),
    logLevel: 'error',
    esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
    build: { outDir: folder, emptyOutDir: true, minify: false, target: ['chrome123', 'firefox142'] },
  });
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://gallery').pathname);
    try {
      const body = await readFile(join(folder, path === '/' ? 'index.html' : path));
      response.setHeader('content-type', TYPES[extname(path)] ?? TYPES['.html'] ?? '');
      // Named by what they hold: a browser that visits many scenes fetches and compiles them once.
      if (path.startsWith('/assets/')) response.setHeader('cache-control', 'max-age=3600, immutable');
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await serveGallery()).origin);
