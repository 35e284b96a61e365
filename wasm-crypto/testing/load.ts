/** The crypto for tests: Node reads the built module from the disk. In the browser suite browser.ts takes this place. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadCrypto as loadFrom } from '../src/sodium.ts';

/** Loads the module once for a test file, as in `beforeAll(loadCrypto)`. */
export async function loadCrypto(): Promise<void> {
  await loadFrom(await readFile(join(import.meta.dirname, '..', 'dist', 'sodium.wasm')));
}
