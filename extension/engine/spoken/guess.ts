/**
 * Somebody's invite by three words, accepted (PROTOCOL 7, SPEC 11): the first word leads to a mailbox, the exchange there
 * to an ordinary invite. It lives in memory: who is interrupted asks for new words.
 */
import type { Refusal } from '@aside/signal/protocol';
import {
  askByWords,
  CryptoError,
  decodeWordsMessage,
  encodeWordsMessage,
  mailboxIdOf,
  proveWords,
  randomBytes,
  type ThreeWords,
  takeInvite,
  type WordsAsked,
  type WordsKeys,
  type WordsMessage,
  wipe,
  wordsReplyKey,
} from '@aside/wasm-crypto';
import { BridgeError, type BridgeErrorCode } from '../../bridge/types/errors.ts';
import type { Clock } from '../clock.ts';
import { toHex } from '../encoding.ts';
import type { Acknowledge } from '../mail/mailboxes.ts';
import type { Sockets } from '../mail/sockets.ts';
import { detach } from '../report.ts';

/** How long a server may take to say where the first word leads. Milliseconds. */
const SERVER_PATIENCE = 15_000;
/** How long the inviter's browser may take to answer: it is open, or the words do not work. Milliseconds. */
const ANSWER_PATIENCE = 30_000;

export interface SpokenGuessOptions {
  readonly sockets: Sockets;
  readonly clock: Clock;
  /** Whether a mailbox is where words of mine lead. */
  isMine(mailbox: string): boolean;
}

type Step =
  | { readonly at: 'finding' }
  | {
      readonly at: 'asked';
      readonly target: Uint8Array;
      readonly state: WordsAsked;
      readonly said: Uint8Array;
    }
  | {
      readonly at: 'proven';
      readonly target: Uint8Array;
      readonly keys: WordsKeys;
      readonly said: Uint8Array;
    };

interface Exchange {
  readonly words: ThreeWords;
  readonly server: string;
  /** Where I am answered: a mailbox of my own, or, where I may open none, the one that the inviter made for that. */
  at: 'mine' | 'shared';
  mailbox: string;
  reply: Uint8Array;
  step: Step;
  cancelTimer(): void;
  done(text: string): void;
  failed(error: unknown): void;
}

export class SpokenGuess {
  readonly #options: SpokenGuessOptions;
  /** By my reply mailbox. */
  readonly #exchanges = new Map<string, Exchange>();
  /**
   * Words that were proven in vain. A server that poses as the inviter learns from a proof whether its own guess was
   * right: saying the same words to it again and again would give it more than one.
   */
  readonly #tried = new Set<string>();
  /** The invites of words that are spent, until they are accepted: what went wrong with that may be tried again. */
  readonly #found = new Map<string, string>();

  constructor(options: SpokenGuessOptions) {
    this.#options = options;
  }

  /**
   * The text of the invite that the words stand for at a server. Throws a `BridgeError`: `server-away`,
   * `server-pass-missing`, `words-unknown`, `words-rate`, `words-wrong`, `words-no-answer`, `invite-own`.
   */
  async accept(words: ThreeWords, server: string): Promise<string> {
    const { sockets } = this.#options;
    const name = nameOf(words, server);
    const found = this.#found.get(name);
    if (found !== undefined) return found;
    if (this.#tried.has(name)) throw new BridgeError('words-wrong');
    let exchange: Exchange | undefined;
    try {
      const text = await new Promise<string>((done, failed) => {
        exchange = {
          words,
          server,
          at: 'mine',
          mailbox: '',
          reply: new Uint8Array(0),
          step: { at: 'finding' },
          cancelTimer: sockets.whenAway(server, SERVER_PATIENCE, () =>
            failed(new BridgeError('server-away')),
          ),
          done,
          failed,
        };
        this.#answerAt(exchange, randomBytes(32));
      });
      this.#found.set(name, text);
      return text;
    } finally {
      exchange?.cancelTimer();
      if (exchange?.step.at === 'proven') this.#tried.add(name);
      if (exchange !== undefined) {
        this.#leave(exchange);
        forget(exchange.step);
      }
    }
  }

  /** The invite was accepted that words led to. */
  accepted(words: ThreeWords, server: string): void {
    this.#found.delete(nameOf(words, server));
  }

  #answerAt(exchange: Exchange, key: Uint8Array): void {
    exchange.reply = mailboxIdOf(key);
    exchange.mailbox = toHex(exchange.reply);
    this.#exchanges.set(exchange.mailbox, exchange);
    // Nothing to tell of where it is refused: there may be another.
    this.#options.sockets.to(exchange.server).openMailbox(key, true);
  }

