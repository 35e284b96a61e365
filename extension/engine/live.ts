/**
 * The live side of every contact: a link each, fed by live envelopes that are sealed under keys of the session
 * (PROTOCOL 4), so that a server learns neither addresses nor fingerprints and can invent none.
 */

import type { TurnCredentials } from '@aside/signal/protocol';
import { compareIdentities, type Identity, openLive, sealLive, wipe } from '@aside/wasm-crypto';
import type { ConnectionView, Settings } from '../bridge/types/snapshots.ts';
import type { Clock } from './clock.ts';
import { Link } from './connections/link.ts';
import type { Peer, PeerOptions } from './connections/peer.ts';
import { decodeSignal } from './connections/signals.ts';
import type { Contact, Contacts } from './contacts.ts';
import { addressView } from './hiding.ts';
import type { Answer } from './mail/requests.ts';

export interface LiveOptions {
  readonly contacts: Contacts;
  readonly clock: Clock;
  me(): Identity;
  /** Who may be connected to me directly. */
  direct(): Settings['direct'];
  turn(contact: Contact): Promise<TurnCredentials | undefined>;
  pass(contact: Contact, envelope: Uint8Array): Promise<Answer>;
  /** An envelope came over the connection. */
  envelope(contactId: string, envelope: Uint8Array): void;
  changed(contactId: string): void;
  connected(contactId: string): void;
  disconnected(contactId: string): void;
  /** Makes connections; where there is no WebRTC, tests bring their own. */
  readonly makePeer?: (options: PeerOptions) => Peer;
}

export class Live {
  readonly #options: LiveOptions;
  readonly #links = new Map<string, { readonly link: Link; open: boolean }>();
  /** Contacts whose connection is built anew in a while. */
  readonly #rebuilding = new Set<string>();

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  isOpen(contactId: string): boolean {
    return this.#links.get(contactId)?.link.isOpen ?? false;
  }

  /** Only a relay may be used for this contact, and no server of mine has one. */
  lacksRelay(contactId: string): boolean {
    return this.#links.get(contactId)?.link.lacksRelay ?? false;
  }

  view(contactId: string): ConnectionView | undefined {
    return this.#links.get(contactId)?.link.view;
  }

  want(contactId: string, wanted: boolean): void {
    if (wanted) {
      if (!this.#isBlocked(contactId)) this.#link(contactId).want(true);
    } else this.#links.get(contactId)?.link.want(false);
  }

  /** A connection would tell my address to a key that nobody has said yes to, or show one where another is meant. */
  #isBlocked(contactId: string): boolean {
    return this.#options.contacts.isDisputed(contactId);
  }

  encourage(contactId: string): void {
    this.#links.get(contactId)?.link.encourage();
  }

  rebuild(contactId: string): void {
    this.#links.get(contactId)?.link.rebuild();
  }

  /** Builds a connection anew after so many milliseconds, once for all who ask for it until then. */
  rebuildAfter(contactId: string, milliseconds: number): void {
    if (this.#rebuilding.has(contactId)) return;
    this.#rebuilding.add(contactId);
    this.#options.clock.after(milliseconds, () => {
      this.#rebuilding.delete(contactId);
      this.rebuild(contactId);
    });
  }

  rebuildAll(): void {
    for (const { link } of this.#links.values()) link.rebuild();
  }

  async send(contactId: string, envelope: Uint8Array): Promise<boolean> {
    return (await this.#links.get(contactId)?.link.send(envelope)) ?? false;
  }

  ping(contactId: string): Promise<number | undefined> {
    return this.#links.get(contactId)?.link.ping() ?? Promise.resolve(undefined);
  }

  /** Takes a live envelope from a contact's mailbox; what does not open is nobody's loss. Returns whether it did. */
  receive(contact: Contact, envelope: Uint8Array): boolean {
    if (this.#isBlocked(contact.id)) return false;
    let opened: ReturnType<typeof openLive>;
    try {
      opened = openLive(contact.session, contact.liveWindow, envelope);
    } catch {
      return false;
    }
    contact.liveWindow = opened.window;
    const signal = decodeSignal(opened.plaintext);
    wipe(opened.plaintext);
    if (signal !== undefined) this.#link(contact.id).receive(opened.attempt, signal);
    return true;
  }

  end(contactId: string): void {
    this.#links.get(contactId)?.link.end();
    this.#links.delete(contactId);
  }

  #link(contactId: string): Link {
    const known = this.#links.get(contactId);
    if (known !== undefined) return known.link;
    const { contacts, clock, me, direct, turn, pass, envelope, changed, connected, disconnected } =
      this.#options;
    const contact = contacts.get(contactId);
    const link = new Link({
      ...(this.#options.makePeer === undefined ? {} : { makePeer: this.#options.makePeer }),
      clock,
      polite: compareIdentities(me(), contact.peer) < 0,
      lastAttempt: contact.attempt,
      attempted: (attempt) => {
        contact.attempt = attempt;
      },
      relayOnly: () => addressView(direct(), contact.row.direct) !== 'shown',
      turn: () => turn(contact),
      pass: async (attempt, payload) => {
        const counter = contact.liveCounter++;
        const envelope = sealLive(contact.session, { attempt, counter }, payload);
        wipe(payload);
        const answer = await pass(contact, envelope);
        if (answer.kind !== 'done') return 'unsent';
        return answer.outcome === 'passed' ? 'passed' : 'nobody';
      },
      envelope: (bytes) => envelope(contactId, bytes),
      changed: () => {
        const entry = this.#links.get(contactId);
        if (entry !== undefined && entry.open !== link.isOpen) {
          entry.open = link.isOpen;
          if (entry.open) connected(contactId);
          else disconnected(contactId);
        }
        changed(contactId);
      },
    });
    this.#links.set(contactId, { link, open: false });
    return link;
  }
}
