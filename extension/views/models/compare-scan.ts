import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { BridgeErrorCode } from '../../bridge/types/errors.ts';
import { createScan, type Scan } from './scan.ts';
import type { Surroundings } from './surroundings.ts';
import { codeOf } from './task.ts';

/** What came of a code on the other person's screen. */
export type CompareOutcome =
  | { readonly state: 'none' }
  | { readonly state: 'match' | 'mismatch' }
  | { readonly state: 'failed'; readonly code: BridgeErrorCode };

export interface CompareScan {
  readonly contactId: string;
  readonly scan: Scan;
  readonly outcome: ReadonlySignal<CompareOutcome>;
  again(): void;
  dispose(): void;
}

/** Compares a safety number by the camera: the engine says whether what it read is the same. */
export function createCompareScan(
  surroundings: Pick<Surroundings, 'client' | 'camera' | 'clock' | 'surface'>,
  contactId: string,
): CompareScan {
  const outcome: Signal<CompareOutcome> = signal({ state: 'none' });
  const scan = createScan(surroundings, async (code) => {
    try {
      const read = await surroundings.client.call({ type: 'compare-code', contactId, code });
      if (read.outcome === 'not-a-code') return false;
      outcome.value = { state: read.outcome };
    } catch (error) {
      outcome.value = { state: 'failed', code: codeOf(error) };
    }
    return true;
  });
  void scan.start();
  return {
    contactId,
    scan,
    outcome,
    again() {
      outcome.value = { state: 'none' };
      void scan.start();
    },
    dispose: scan.stop,
  };
}
