import { steadyClock } from '../../clock.ts';
import { SignalError } from '../../error.ts';
import { requireDurable } from './durable.ts';
import { InTurn } from './in-turn.ts';
import { type Access, type Address, connectLink, type Link, type Reply } from './redis-link.ts';
import { messageOf } from './replies.ts';
import { SCRIPTS, type Script } from './scripts.ts';
import { SLOTS, slotOf } from './slot.ts';
import { askTopology, isPrimary, keyOf, type Topology } from './topology.ts';

export interface FleetOptions {
  /** One or more processes of it; the others are found. */
  readonly seeds: readonly Address[];
  readonly access: Access;
  /** Where this node hears from others. */
  readonly channel: string;
  readonly message: (message: Buffer) => void;
  /** Everything answers again, and messages come: whatever was published before was missed. */
  readonly back: () => void;
  /** For the log: something that an operator has to see to. */
  readonly failed: (cause: unknown) => void;
}

/** How often everything is looked after, and asked whether it lives. Milliseconds. */
const LOOK_EVERY_MS = 1000;

/** Without an answer for so long nothing is promised any more. Seconds. */
const MOST_SILENT = 2;

/** A start waits for Redis so long. Milliseconds. */
const PATIENCE_MS = 15_000;

/** Redirections that one command follows: more is a cluster at odds with itself. */
const MOST_REDIRECTIONS = 4;

/** Between two looks at a slot that is on its way from one process to another. Milliseconds. */
const TRY_AGAIN_MS = 50;

/** Bytes that may wait for one process's answers: memory that a slow Redis can make this node hold. */
const MOST_UNANSWERED = 64 * 1024 * 1024;

/** Whether Redis does not know a script by its name. Nothing was done then. */
const isUnknown = (error: unknown): boolean => messageOf(error).startsWith('NOSCRIPT');

interface Member {
  readonly link: Link;
  readonly scripts: InTurn;
  /** `new`: connected, and not yet known to be durable. */
  state: 'away' | 'new' | 'ready';
  asked: boolean;
}

/** The connection that hears what other nodes publish. */
interface Ear {
  readonly link: Link;
  heard: 'nothing' | 'everything';
}