  #leave({ mailbox, server }: Exchange): void {
    this.#exchanges.delete(mailbox);
    this.#options.sockets.to(server).closeMailbox(mailbox);
  }

  owns(mailbox: string): boolean {
    return this.#exchanges.has(mailbox);
  }

  /** My reply mailbox is read from now on, again perhaps: go on with what was lost with the connection. */
  opened(mailbox: string): void {
    const exchange = this.#exchanges.get(mailbox);
    if (exchange === undefined) return;
    if (exchange.step.at === 'finding') detach(this.#find(exchange));
    else this.#say(exchange, exchange.step);
  }

  /** The server opens me no mailbox. */
  shut(mailbox: string): void {
    const exchange = this.#exchanges.get(mailbox);
    if (exchange === undefined) return;
    if (exchange.at === 'mine') detach(this.#share(exchange));
    // The inviter has made none: only a pass helps.
    else exchange.failed(new BridgeError('server-pass-missing'));
  }

  async #share(exchange: Exchange): Promise<void> {
    const { mailbox } = exchange;
    const target = await this.#lookUp(exchange);
    if (target === undefined || exchange.mailbox !== mailbox) return;
    this.#leave(exchange);
    exchange.at = 'shared';
    this.#answerAt(exchange, wordsReplyKey(target));
  }

  async receive(mailbox: string, envelope: Uint8Array, acknowledge: Acknowledge): Promise<void> {
    void acknowledge();
    const exchange = this.#exchanges.get(mailbox);
    if (exchange === undefined) return;
    try {
      this.#take(exchange, decodeWordsMessage(envelope));
    } catch (error) {
      // Only the inviter or the server could write here: something that does not fit is a failed exchange.
      exchange.failed(error instanceof CryptoError ? new BridgeError('words-wrong') : error);
    }
  }

  /** Where the first word leads; `undefined` where that ended the exchange, or the connection went meanwhile. */
  async #lookUp(exchange: Exchange): Promise<Uint8Array | undefined> {
    const { sockets, isMine } = this.#options;
    const [first] = exchange.words;
    const answer = await sockets.to(exchange.server).resolveWord(first);
    // Asked twice over two connections: the first answer counts. None does once the person was told that there is none.
    if (exchange.step.at !== 'finding' || this.#exchanges.get(exchange.mailbox) !== exchange)
      return undefined;
    if (answer.kind === 'refused') exchange.failed(new BridgeError(codeOf(answer.reason)));
    if (answer.kind !== 'found') return undefined;
    if (!isMine(toHex(answer.mailbox))) return answer.mailbox;
    exchange.failed(new BridgeError('invite-own'));
    return undefined;
  }

  async #find(exchange: Exchange): Promise<void> {
    const target = await this.#lookUp(exchange);
    if (target === undefined) return;
    const { state, message } = askByWords({ words: exchange.words, mailbox: target }, exchange.reply);
    this.#become(exchange, { at: 'asked', target, state, said: encodeWordsMessage(message) });
  }

  #take(exchange: Exchange, message: WordsMessage): void {
    const { step } = exchange;
    if (message.kind === 'refusal') throw new CryptoError('forged', 'words');
    if (message.kind === 'answer' && step.at === 'asked') {
      const { state, message: proof } = proveWords(step.state, message);
      forget(step);
      this.#become(exchange, {
        at: 'proven',
        target: step.target,
        keys: state,
        said: encodeWordsMessage(proof),
      });
    } else if (message.kind === 'invite' && step.at === 'proven') {
      exchange.done(takeInvite(step.keys, message));
    }
  }

  #become(exchange: Exchange, step: Exclude<Step, { at: 'finding' }>): void {
    exchange.step = step;
    exchange.cancelTimer();
    const { clock, sockets } = this.#options;
    exchange.cancelTimer = clock.after(ANSWER_PATIENCE, () => {
      // Who cannot hear says nothing about the other's browser.
      const isHeard = sockets.stateOf(exchange.server).state === 'online';
      exchange.failed(new BridgeError(isHeard ? 'words-no-answer' : 'server-away'));
    });
    this.#say(exchange, step);
  }

  #say(exchange: Exchange, step: Exclude<Step, { at: 'finding' }>): void {
    void this.#options.sockets
      .to(exchange.server)
      .store(step.target, step.said)
      .then((answer) => {
        // The words mailbox is gone with its words.
        if (answer.kind === 'refused' && answer.reason === 'mailbox-unknown')
          exchange.failed(new BridgeError('words-unknown'));
      });
  }
}

function nameOf(words: ThreeWords, server: string): string {
  return `${server} ${words.join(' ')}`;
}

/** What a person is told of a word that the server did not look up: only that it leads nowhere speaks against the words. */
function codeOf(reason: Refusal): BridgeErrorCode {
  if (reason === 'word-unknown') return 'words-unknown';
  return reason === 'rate' ? 'words-rate' : 'server-away';
}

/** Overwrites the keys of a step that is over. */
function forget(step: Step): void {
  if (step.at === 'asked') wipe(step.state.scalar);
  else if (step.at === 'proven') wipe(step.keys.proof, step.keys.seal);
}
