/**
 * libsodium's compiled module, without the JavaScript that its package wraps around it: what it needs from outside is
 * randomness for its own use and a larger memory when it asks for one. How the file is made: build.mjs.
 */
import { CryptoError } from '../errors.ts';
import { randomWord } from '../random.ts';
import type { SodiumFunctions } from './functions.ts';

/** The module as a file is had: its bytes, or a response that carries them as `application/wasm` and is streamed. */
export type ModuleSource = BufferSource | Response | PromiseLike<Response>;

/** An instance: its functions, and its memory, which nobody else has. */
export interface Sodium extends SodiumFunctions {
  /** Replaced whenever the memory grows: read it anew for every call. */
  heap: Uint8Array<ArrayBuffer>;
  /** The end of the stack, from which it grows down. */
  readonly stackTop: number;
  /** Zero where two places hold the same bytes: a multiple of eight of them, and more than none. */
  differ(first: number, second: number, bytes: number): number;
}

interface Exports extends SodiumFunctions {
  readonly memory: WebAssembly.Memory;
  /** Where the stack is: between calls, its end. */
  stack(): number;
  differ(first: number, second: number, bytes: number): number;
}

/** An instance of its own, started. Rejects with `not-ready` where the source is no such module. */
export async function instantiate(source: ModuleSource): Promise<Sodium> {
  const abort = (): never => {
    throw new CryptoError('malformed', 'refused by libsodium');
  };
  /** Makes the memory so many bytes large; 1 where that succeeded. */
  const resize = (bytes: number): number => {
    const { memory } = exports;
    try {
      memory.grow(Math.ceil(((bytes >>> 0) - memory.buffer.byteLength) / PAGE_BYTES));
    } catch {
      return 0;
    }
    sodium.heap = new Uint8Array(memory.buffer as ArrayBuffer);
    return 1;
  };
  // The names are those that the package's compiler gave; the build checks that it is still the same package.
  const imports = { a: { a: abort, b: randomWord, c: abort, d: resize } };
  const { instance } = await compile(source, imports).catch((error: unknown) => {
    throw new CryptoError('not-ready', String(error));
  });
  const exports = instance.exports as unknown as Exports;
  const { memory, stack, ...functions } = exports;
  const heap = new Uint8Array(memory.buffer as ArrayBuffer);
  const sodium: Sodium = { ...functions, heap, stackTop: stack() };
  if (sodium.sodium_init() < 0) throw new CryptoError('not-ready', 'libsodium did not start');
  return sodium;
}

const PAGE_BYTES = 65_536;

function compile(
  source: ModuleSource,
  imports: WebAssembly.Imports,
): Promise<WebAssembly.WebAssemblyInstantiatedSource> {
  return source instanceof ArrayBuffer || ArrayBuffer.isView(source)
    ? WebAssembly.instantiate(source, imports)
    : WebAssembly.instantiateStreaming(source, imports);
}
