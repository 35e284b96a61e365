/** Everybody's mark (SPEC 10): a disc in two hues with a phase and a tilt, all from the identity key. */
import type { Identity } from './identity.ts';
import { labelledHash } from './kdf.ts';
import { LABELS } from './labels.ts';

/** The fields mean what the views' `Moon` says. */
export interface Moon {
  /** Degrees, 0 to 359; at least 40 apart on the wheel. */
  readonly hues: readonly [number, number];
  /** Degrees, -90 to 90. */
  readonly tilt: number;
  /** Percent of the disc, 20 to 80. */
  readonly phase: number;
  readonly waxing: boolean;
}

const LEAST_DISTANCE = 40;

/** Recognised at a glance; for being sure there is the safety number. */
export function moon(identity: Identity): Moon {
  const hash = labelledHash(16, LABELS.moon, identity.signKey);
  const draw = (at: number, count: number): number => ((hash[at] ?? 0) * 256 + (hash[at + 1] ?? 0)) % count;
  const first = draw(0, 360);
  const distance = LEAST_DISTANCE + draw(2, 360 - 2 * LEAST_DISTANCE + 1);
  return {
    hues: [first, (first + distance) % 360],
    tilt: draw(4, 181) - 90,
    phase: 20 + draw(6, 61),
    waxing: draw(8, 2) === 1,
  };
}
