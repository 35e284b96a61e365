import { CLOSE_CODES, type CloseReason, REFUSALS, type Refusal } from '../protocol/index.ts';

/** Why a socket was refused before its upgrade, or a plain request got no page. */
export type TurnedAway = 'too-many-sockets' | 'too-many-arrivals' | 'too-many-requests' | 'draining';

/** What a client hears as `server-busy` and is no fault of the store's: whoever runs the server has another thing to do. */
export type BusyWith = 'too-many-openings' | 'no-turn-secret';

/** Why a socket is over: our reason, or `gone` where its client or the network ended it. */
export type Ended = CloseReason | 'gone';

/**
 * What the server did since its start, as plain numbers: counting costs an addition where it happens, and whoever
 * wants to know (`metrics.ts`) reads them. Totals only; nothing here says whose.
 */
export class Tally {
  stored = 0;
  delivered = 0;
  removed = 0;
  expired = 0;
  passed = 0;
  nobody = 0;
  bytesIn = 0;
  bytesOut = 0;
  turnCredentials = 0;
  readonly refusals: Record<Refusal | BusyWith | TurnedAway, number> = {
    ...zeros(REFUSALS),
    'too-many-openings': 0,
    'no-turn-secret': 0,
    'too-many-sockets': 0,
    'too-many-arrivals': 0,
    'too-many-requests': 0,
    draining: 0,
  };
  readonly closes: Record<Ended, number> = { ...zeros(CLOSE_CODES), gone: 0 };
  readonly #note: (event: 'ended' | 'turned-away', reason: string) => void;

  /** `note` is told of the ends of sockets, for a log that somebody reads line by line. */
  constructor(note: (event: 'ended' | 'turned-away', reason: string) => void = () => {}) {
    this.#note = note;
  }

  ended(reason: Ended): void {
    this.closes[reason]++;
    this.#note('ended', reason);
  }

  turnedAway(reason: TurnedAway): void {
    this.refusals[reason]++;
    this.#note('turned-away', reason);
  }
}

function zeros<Name extends string>(table: Readonly<Record<Name, number>>): Record<Name, number> {
  return Object.fromEntries(Object.keys(table).map((name) => [name, 0])) as Record<Name, number>;
}
