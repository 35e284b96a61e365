/**
 * My invite by three words (PROTOCOL 7, SPEC 11): the server lends the first, I say all three to somebody, and whoever
 * comes to the words mailbox has one guess at the other two. Right, and they are handed an ordinary invite.
 *
 * All of it is one row, so that a lost connection or a killed browser loses nothing but time: the guess is spent on disk
 * before it is answered, and who asks again gets the same answer.
 */
import {
  answerByWords,
  CryptoError,
  decodeWordsMessage,
  encodeWordsMessage,
  handOverInvite,
  mailboxIdOf,
  randomBytes,
  secretWords,
  type WordsMessage,
  wipe,
  wipeWithin,
  wordsFit,
  wordsReplyKey,
} from '@aside/wasm-crypto';
import { BridgeError } from '../../bridge/types/errors.ts';
import type { SpokenView } from '../../bridge/types/snapshots.ts';
import type { Clock } from '../clock.ts';
import { sameBytes, toHex } from '../encoding.ts';
import type { Invites } from '../invites.ts';
import type { Acknowledge } from '../mail/mailboxes.ts';
import type { Sockets } from '../mail/sockets.ts';
import { detach, report } from '../report.ts';
import type { Database } from '../storage/database.ts';
import type { SpokenRow } from '../storage/rows.ts';
import { Surely } from '../surely.ts';

/** Time to say three words, to find where they are typed, and to type them. The server lends for as long. Milliseconds. */
export const SPOKEN_LIFETIME = 600_000;
/** How long a server may take to lend a word before the person is told that it can't be reached. Milliseconds. */
const SERVER_PATIENCE = 15_000;
/** Somebody who asked proves at once that they have the words, or not at all. Milliseconds. */
const PROOF_PATIENCE = 60_000;
/** What the disk does not take is tried again after this: whoever asked waits for half a minute. Milliseconds. */
const TRY_AGAIN = 2000;
/** There is one at a time: who says two triples of words mixes them up. */
const KEY = 'mine';

export interface SpokenOfferOptions {
  readonly database: Database;
  readonly sockets: Sockets;
  readonly invites: Invites;
  readonly clock: Clock;
  server(): string;
  /** Whether I have a pass for a server, so that whom I invite may have none. */
  invitesGuests(server: string): boolean;
  changed(): void;
  /** The one guess was spent in vain: said once, when it is safe on disk. */
  failed(): void;
  /** Words that failed were looked at, or others stand in their place: it is no news any more. */
  failureSeen(): void;
}

interface Asking {
  readonly server: string;
  readonly mailboxKey: Uint8Array;
  readonly mailbox: string;
  /** Where whoever may open no mailbox of their own is answered (SPEC 11.1), which is registered before the words are said. */
  readonly room: { readonly key: Uint8Array; readonly mailbox: string } | undefined;
  /** Until that is done. */
  words?: SpokenRow['words'];
  /** The connection over which the word was lent is gone, and the word with it. */
  isGivenBack?: boolean;
  done(words: SpokenRow['words']): void;
  failed(error: BridgeError): void;
}

export class SpokenOffer {
  readonly #options: SpokenOfferOptions;
  #row: SpokenRow | undefined;
  #mailbox: string | undefined;
  /** While the server is asked for a word. */
  #asking: Asking | undefined;
  #turn: Promise<void> = Promise.resolve();
  #cancelTimer: () => void = () => {};
  /** Nobody waits for the words any more that are left. */
  #whenLeft: () => void = () => {};
  readonly #surely: Surely;

  constructor(options: SpokenOfferOptions) {
    this.#options = options;
    this.#surely = new Surely(options.clock);
  }

  async load(): Promise<void> {
    const row = await this.#options.database.read(['spoken'], (tx) => tx.get('spoken', KEY));
    if (row !== undefined) this.#hold(row);
  }

  start(): void {
    const row = this.#row;
    if (row === undefined || row.step.at === 'failed' || row.step.at === 'lapsed') return;
    this.#options.sockets.to(row.server).openMailbox(row.mailboxKey);
    this.#watchTime(row);
    // A stop between the end of their invite and theirs.
    this.inviteChanged();
  }

  stop(): void {
    this.#cancelTimer();
  }