/** All processes of one Redis: a single one, or a cluster's masters. Finds them, watches them, and knows which to ask. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #members = new Map<string, Member>();
  #topology: Topology = { masters: [], ofSlot: new Int16Array(SLOTS).fill(-1), all: [] };
  #ear: Ear | undefined;
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ready = false;
  #closed = false;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Resolves when everything answers. Rejects with SignalError `bad-store` if it can't be used, or is not there. */
  async start(): Promise<void> {
    const deadline = steadyClock() + PATIENCE_MS;
    let last: unknown;
    for (;;) {
      await this.#look((cause) => {
        last = cause;
      });
      if (this.#ready) break;
      if (last instanceof SignalError) throw last;
      if (steadyClock() > deadline) {
        throw new SignalError('bad-store', 'Redis does not answer', { cause: last });
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    this.#timer = setInterval(() => {
      // Before looking, which may wait for one that does not answer.
      this.#settle();
      void this.#look(this.#options.failed);
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Whether every process answers, durably, and messages come. */
  get ready(): boolean {
    return this.#ready;
  }

  /** The masters that answer. */
  get links(): readonly Link[] {
    return [...this.#members.values()].filter(({ state }) => state === 'ready').map(({ link }) => link);
  }

  /**
   * Runs a script on the mailbox that its first key names. Commands of one mailbox keep their order, also where somebody
   * empties what Redis knows of scripts (but for the moment in which another node teaches it anew).
   */
  async run(script: Script, key: string, ...args: readonly (string | Buffer)[]): Promise<Reply> {
    const rest = [String(script.keys), key, ...args];
    return this.#memberOf(slotOf(key)).scripts.run(
      () => this.send(key, 'EVALSHA', script.sha, ...rest),
      () => this.send(key, 'EVAL', script.text, ...rest),
    );
  }

  /** Sends a command to whoever has the slot of `key`. */
  async send(key: string, command: string, ...args: readonly (string | Buffer)[]): Promise<Reply> {
    const slot = slotOf(key);
    let to = this.#memberOf(slot).link;
    for (let redirections = 0; ; redirections++) {
      try {
        return await to.send(command, ...args);
      } catch (error) {
        const [word = '', , where = ''] = messageOf(error).split(' ');
        // Nothing was done in these cases, so that doing it is not doing it twice.
        if (redirections >= MOST_REDIRECTIONS) throw error;
        if (word === 'MOVED') {
          await this.#look();
          to = this.#memberOf(slot).link;
        } else if (word === 'ASK') {
          const member = this.#memberAt(where);
          if (member === undefined) throw error;
          to = member.link;
          void to.send('ASKING').catch(() => {});
        } else if (word === 'TRYAGAIN') {
          await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
        } else {
          // A primary that became a replica: the next look finds whoever took over, or the address leads there.
          if (word === 'READONLY') to.reset();
          throw error;
        }
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#ready = false;
    clearInterval(this.#timer);
    for (const { link } of this.#members.values()) link.close();
    this.#ear?.link.close();
  }

  #memberOf(slot: number): Member {
    const address = this.#topology.masters[this.#topology.ofSlot[slot] ?? -1];
    const member = address && this.#members.get(keyOf(address));
    if (member === undefined || member.state !== 'ready' || member.link.unanswered > MOST_UNANSWERED) {
      throw new SignalError('store-busy', 'Redis does not answer for this mailbox');
    }
    return member;
  }

  #memberAt(where: string): Member | undefined {
    const colon = where.lastIndexOf(':');
    const member = this.#members.get(
      keyOf({ host: where.slice(0, colon), port: Number(where.slice(colon + 1)) }),
    );
    return member?.state === 'ready' ? member : undefined;
  }

  /** One look at everything; those that ask meanwhile get the same one. */
  #look(failed: (cause: unknown) => void = () => {}): Promise<void> {
    this.#looking ??= this.#lookOnce(failed).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookOnce(failed: (cause: unknown) => void): Promise<void> {
    try {
      await this.#find();
      await Promise.all([...this.#members.values()].map((member) => this.#prepare(member)));
      await this.#listen();
    } catch (cause) {
      if (!this.#closed) failed(cause);
    }
    this.#settle();
  }

  /** Learns who the masters are, from anybody who answers, and connects to those that are new. */
  async #find(): Promise<void> {
    let found: Topology | undefined;
    for (const { link } of this.#members.values()) {
      if (!link.connected) continue;
      found = await askTopology(link).catch(() => undefined);
      if (found !== undefined && found.masters.length > 0) break;
    }
    if (found === undefined || found.masters.length === 0) {
      for (const address of [...this.#options.seeds, ...this.#topology.all]) await this.#join(address);
      return;
    }
    this.#topology = found;
    const wanted = new Set(found.masters.map(keyOf));
    await Promise.all(found.masters.map((address) => this.#join(address)));
    for (const [key, { link }] of this.#members) {
      if (wanted.has(key)) continue;
      this.#members.delete(key);
      link.close();
    }
  }

  /** Resolves when the connection stands, or a moment later. */
  #join(address: Address): Promise<void> {
    const key = keyOf(address);
    if (this.#closed || this.#members.has(key)) return Promise.resolve();
    return new Promise((resolve) => {
      const patience = setTimeout(resolve, LOOK_EVERY_MS);
      const link = connectLink(address, this.#options.access, {
        connected: () => {
          member.state = 'new';
          clearTimeout(patience);
          resolve();
        },
        gone: () => {
          member.state = 'away';
          this.#settle();
        },
        message: () => {},
      });
      const member: Member = {
        link,
        scripts: new InTurn(isUnknown),
        state: 'away',
        asked: false,
      };
      this.#members.set(key, member);
    });
  }

  /** Asks whether it lives, as a primary; of a new connection also whether it is durable, and gives it the scripts. */
  async #prepare(member: Member): Promise<void> {
    const { link } = member;
    if (member.state === 'new') {
      await requireDurable(link);
      if (!(await isPrimary(link))) {
        const demoted = this.#wasDemoted(member);
        if (demoted !== undefined) throw demoted;
        return;
      }
      await Promise.all(Object.values(SCRIPTS).map(({ text }) => link.send('SCRIPT', 'LOAD', text)));
      if (!link.connected) return;
      member.state = 'ready';
    } else if (member.state === 'ready' && !member.asked) {
      member.asked = true;
      isPrimary(link).then(
        (primary) => {
          member.asked = false;
          if (primary) return;
          const demoted = this.#wasDemoted(member);
          if (demoted !== undefined) this.#options.failed(demoted);
        },
        () => {
          member.asked = false;
        },
      );
    }
  }

  /**
   * What to say of a replica that was taken for a primary. Its address may have come to mean another one, which a
   * connection that stands does not show: all of them are made anew. A cluster's others are replicas by right.
   */
  #wasDemoted({ link }: Member): SignalError | undefined {
    const key = keyOf(link.address);
    if (!this.#topology.masters.some((address) => keyOf(address) === key)) return undefined;
    link.reset();
    if (this.#ear !== undefined && keyOf(this.#ear.link.address) === key) this.#ear.link.reset();
    const { host, port } = link.address;
    return new SignalError(
      'bad-store',
      `Redis at ${host}:${port} is a replica, and servers need the primary`,
    );
  }

  /** Subscribes to this node's channel where it lies now. */
  async #listen(): Promise<void> {
    const { channel, access, message } = this.#options;
    const address = this.#topology.masters[this.#topology.ofSlot[slotOf(channel)] ?? -1];
    if (address === undefined || this.#closed) return;
    if (this.#ear !== undefined && keyOf(this.#ear.link.address) !== keyOf(address)) {
      this.#ear.link.close();
      this.#ear = undefined;
    }
    if (this.#ear === undefined) {
      await new Promise<void>((resolve) => {
        const patience = setTimeout(resolve, LOOK_EVERY_MS);
        const link = connectLink(address, access, {
          connected: () => {
            clearTimeout(patience);
            resolve();
          },
          gone: () => {
            ear.heard = 'nothing';
            this.#settle();
          },
          message,
        });
        const ear: Ear = { link, heard: 'nothing' };
        this.#ear = ear;
      });
    }
    const ear = this.#ear;
    if (ear?.link.connected !== true) return;
    if (ear.heard === 'everything') {
      // Nobody may have anything to say: an answer that is due is how a dead connection shows.
      ear.link.send('PING').catch(() => {});
      return;
    }
    await ear.link.subscribe(channel);
    ear.heard = 'everything';
  }

  /** Says `back` when everything answers again. */
  #settle(): void {
    const { masters, ofSlot } = this.#topology;
    const answers = (address: Address) => {
      const member = this.#members.get(keyOf(address));
      return member?.state === 'ready' && member.link.silent <= MOST_SILENT;
    };
    const ready =
      !this.#closed &&
      masters.length > 0 &&
      !ofSlot.includes(-1) &&
      masters.every(answers) &&
      this.#ear?.heard === 'everything';
    const came = ready && !this.#ready;
    this.#ready = ready;
    if (came) this.#options.back();
  }
}
