/** Of the extension's own files; the build puts it there. */
const PATH = '/sodium.wasm';

/** libsodium's module, streamed. */
export function cryptoModule(): Promise<Response> {
  return fetch(PATH);
}
