/** One of the two, and what the model knows of them: what they wrote, and what lay on their disk when it was copied. */
import type { MessageView } from '../../../bridge/types/snapshots.ts';
import type { Copy } from '../copies.ts';
import { taken } from '../full-disks.ts';
import type { Person } from '../person.ts';

/** What was written and shown when a copy of a disk or a back-up was made. */
export interface Taken<T> {
  readonly of: T;
  readonly mine: readonly string[];
  readonly shown: readonly string[];
}

export class Side {
  readonly person: Person;
  /** The other, as this one's contact. */
  readonly contactId: string;
  /** Written by a life that still counts, in that order. */
  mine: readonly string[] = [];
  /** Everything that was ever written, also by lives that do not count any more. */
  readonly ever: string[] = [];
  /** Of the other's, what may be gone because this side was put back behind it. */
  readonly mayLack = new Set<string>();
  readonly copies: Taken<Copy>[] = [];
  readonly backUps: Taken<Uint8Array>[] = [];
  wentBack = false;
  #stopLooking: (() => void) | undefined;

  constructor(person: Person, contactId: string) {
    this.person = person;
    this.contactId = contactId;
  }

  async screen(): Promise<readonly MessageView[]> {
    return this.person.conversation(this.contactId, () => true);
  }

  async shown(from: 'me' | 'them'): Promise<string[]> {
    return (await this.screen()).filter((one) => one.from === from).map(({ text }) => text);
  }

  get isLooking(): boolean {
    return this.#stopLooking !== undefined;
  }

  async settings() {
    return (await this.person.app(() => true)).settings;
  }

  async agree(): Promise<void> {
    const { moveTo } = await this.person.contact(({ id }) => id === this.contactId);
    if (moveTo === undefined) return;
    const { server } = moveTo;
    await taken(this.person.engine.handle({ type: 'allow-server', contactId: this.contactId, server }));
  }

  look(at: boolean): void {
    this.#stopLooking?.();
    this.#stopLooking = at
      ? this.person.engine.watch({ topic: 'conversation', contactId: this.contactId, limit: 50 }, () => {})
      : undefined;
  }
}
