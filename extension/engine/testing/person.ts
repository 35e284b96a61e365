/** A person for tests in Node: a real engine over an in-memory IndexedDB and real sockets, without WebRTC. */
import 'fake-indexeddb/auto';
import { cryptoModule } from '@aside/wasm-crypto/testing';
import { WebSocket as NodeWebSocket } from 'ws';
import type { Badge, News } from '../../bridge/background.ts';
import type {
  AppSnapshot,
  ContactView,
  ConversationSnapshot,
  MessageView,
  Snapshots,
  SpokenView,
  ThreeWords,
  Watch,
} from '../../bridge/types/snapshots.ts';
import type { Clock } from '../clock.ts';
import type { Peer, PeerOptions } from '../connections/peer.ts';
import { Engine } from '../engine.ts';
import type { PassphraseWork } from '../storage/passphrase-work.ts';
import { type Copy, copyOf, putBack } from './copies.ts';
import { quickWork } from './gate.ts';

type Ready = Extract<AppSnapshot, { phase: 'ready' }>;

/** Node has no WebRTC: connections are tried and never come about, so that everything goes through the mailbox. */
export const silentPeer = {
  isOpen: false,
  hasRemote: false,
  accept: async () => 'taken',
  repeat() {},
  close() {},
};

let people = 0;

export class Person {
  readonly name: string;
  readonly news: News[] = [];
  badge: Badge = 0;
  /** Notifications that were taken back one by one, by their tags. */
  readonly dismissed: string[] = [];
  /** How often all notifications were taken back. */
  dismissals = 0;
  reloads = 0;
  work: PassphraseWork = quickWork;
  readonly database: string;
  readonly #server: string;
  /** Which addresses each connection that was tried would have used. */
  readonly peers: ('relay-only' | 'any')[] = [];
  readonly #clock: Clock | undefined;
  /** Connections that a test makes; without it they are tried and never come about. */
  makePeer: ((options: PeerOptions) => Peer) | undefined;
  engine: Engine;

  constructor(name: string, server: string, clock?: Clock) {
    this.name = name;
    this.#clock = clock;
    this.#server = server;
    this.database = `${name}-${process.pid}-${people++}`;
    this.engine = this.#newEngine();
  }

  #newEngine(): Engine {
    return new Engine({
      module: cryptoModule,
      databaseName: this.database,
      passphraseWork: {
        wrap: (masterKey, passphrase) => this.work.wrap(masterKey, passphrase),
        unwrap: (kept, passphrase) => this.work.unwrap(kept, passphrase),
      },
      ...(this.#clock === undefined ? {} : { clock: this.#clock }),
      makePeer: (options) => {
        this.peers.push(options.relayOnly ? 'relay-only' : 'any');
        return this.makePeer?.(options) ?? (silentPeer as unknown as Peer);
      },
      connect: (address, subprotocol) => {
        const socket = new NodeWebSocket(address, subprotocol);
        // A browser's socket that is closed while it connects ends quietly; this one would throw.
        socket.on('error', () => {});
        return socket as unknown as WebSocket;
      },
      shell: {
        badge: (unread) => {
          this.badge = unread;
        },
        notify: (news) => this.news.push(news),
        dismiss: (tag) => this.dismissed.push(tag),
        dismissAll: () => {
          this.dismissals++;
        },
        openAs: () => {},
        reload: () => {
          this.reloads++;
        },
      },
    });
  }

  /** First run. */
  async begin(): Promise<this> {
    await this.engine.start();
    await this.engine.handle({ type: 'begin', name: this.name, server: this.#server });
    return this;
  }

  stop(): void {
    void this.engine.stop();
  }

  /** The same profile in a browser that has just been opened: its engine has not started yet. */
  renew(): void {
    this.engine = this.#newEngine();
  }

  /** The same profile after a restart of the browser. */
  async restart(): Promise<void> {
    this.stop();
    this.renew();
    await this.engine.start();
  }

  /** Everything that lies on this person's disk now. */
  copy(): Promise<Copy> {
    return copyOf(this.database);
  }

  /** The profile is put back to what it was when the copy was made; `meanwhile` happens before it starts. */
  async goBackTo(copy: Copy, meanwhile: () => void = () => {}): Promise<void> {
    this.engine.stop();
    await putBack(this.database, copy);
    meanwhile();
    this.engine = this.#newEngine();
    await this.engine.start();
  }

  /** The first snapshot that satisfies the condition. */
  until<W extends Watch, S extends Snapshots[W['topic']]>(
    watch: W,
    condition: (snapshot: Snapshots[W['topic']]) => snapshot is S,
  ): Promise<S>;
  until<W extends Watch>(
    watch: W,
    condition: (snapshot: Snapshots[W['topic']]) => boolean,
  ): Promise<Snapshots[W['topic']]>;
  until<W extends Watch>(
    watch: W,
    condition: (snapshot: Snapshots[W['topic']]) => boolean,
  ): Promise<Snapshots[W['topic']]> {
    return new Promise((resolve) => {
      const stop = this.engine.watch(watch, (snapshot) => {
        if (!condition(snapshot)) return;
        resolve(snapshot);
        queueMicrotask(() => stop());
      });
    });
  }

  app(condition: (snapshot: Ready) => boolean): Promise<Ready> {
    return this.until({ topic: 'app' }, (s): s is Ready => s.phase === 'ready' && condition(s));
  }

  /** The one contact that satisfies the condition. */
  async contact(condition: (contact: ContactView) => boolean = () => true): Promise<ContactView> {
    const snapshot = await this.app((s) => s.contacts.some(condition));
    return snapshot.contacts.find(condition) as ContactView;
  }

  async invite(): Promise<string> {
    const { inviteId } = await this.engine.handle({ type: 'create-invite' });
    const isOpen = (s: Ready) => s.invites.some(({ id, state }) => id === inviteId && state === 'open');
    const { invites } = await this.app(isOpen);
    return invites.find(({ id }) => id === inviteId)?.link as string;
  }

  async accept(link: string): Promise<string> {
    return (await this.engine.handle({ type: 'accept-invite', text: link })).contactId;
  }

  /** Three words that stand open; with a contact, to connect with them again. */
  async words(contactId?: string): Promise<ThreeWords> {
    const whom = contactId === undefined ? {} : { contactId };
    await this.engine.handle({ type: 'create-words-invite', ...whom });
    return (await this.spoken('open')).words;
  }

  /** My words, once they are in a state. */
  async spoken(state: SpokenView['state']): Promise<SpokenView> {
    return (await this.app(({ spoken }) => spoken?.state === state)).spoken as SpokenView;
  }

  async acceptWords(words: ThreeWords, server?: string): Promise<string> {
    const named = server === undefined ? {} : { server };
    return (await this.engine.handle({ type: 'accept-words', words, ...named })).contactId;
  }

  async send(contactId: string, text: string): Promise<string> {
    return (await this.engine.handle({ type: 'send', contactId, text })).messageId;
  }

  async conversation(
    contactId: string,
    condition: (messages: readonly MessageView[]) => boolean,
  ): Promise<readonly MessageView[]> {
    const isDone = (s: ConversationSnapshot) => condition(s.messages);
    return (await this.until({ topic: 'conversation', contactId, limit: 2000 }, isDone)).messages;
  }
}
