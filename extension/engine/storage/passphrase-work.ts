/** Argon2id's half second, which blocks whoever runs it: in a browser a worker, in a test the test itself. */
import {
  CryptoError,
  type CryptoErrorCode,
  calibratePassphrase,
  loadCrypto,
  type ModuleSource,
  type PassphraseCost,
  type PassphraseWrap,
  unwrapWithPassphrase,
  wipe,
  wrapWithPassphrase,
} from '@aside/wasm-crypto';

export interface PassphraseWork {
  /** Wraps the master key at the cost that suits this device. Rejects with a `CryptoError`. */
  wrap(masterKey: Uint8Array, passphrase: string): Promise<PassphraseWrap>;
  /** The master key, to be wiped. Rejects with a `CryptoError`. */
  unwrap(kept: PassphraseWrap, passphrase: string): Promise<Uint8Array>;
}

/** Does it right here, where the crypto is loaded, at a cost that is given or found by trying. */
export function workHere(cost?: PassphraseCost): PassphraseWork {
  return {
    async wrap(masterKey, passphrase) {
      return wrapWithPassphrase(masterKey, passphrase, cost ?? calibratePassphrase(() => performance.now()));
    },
    async unwrap(kept, passphrase) {
      return unwrapWithPassphrase(kept, passphrase);
    },
  };
}

/** A wrap that does not open is made anew this often. */
const WRAPS_MAX = 3;

/**
 * Opens every wrap once before it is used, where it was made: under a hash that a fault of the machine or of the browser's
 * compiler got wrong, what is wrapped would be lost for good. Doubles the time that wrapping takes.
 */
export function proven(work: PassphraseWork): PassphraseWork {
  const opens = async (wrap: PassphraseWrap, masterKey: Uint8Array, passphrase: string): Promise<boolean> => {
    try {
      const opened = await work.unwrap(wrap, passphrase);
      const same = opened.every((byte, at) => byte === masterKey[at]);
      wipe(opened);
      return same;
    } catch (error) {
      if (error instanceof CryptoError && error.code === 'wrong-passphrase') return false;
      throw error;
    }
  };
  return {
    ...work,
    async wrap(masterKey, passphrase) {
      for (let made = 0; made < WRAPS_MAX; made++) {
        const wrap = await work.wrap(masterKey, passphrase);
        if (await opens(wrap, masterKey, passphrase)) return wrap;
      }
      throw new Error('no wrap opens with the passphrase that it was made with');
    },
  };
}

/** What a worker is asked, one thing in its life. */
export type Job =
  | { readonly do: 'wrap'; readonly masterKey: Uint8Array; readonly passphrase: string }
  | { readonly do: 'unwrap'; readonly kept: PassphraseWrap; readonly passphrase: string };

export type Outcome =
  | { readonly wrap: PassphraseWrap }
  | { readonly masterKey: Uint8Array }
  | { readonly error: CryptoErrorCode };

/** The worker's side, with libsodium's module for it. Rejects with what is no `CryptoError`. */
export async function doJob(job: Job, module: ModuleSource): Promise<Outcome> {
  await loadCrypto(module);
  const work = workHere();
  try {
    if (job.do === 'wrap') return { wrap: await work.wrap(job.masterKey, job.passphrase) };
    return { masterKey: await work.unwrap(job.kept, job.passphrase) };
  } catch (error) {
    if (error instanceof CryptoError) return { error: error.code };
    throw error;
  }
}

/** Work that is done elsewhere: `ask` takes a job there and brings its outcome. */
export function workElsewhere(ask: (job: Job) => Promise<Outcome>): PassphraseWork {
  const got = async <K extends 'wrap' | 'masterKey'>(
    job: Job,
    field: K,
  ): Promise<Extract<Outcome, Record<K, unknown>>[K]> => {
    const outcome = await ask(job);
    if ('error' in outcome) throw new CryptoError(outcome.error);
    return (outcome as Extract<Outcome, Record<K, unknown>>)[field];
  };
  return {
    wrap: (masterKey, passphrase) => got({ do: 'wrap', masterKey, passphrase }, 'wrap'),
    unwrap: (kept, passphrase) => got({ do: 'unwrap', kept, passphrase }, 'masterKey'),
  };
}
