/** What one person has of another, as the model knows it: whose key it is, what was written and read, what was decided. */

/** A person's identity key, named by who had it and in which of their profiles: `bob/0`. */
export type Key = string;

/** A text that somebody wrote. */
export interface Written {
  readonly by: Key;
  /** What was on their screen when they wrote it. */
  readonly after: readonly string[];
}

export class Bond {
  /** Whose key it is. */
  key: Key;
  /** Unknown while the other's handshake is under way. */
  contactId: string | undefined;
  /** The safety number, by which the product's contact is known. */
  digits: string;
  /** Who came with another key and is undecided about, the last at the end, with their safety numbers. */
  claimants: { readonly key: Key; readonly digits: string }[] = [];
  /** Whose words may stand in this conversation. */
  readonly voices: Set<Key>;
  /** My texts, in the order of my screen. */
  mine: string[] = [];
  /** My texts that were for a key that is gone, and were not delivered to it. */
  readonly failed = new Set<string>();
  /** Their texts that were ever seen here: none goes away. */
  readonly shown = new Set<string>();
  /** Their texts that were on the screen when it was read last. */
  read: ReadonlySet<string> = new Set();
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
  /** Whom it is to connect again. */
  readonly for: Bond | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  state: 'open' | 'used' | 'withdrawn';
}
