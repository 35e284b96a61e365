/** Somebody with a program of their own who tries words: the exchange by hand over a socket of the engine's. */
import {
  askByWords,
  decodeWordsMessage,
  encodeWordsMessage,
  mailboxIdOf,
  proveWords,
  randomBytes,
  type ThreeWords,
  type WordsAsked,
  type WordsMessage,
} from '@aside/wasm-crypto';
import { loadCrypto } from '@aside/wasm-crypto/testing';
import { WebSocket as NodeWebSocket } from 'ws';
import { systemClock } from '../clock.ts';
import { SignalSocket } from '../mail/socket.ts';

export class Stranger {
  readonly #key = randomBytes(32);
  readonly #messages: WordsMessage[] = [];
  readonly #socket: SignalSocket;
  #changed: () => void = () => {};
  #target = new Uint8Array(0);
  #asked: WordsAsked | undefined;

  private constructor(url: string, opened: () => void) {
    this.#socket = new SignalSocket(
      url.replace(/^ws/, 'http').replace(/\/v1$/, ''),
      {
        state: () => {},
        opened,
        envelope: (_mailbox, envelope) => {
          this.#messages.push(decodeWordsMessage(envelope));
          this.#changed();
        },
        live: () => {},
        taken: () => {},
        shut: () => {},
      },
      systemClock,
      (address, subprotocol) => new NodeWebSocket(address, subprotocol) as unknown as WebSocket,
    );
    this.#socket.start();
    this.#socket.openMailbox(this.#key);
  }

  static async at(url: string): Promise<Stranger> {
    await loadCrypto();
    return new Promise((resolve) => {
      const stranger: Stranger = new Stranger(url, () => resolve(stranger));
    });
  }

  stop(): void {
    this.#socket.stop();
  }

  /** Begins with three words; resolves when the other side has answered. Rejects with a refusal's reason. */
  async ask(words: ThreeWords, answer: WordsMessage['kind'] = 'answer'): Promise<void> {
    const target = await this.#find(words);
    const { state, message } = askByWords({ words, mailbox: target }, mailboxIdOf(this.#key));
    this.#asked = state;
    await this.#socket.store(target, encodeWordsMessage(message));
    await this.heard(answer);
  }

  /** Writes what is no message there, and a share that is no point. */
  async noise(words: ThreeWords): Promise<void> {
    const target = await this.#find(words);
    await this.#socket.store(target, new Uint8Array(50));
    const reply = mailboxIdOf(this.#key);
    const bad = encodeWordsMessage({ kind: 'ask', share: new Uint8Array(32).fill(255), reply });
    await this.#socket.store(target, bad);
    await this.#socket.store(target, encodeWordsMessage({ kind: 'proof', tag: new Uint8Array(32) }));
  }

  /** Proves the words that were asked with. */
  prove(): void {
    const answer = this.#messages.find((message) => message.kind === 'answer');
    if (answer?.kind !== 'answer' || this.#asked === undefined) throw new Error('no answer yet');
    void this.#socket.store(this.#target, encodeWordsMessage(proveWords(this.#asked, answer).message));
  }

  /** The first message of a kind. */
  async heard(kind: WordsMessage['kind']): Promise<WordsMessage> {
    for (;;) {
      const found = this.#messages.find((message) => message.kind === kind);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  async #find([word]: ThreeWords): Promise<Uint8Array> {
    const found = await this.#socket.resolveWord(word);
    if (found.kind === 'refused') throw new Error(found.reason);
    if (found.kind !== 'found') throw new Error(found.kind);
    this.#target = found.mailbox.slice();
    return found.mailbox;
  }
}
