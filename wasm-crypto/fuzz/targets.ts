/** Every decoder of this package. Sealed ones twice: with noise, and with noise that was sealed by whoever may. */

import { CryptoError } from '../src/errors.ts';
import { loadCrypto as load } from '../src/sodium.ts';
import { fileTargets } from './files.ts';
import { fixedTargets } from './formats.ts';
import { sealedTargets } from './sealed.ts';
import type { Target } from './target.ts';
import { makeWorld } from './world.ts';

/** Says the code of a CryptoError, with what it says besides. */
export function cryptoRefusals(error: unknown): string | undefined {
  return error instanceof CryptoError ? error.message.replaceAll(/\d+/g, 'n') : undefined;
}

/** Needs the module's bytes, as every user does. */
export async function cryptoTargets(module: Uint8Array<ArrayBuffer>): Promise<Record<string, Target>> {
  await load(module);
  const world = makeWorld();
  return {
    ...fixedTargets(world, cryptoRefusals),
    ...sealedTargets(world, cryptoRefusals),
    ...fileTargets(world, cryptoRefusals),
  };
}
