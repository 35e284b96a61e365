/**
 * Mailboxes that change hands: an inviter puts a bundle there and lets go, an accepter takes it out (PROTOCOL 2). Who
 * opens one takes it from whoever has it open, so that two who meet there take turns.
 */
import { mailboxIdOf } from '@aside/wasm-crypto';
import { BridgeError } from '../bridge/types/errors.ts';
import type { Clock } from './clock.ts';
import { toHex } from './encoding.ts';
import type { Acknowledge } from './mail/mailboxes.ts';
import type { Sockets } from './mail/sockets.ts';

/** How long an accepting person waits for the server before they are told that it can't be reached. */
const SERVER_PATIENCE = 15_000;
/**
 * How long withdrawing or accepting an invite waits until its bundle is gone, so that nobody picks it up in vain; the
 * removal goes on without it. Milliseconds.
 */
export const REMOVAL_PATIENCE = 3000;
/**
 * Where the time for a removal is over already, it is tried for so long all the same: an engine that was stopped may find
 * the server there. Milliseconds.
 */
const REMOVAL_AT_LEAST = 60_000;
/** Two who meet at a rendezvous take turns at this pace. Milliseconds. */
const AGAIN_AFTER = 700;

/** Somebody who waits for what a rendezvous holds. */
export interface Reader {
  opened(waiting: number): void;
  /** Somebody else opened it: another accepter, or whoever empties it. */
  taken(): void;
  envelope(envelope: Uint8Array, acknowledge: Acknowledge): void;
}

export class Rendezvous {
  readonly #sockets: Sockets;
  readonly #clock: Clock;
  readonly #readers = new Map<string, Reader>();

  constructor(sockets: Sockets, clock: Clock) {
    this.#sockets = sockets;
    this.#clock = clock;
  }

  /** Who waits at a mailbox now. */
  reader(mailbox: string): Reader | undefined {
    return this.#readers.get(mailbox);
  }

  /** Opens a rendezvous for a reader, in place of any other. */
  open(server: string, key: Uint8Array, reader: Reader): void {
    this.#readers.set(toHex(mailboxIdOf(key)), reader);
    this.#sockets.to(server).openMailbox(key);
  }

  /** Lets go of a rendezvous, unless somebody else of this engine has it by now. */
  close(server: string, key: Uint8Array, reader: Reader): void {
    const mailbox = toHex(mailboxIdOf(key));
    if (this.#readers.get(mailbox) !== reader) return;
    this.#readers.delete(mailbox);
    this.leave(server, key);
  }

  /** The first envelope that lies at a rendezvous; the mailbox stays open. Throws a `BridgeError` where there is none. */
  async fetch(server: string, key: Uint8Array): Promise<Uint8Array> {
    const mailbox = toHex(mailboxIdOf(key));
    let cancel = () => {};
    try {
      return await new Promise<Uint8Array>((resolve, reject) => {
        cancel = this.#sockets.whenAway(server, SERVER_PATIENCE, () =>
          reject(new BridgeError('server-away')),
        );
        this.#readers.set(mailbox, {
          opened: (waiting) => {
            if (waiting === 0) reject(new BridgeError('invite-used-or-withdrawn'));
          },
          taken: () => this.#openAgain(server, key),
          envelope: resolve,
        });
        this.#sockets.to(server).openMailbox(key);
      });
    } catch (error) {
      this.leave(server, key);
      throw error;
    } finally {
      cancel();
      this.#readers.delete(mailbox);
    }
  }

  /**
   * Takes everything out of a mailbox and lets go of it. Waits for the server for so many milliseconds: one that is gone
   * for good gives nothing to anybody either.
   */
  empty(server: string, key: Uint8Array, patience: number): Promise<void> {
    const socket = this.#sockets.to(server);
    const mailbox = toHex(mailboxIdOf(key));
    socket.closeMailbox(mailbox);
    return new Promise((resolve) => {
      let left = 0;
      const done = () => {
        cancel();
        this.close(server, key, reader);
        resolve();
      };
      const cancel = this.#clock.after(Math.max(patience, REMOVAL_AT_LEAST), done);
      const reader: Reader = {
        opened: (waiting) => {
          left = waiting;
          if (left === 0) done();
        },
        taken: () => this.#openAgain(server, key),
        envelope: (_envelope, acknowledge) => {
          void acknowledge().then((answer) => {
            left--;
            if (answer.kind === 'done' && left <= 0) done();
          });
        },
      };
      this.open(server, key, reader);
    });
  }

  /** Opens a rendezvous that somebody else took, once they had time to do what they came for. */
  #openAgain(server: string, key: Uint8Array): void {
    const mailbox = toHex(mailboxIdOf(key));
    this.#sockets.to(server).closeMailbox(mailbox);
    this.#clock.after(AGAIN_AFTER, () => {
      if (this.#readers.has(mailbox)) this.#sockets.to(server).openMailbox(key);
    });
  }

  /** Lets go of a rendezvous. */
  leave(server: string, key: Uint8Array): void {
    this.#sockets.to(server).closeMailbox(toHex(mailboxIdOf(key)));
  }
}
