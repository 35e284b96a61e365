/** What one person has of another, as the model knows it: whose key it is, what was written and read, what was decided. */

/** A person's identity key, named by who had it and in which of their profiles: `bob/0`. */
export type Key = string;

/** A text that somebody wrote. */
export interface Written {
  readonly by: Key;
  /** What was on their screen when they wrote it. */
  readonly after: readonly string[];
}

/** Who came with another key than was known. */
interface Claimant {
  readonly key: Key;
  readonly digits: string;
  ways: readonly number[];
}

/** Introductions by which two find each other again, of those that their rows remember. */
const WAYS_MAX = 3;

export class Bond {
  /** Whose key it is. */
  key: Key;
  /** Unknown while the other's handshake is under way. */
  contactId: string | undefined;
  /** The safety number, by which the product's contact is known. */
  digits: string;
  /** Who came with another key and is undecided about, the last at the end, with their safety numbers. */
  claimants: Claimant[] = [];
  /** The invites by which the two met, the last of them first. */
  ways: readonly number[] = [];
  /** One of the two was put back to a copy. */
  wentBack = false;
  /** Whose words may stand in this conversation. */
  readonly voices: Set<Key>;
  /** My texts, in the order of my screen. */
  mine: string[] = [];
  /** My texts that were for a key that is gone, and were not delivered to it. */
  readonly failed = new Set<string>();
  /** Their texts that were ever seen here: none goes away. */
  readonly shown = new Set<string>();
  /** Their texts that were on the screen when it was read, up to where it was. */
  read: ReadonlySet<string> = new Set();
  /** The last message that was on the screen. */
  readTo: string | undefined;
  draft = '';
  alias: string | undefined;
  /** My statement as they were sent it last; `undefined` where they may know one of which this bond knows nothing. */
  attached: string | undefined = '';
  compared: Key | undefined;
  /** How often the key changed, as the person decided. */
  changes = 0;
  /** Neither was this removed on either side, nor did a key change: the two screens are one. */
  isWhole = true;
  stopLooking: (() => void) | undefined;

  constructor(key: Key, digits: string, contactId?: string) {
    this.key = key;
    this.digits = digits;
    this.contactId = contactId;
    this.voices = new Set([key]);
  }

  /** As it is now, for when the profile is put back to this moment. */
  copy(): Bond {
    const copy = new Bond(this.key, this.digits, this.contactId);
    Object.assign(copy, this, {
      claimants: this.claimants.map((one) => ({ ...one })),
      voices: new Set(this.voices),
      mine: [...this.mine],
      failed: new Set(this.failed),
      shown: new Set(this.shown),
      stopLooking: undefined,
    });
    return copy;
  }

  /** The two met by an invite, once more perhaps. */
  met(key: Key, way: number): void {
    const whose = this.key === key ? this : this.claimants.find((one) => one.key === key);
    if (whose !== undefined) whose.ways = [way, ...whose.ways].slice(0, WAYS_MAX);
  }

  /** Whether a profile that was put back finds the other by one of their introductions. */
  finds(other: Bond, key: Key): boolean {
    const theirs = other.key === key ? other : other.claimants.find((one) => one.key === key);
    return this.ways.some((way) => theirs?.ways.includes(way));
  }

  /** Whether what this key writes comes here. */
  hears(key: Key): boolean {
    return this.key === key || this.claimants.some((one) => one.key === key);
  }

  get trust(): 'introduced' | 'compared' | 'changed' | 'new-key' {
    if (this.claimants.length > 0) return 'changed';
    if (this.compared === this.key) return 'compared';
    return this.changes > 0 ? 'new-key' : 'introduced';
  }

  look(at: (() => void) | undefined): void {
    this.stopLooking?.();
    this.stopLooking = at;
  }

  /** The last claimant becomes the contact. */
  goOn(compared: boolean, undelivered: readonly string[]): void {
    const chosen = this.claimants.at(-1);
    if (chosen === undefined) return;
    this.changes += this.claimants.length;
    this.claimants = [];
    this.key = chosen.key;
    this.digits = chosen.digits;
    this.ways = chosen.ways;
    this.compared = compared ? chosen.key : undefined;
    this.attached = '';
    for (const text of undelivered) this.failed.add(text);
    this.isWhole = false;
  }
}

/** An invite by link. */
export interface Link {
  readonly id: string;
  readonly text: string;
  /** Whose it is. */
  readonly maker: Key;
  /** Whom it is to connect again: a contact of the maker's. */
  readonly for: string | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** `forgotten`: its maker's profile was put back to before it. */
  state: 'open' | 'used' | 'withdrawn' | 'forgotten';
}