  /** Overwrites the keys of the words. Once nothing is under way any more, and nothing comes after it. */
  wipe(): void {
    wipeWithin(this.#row);
  }

  view(): SpokenView | undefined {
    if (this.#row === undefined) return undefined;
    const { id, words, server, expiresAt, contact, step } = this.#row;
    return {
      id,
      words,
      server,
      expiresAt,
      state: step.at,
      ...(contact === undefined ? {} : { contactId: contact }),
    };
  }

  /** Whether a mailbox is where my words lead. */
  owns(mailbox: string): boolean {
    return [this.#mailbox, this.#asking?.mailbox, this.#asking?.room?.mailbox].includes(mailbox);
  }

  /**
   * Asks the server for a word and draws two more, which then take the place of the words before; to connect with a
   * contact again where there is one. Throws a `BridgeError`: `server-away`, `server-pass-missing` or
   * `server-pass-refused`, or `words-limit` where no word is to be had; and what the disk has against it.
   */
  async create(contact?: string): Promise<string> {
    // Whoever asks for others has seen what became of these.
    if (this.#row?.step.at === 'failed') this.#options.failureSeen();
    const { clock, sockets, database, changed } = this.#options;
    const server = this.#options.server();
    const mailboxKey = randomBytes(32);
    const mailbox = toHex(mailboxIdOf(mailboxKey));
    const room = this.#options.invitesGuests(server) ? roomFor(mailboxKey) : undefined;
    this.#asking?.failed(new BridgeError('words-limit'));
    let cancelWait = () => {};
    let asking: Asking | undefined;
    try {
      const words = await new Promise<SpokenRow['words']>((done, failed) => {
        asking = { server, mailboxKey, mailbox, room, done, failed };
        this.#asking = asking;
        cancelWait = sockets.whenAway(server, SERVER_PATIENCE, () => failed(new BridgeError('server-away')));
        sockets.to(server).openMailbox(mailboxKey);
      }).finally(() => {
        cancelWait();
        if (room !== undefined) sockets.to(server).closeMailbox(room.mailbox);
      });
      const row: SpokenRow = {
        id: toHex(randomBytes(16)),
        words,
        server,
        mailboxKey,
        expiresAt: clock.now() + SPOKEN_LIFETIME,
        ...(contact === undefined ? {} : { contact }),
        step: { at: 'open' },
      };
      // Words that the disk knows nothing of let nobody in: nobody is to see them.
      await database.write(['spoken'], async (tx) => tx.put('spoken', KEY, row));
      if (this.#row !== undefined) this.#forget(this.#row);
      this.#hold(row);
      this.#watchTime(row);
      if (asking?.isGivenBack) detach(this.#keepWord(row));
      changed();
      return row.id;
    } catch (error) {
      sockets.to(server).closeMailbox(mailbox);
      throw error;
    } finally {
      if (this.#asking?.mailbox === mailbox) this.#asking = undefined;
    }
  }

  /** Takes the words back, or away from the screen where they are over. */
  async cancel(): Promise<void> {
    const row = this.#row;
    if (row === undefined) return;
    await this.#drop(row);
  }

  /** My words mailbox is read from now on, again perhaps: whatever was said to the other side is said again. */
  opened(mailbox: string): void {
    if (mailbox === this.#asking?.mailbox) {
      // Another word would be no word of these: once they are on disk, the one that they have is asked for.
      if (this.#asking.words !== undefined) this.#asking.isGivenBack = true;
      else detach(this.#askForWord(this.#asking));
      return;
    }
    if (this.#asking?.words !== undefined && mailbox === this.#asking.room?.mailbox) {
      this.#asking.done(this.#asking.words);
      return;
    }
    const row = this.#row;
    if (row === undefined) return;
    if (row.step.at === 'open') detach(this.#keepWord(row));
    else this.#say(row);
  }

  /** The server opens me no mailbox: no words can be had there. */
  shut(mailbox: string): void {
    const asking = this.#asking;
    if (asking === undefined || (mailbox !== asking.mailbox && mailbox !== asking.room?.mailbox)) return;
    const hasPass = this.#options.invitesGuests(asking.server);
    asking.failed(new BridgeError(hasPass ? 'server-pass-refused' : 'server-pass-missing'));
  }

  /** One after the other: what one message changes decides what the next one means. */
  receive(mailbox: string, envelope: Uint8Array, acknowledge: Acknowledge): Promise<void> {
    const message = decoded(envelope);
    this.#turn = this.#turn.then(async () => {
      // What is over, or taken back, is nobody's any more.
      while (mailbox === this.#mailbox && this.#row !== undefined) {
        if (message === undefined || (await this.#isTaken(this.#row, message))) {
          void acknowledge();
          return;
        }
        await new Promise<void>((resolve) => this.#options.clock.after(TRY_AGAIN, resolve));
      }
    });
    return this.#turn;
  }

  /** Whether a message has had its effect. Closing the mailbox would give the word back, so it is not delivered again. */
  async #isTaken(row: SpokenRow, message: WordsMessage): Promise<boolean> {
    try {
      await this.#take(row, message);
      return true;
    } catch (error) {
      report(error);
      return false;
    }
  }

  /** An invite of mine is another than before: if it was the one that was handed over, and is over, all is done. */
  inviteChanged(): void {
    const row = this.#row;
    if (row?.step.at !== 'agreed' || this.#options.invites.isUnused(row.step.invite)) return;
    void this.#drop(row);
  }

  async #askForWord(asking: Asking): Promise<void> {
    const socket = this.#options.sockets.to(asking.server);
    const answer = await socket.lendWord(mailboxIdOf(asking.mailboxKey));
    if (answer.kind === 'lent') {
      asking.words = [answer.word, ...secretWords()];
      if (asking.room === undefined) asking.done(asking.words);
      else if (this.#asking === asking) socket.openMailbox(asking.room.key);
    } else if (answer.kind === 'refused') asking.failed(new BridgeError('words-limit'));
  }

  /** After a lost connection the word is still mine, and after a server's restart as good as always. */
  async #keepWord(row: SpokenRow): Promise<void> {
    const [word] = row.words;
    const answer = await this.#options.sockets.to(row.server).lendWord(mailboxIdOf(row.mailboxKey), word);
    if (answer.kind === 'lent' && answer.word !== word) await this.#end(row, 'lapsed');
  }

  async #take(row: SpokenRow, message: WordsMessage): Promise<void> {
    if (message.kind === 'ask') await this.#takeAsk(row, message);
    else if (message.kind === 'proof' && row.step.at === 'guessed')
      await this.#takeProof(row, row.step, message);
  }

  async #takeAsk(row: SpokenRow, ask: Extract<WordsMessage, { kind: 'ask' }>): Promise<void> {
    const { step } = row;
    if (step.at === 'guessed' || step.at === 'agreed') {
      if (sameBytes(step.share, ask.share)) this.#say(row);
      // The one guess is another's: saying so spares them a wait.
      else this.#send(row, ask.reply, encodeWordsMessage({ kind: 'refusal' }));
      return;
    }
    if (step.at !== 'open') return;
    const { words, mailboxKey } = row;
    let answered: ReturnType<typeof answerByWords>;
    try {
      answered = answerByWords({ words, mailbox: mailboxIdOf(mailboxKey) }, ask);
    } catch (error) {
      // No point of the group: nothing that could be right or wrong.
      if (error instanceof CryptoError) return;
      throw error;
    }
    const until = this.#options.clock.now() + PROOF_PATIENCE;
    const answer = encodeWordsMessage(answered.message);
    const { share, reply } = ask;
    const next = await this.#become(row, { at: 'guessed', share, reply, until, answer, ...answered.state });
    if (next === undefined) return;
    this.#watchTime(next);
    this.#say(next);
  }

  async #takeProof(
    row: SpokenRow,
    step: Extract<SpokenRow['step'], { at: 'guessed' }>,
    proof: Extract<WordsMessage, { kind: 'proof' }>,
  ): Promise<void> {
    if (!wordsFit(step, proof)) {
      await this.#refuse(row, step.reply);
      return;
    }
    // Until it works nobody can use it; the proof is not acknowledged before, and comes again after a kill.
    const { invites } = this.#options;
    const { id, text, placed } = await invites.createSpoken(row.id, row.server, row.contact);
    // Other words, and all that is said to them, wait for no server that does not take it.
    const left = new Promise<void>((done) => {
      this.#whenLeft = done;
    });
    if (this.#row === row) await Promise.race([placed, left]);
    const answer = encodeWordsMessage(handOverInvite(step, text));
    const { share, reply } = step;
    let next: SpokenRow | undefined;
    try {
      next = await this.#become(row, { at: 'agreed', share, reply, invite: id, answer });
    } finally {
      // The words were taken back, or their time was over, or the disk was full: nobody gets it.
      if (next === undefined) detach(invites.withdraw(id));
    }
    if (next !== undefined) this.#say(next);
  }

  /** A wrong guess, or one that was begun and not finished: these words are burnt. */
  async #refuse(row: SpokenRow, reply: Uint8Array): Promise<void> {
    // Spent first, said then.
    if ((await this.#become(row, { at: 'failed' })) === undefined) return;
    this.#send(row, reply, encodeWordsMessage({ kind: 'refusal' }));
    this.#leave(row);
    this.#options.failed();
  }

  /** Writes the next step of a row, unless it is not the present one any more: cancelled, or a step further. */
  async #become(before: SpokenRow, step: SpokenRow['step']): Promise<SpokenRow | undefined> {
    if (this.#row !== before) return undefined;
    const row = { ...before, step };
    const stands = await this.#options.database.write(['spoken'], async (tx) => {
      const stored = await tx.get('spoken', KEY);
      wipeWithin(stored);
      if (stored?.id !== row.id || this.#row !== before) return false;
      tx.put('spoken', KEY, row);
      return true;
    });
    if (!stands || this.#row !== before) return undefined;
    this.#hold(row);
    // The disk has the next step, and this one's keys open nothing in it.
    if (before.step.at === 'guessed') wipe(before.step.proof, before.step.seal);
    this.#options.changed();
    return row;
  }

  async #end(before: SpokenRow, at: 'failed' | 'lapsed'): Promise<void> {
    const row = await this.#become(before, { at });
    if (row !== undefined) this.#leave(row);
  }

  #hold(row: SpokenRow): void {
    this.#row = row;
    this.#mailbox = toHex(mailboxIdOf(row.mailboxKey));
  }

  /** Says what the other side is to hear at this step. Lost with the connection, it is said again on the next one. */
  #say(row: SpokenRow): void {
    const { step } = row;
    if (step.at === 'guessed' || step.at === 'agreed') this.#send(row, step.reply, step.answer);
  }

  #send(row: SpokenRow, reply: Uint8Array, envelope: Uint8Array): void {
    void this.#options.sockets.to(row.server).store(reply, envelope);
  }

  /** Gives the word back, which closing its mailbox does. */
  #leave(row: SpokenRow): void {
    this.#cancelTimer();
    this.#whenLeft();
    this.#options.sockets.to(row.server).closeMailbox(toHex(mailboxIdOf(row.mailboxKey)));
  }

  /** Never rejects: a disk that does not take it now takes it later. */
  async #drop(row: SpokenRow): Promise<void> {
    this.#forget(row);
    if (row.step.at === 'failed') this.#options.failureSeen();
    this.#options.changed();
    await this.#surely.do(`dropped ${row.id}`, () =>
      this.#options.database.write(['spoken'], async (tx) => {
        const stored = await tx.get('spoken', KEY);
        wipeWithin(stored);
        // Other words may stand there by now.
        if (stored?.id === row.id) tx.delete('spoken', KEY);
      }),
    );
  }

  #forget(row: SpokenRow): void {
    this.#row = undefined;
    this.#mailbox = undefined;
    this.#leave(row);
  }

  #watchTime(row: SpokenRow): void {
    const { clock } = this.#options;
    const { step, expiresAt } = row;
    const until = step.at === 'guessed' ? Math.min(step.until, expiresAt) : expiresAt;
    this.#cancelTimer();
    const end = () => void this.#surely.do(`over ${row.id}`, () => this.#timeIsOver(row.id));
    this.#cancelTimer = clock.after(Math.max(0, until - clock.now()), end);
  }

  async #timeIsOver(id: string): Promise<void> {
    const row = this.#row;
    if (row?.id !== id) return;
    // Agreed: the invite has a time of its own, and no one waits for words any more.
    if (row.step.at === 'agreed') await this.#drop(row);
    else if (row.step.at === 'guessed') await this.#refuse(row, row.step.reply);
    else if (row.step.at === 'open') await this.#end(row, 'lapsed');
  }
}

function roomFor(mailboxKey: Uint8Array): NonNullable<Asking['room']> {
  const key = wordsReplyKey(mailboxIdOf(mailboxKey));
  return { key, mailbox: toHex(mailboxIdOf(key)) };
}

/** What anybody may have written here: noise is nothing. */
function decoded(envelope: Uint8Array): WordsMessage | undefined {
  try {
    return decodeWordsMessage(envelope);
  } catch (error) {
    if (error instanceof CryptoError) return undefined;
    throw error;
  }
}
