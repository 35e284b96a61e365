/** The crypto for tests: Node reads the built module from the disk. In the browser suite another file takes this place. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCrypto as loadFrom } from '../src/sodium.ts';

/** The module's bytes. */
export function cryptoModule(): Uint8Array<ArrayBuffer> {
  return readFileSync(join(import.meta.dirname, '..', 'dist', 'sodium.wasm'));
}

/** Loads the module once for a test file, as in `beforeAll(loadCrypto)`. */
export function loadCrypto(): Promise<void> {
  return loadFrom(cryptoModule());
}
