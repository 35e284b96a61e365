import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CHANNEL, type Door, ENGINE_DOOR, ENGINE_LOCK, type Message, viewLock } from './channel.ts';
import { createClient } from './client.ts';
import { readIncoming } from './incoming.ts';
import { type Served, serve } from './server.ts';
import { BACKUP_HEAD_BYTES, BACKUP_PART_BYTES } from './types/bounds.ts';
import type { Command } from './types/commands.ts';
import type { EngineClient } from './types/engine-client.ts';
import { BridgeError } from './types/errors.ts';
import type { AppSnapshot, Watch } from './types/snapshots.ts';

/** Web Locks, as far as the bridge goes: granted in order, held as long as the callback's promise. */
class Locks {
  readonly #tails = new Map<string, Promise<unknown>>();
  readonly #ends = new Map<string, () => void>();

  request(name: string, first: unknown, second?: unknown): Promise<unknown> {
    const callback = (second ?? first) as () => unknown;
    const before = this.#tails.get(name) ?? Promise.resolve();
    const held = before.then(() => {
      const ended = new Promise<void>((end) => this.#ends.set(name, end));
      return Promise.race([callback(), ended]);
    });
    this.#tails.set(name, held);
    return held;
  }

  /** The page that holds a lock ends. */
  end(name: string): void {
    this.#ends.get(name)?.();
  }
}

class FakeEngine implements Served {
  readonly handled: Command[] = [];
  readonly counts: number[] = [];
  readonly watches: { readonly watch: Watch; tell(snapshot: AppSnapshot): void; stopped: boolean }[] = [];
  answer: (command: Command) => Promise<Record<string, never>> = async () => ({});

  handle(command: Command): Promise<Record<string, never>> {
    this.handled.push(command);
    return this.answer(command);
  }
  watch(watch: Watch, tell: (snapshot: AppSnapshot) => void): () => void {
    const entry = { watch, tell, stopped: false };
    this.watches.push(entry);
    return () => {
      entry.stopped = true;
    };
  }
  viewsOpen(count: number): void {
    this.counts.push(count);
  }
  updates = 0;
  updateAvailable(): void {
    this.updates++;
  }
}

/** A page of the extension. */
class Page {
  readonly channels: BroadcastChannel[] = [];
  /** What the engine that runs there gives to others, if one does. */
  door: Door | undefined;
  #ended = false;

  /** Its window, as another page of the extension has it. */
  get window(): Window {
    const { door } = this;
    const hear: Door['hear'] = (said, back) => {
      if (this.#ended) throw new TypeError("can't access dead object");
      door?.hear(said, back);
    };
    return { [ENGINE_DOOR]: door && { engine: door.engine, hear } } as unknown as Window;
  }

  end(): void {
    this.#ended = true;
    for (const channel of this.channels) channel.close();
  }
}

let locks: Locks;
let pages: Page[];
/** The pages of engines that a view's browser tells it of. */
let told: Page[] | undefined;
const Channel = globalThis.BroadcastChannel;

/** Delivers what was posted: Node's channels do so in a turn of the event loop or two. */
const delivered = (until: () => boolean) => expect.poll(until, { interval: 2 }).toBe(true);

function openPage<T>(run: () => T): T {
  pages.push(new Page());
  return run();
}

function serveOn(engine: FakeEngine): void {
  openPage(() => serve(engine));
  const page = pages.at(-1);
  if (page === undefined) return;
  page.door = Reflect.get(globalThis, ENGINE_DOOR);
  told?.push(page);
}

function startEngine(): FakeEngine {
  const engine = new FakeEngine();
  void locks.request(ENGINE_LOCK, () => {
    serveOn(engine);
    return new Promise<never>(() => {});
  });
  return engine;
}

function openView(wake: () => void = () => {}): EngineClient {
  return openPage(() =>
    createClient(wake, () => {
      if (told === undefined) throw new TypeError('there is no such thing here');
      return told.map(({ window }) => window);
    }),
  );
}

beforeEach(() => {
  locks = new Locks();
  pages = [];
  vi.stubGlobal('navigator', { locks });
  vi.stubGlobal(ENGINE_DOOR, undefined);
  vi.stubGlobal(
    'BroadcastChannel',
    class extends Channel {
      constructor(name: string) {
        super(name);
        pages.at(-1)?.channels.push(this);
      }
    },
  );
});

afterEach(() => {
  for (const page of pages) page.end();
  vi.unstubAllGlobals();
});

const send = { type: 'send', contactId: 'c', text: 'hello' } as const;

describe.each([
  { wire: 'over the channel alone', direct: false },
  { wire: 'from page to page', direct: true },
])('the bridge, $wire', ({ direct }) => {
  beforeEach(() => {
    told = direct ? [] : undefined;
  });

  it('answers calls that were made before the engine was there, once', async () => {
    const wake = vi.fn();
    const client = openView(wake);
    const result = client.call(send);
    await delivered(() => wake.mock.calls.length > 0);
    const engine = startEngine();
    expect(await result).toEqual({});
    expect(engine.handled).toEqual([send]);
  });

  it('takes the way that there is', async () => {
    startEngine();
    const client = openView();
    await client.call(send);
    const overheard: { readonly to: string }[] = [];
    openPage(() => {
      new BroadcastChannel(CHANNEL).onmessage = ({ data }: MessageEvent<Message>) => overheard.push(data);
    });
    await client.call(send);
    openPage(() => new BroadcastChannel(CHANNEL).postMessage({ to: 'nobody' }));
    await delivered(() => overheard.some(({ to }) => to === (direct ? 'nobody' : 'engine')));
    expect(overheard.some(({ to }) => to === 'engine')).toBe(!direct);
  });

  it('hears what was said as it was then, and never while it is said', async () => {
    const engine = startEngine();
    const client = openView();
    await client.call(send);
    const said = { ...send, text: 'before' };
    const result = client.call(said);
    said.text = 'after';
    expect(engine.handled.length).toBe(1);
    await result;
    expect(engine.handled.at(-1)).toEqual({ ...send, text: 'before' });
    const seen: AppSnapshot[] = [];
    client.watch({ topic: 'app' }, (snapshot) => seen.push(snapshot));
    await delivered(() => engine.watches.length === 1);
    const told = { phase: 'newer-data' } as { phase: string };
    engine.watches[0]?.tell(told as AppSnapshot);
    told.phase = 'starting';
    expect(seen).toEqual([]);
    await delivered(() => seen.length === 1);
    expect(seen).toEqual([{ phase: 'newer-data' }]);
  });

  it('gives reasons, and hides what is no reason', async () => {
    const engine = startEngine();
    const client = openView();
    engine.answer = async () => {
      throw new BridgeError('text-empty');
    };
    await expect(client.call(send)).rejects.toMatchObject({ code: 'text-empty' });
    engine.answer = async () => {
      throw new TypeError('a secret');
    };
    await expect(client.call(send)).rejects.toMatchObject({ code: 'internal', message: 'internal' });
  });

  it('brings snapshots until they are wanted no more', async () => {
    const engine = startEngine();
    const client = openView();
    const seen: AppSnapshot[] = [];
    const stop = client.watch({ topic: 'app' }, (snapshot) => seen.push(snapshot));
    await delivered(() => engine.watches.length === 1);
    engine.watches[0]?.tell({ phase: 'newer-data' });
    await delivered(() => seen.length === 1);
    stop();
    await delivered(() => engine.watches[0]?.stopped === true);
  });

  it('never asks a new engine for what an old one may have done', async () => {
    const old = startEngine();
    old.answer = () => new Promise(() => {});
    await delivered(() => pages.length === 1);
    const client = openView();
    const seen: AppSnapshot[] = [];
    client.watch({ topic: 'app' }, (snapshot) => seen.push(snapshot));
    const lost = client.call(send);
    await delivered(() => old.handled.length === 1);
    // The next one stands in the queue for the lock already, before the view can hear of the end.
    pages[0]?.end();
    const next = new FakeEngine();
    serveOn(next);
    await expect(lost).rejects.toMatchObject({ code: 'engine-gone' });
    await delivered(() => next.watches.length === 1);
    expect(next.handled).toEqual([]);
    expect(await client.call(send)).toEqual({});
    expect(next.handled).toEqual([send]);
  });

  it('says that the engine is gone where its page ended with a call before its lock', async () => {
    startEngine();
    await delivered(() => pages.length === 1);
    const client = openView();
    await client.call(send);
    pages[0]?.end();
    const lost = client.call(send);
    locks.end(ENGINE_LOCK);
    await expect(lost).rejects.toMatchObject({ code: 'engine-gone' });
  });

  it('notices the end of an engine, says so, and looks for the next', async () => {
    startEngine();
    await delivered(() => pages.length === 1);
    const wake = vi.fn();
    const client = openView(wake);
    const seen: AppSnapshot[] = [];
    client.watch({ topic: 'app' }, (snapshot) => seen.push(snapshot));
    expect(await client.call(send)).toEqual({});
    const before = wake.mock.calls.length;
    pages[0]?.end();
    locks.end(ENGINE_LOCK);
    await delivered(() => seen.at(-1)?.phase === 'starting' && wake.mock.calls.length > before);
    const next = startEngine();
    await delivered(() => next.watches.length === 1);
  });

  it('tells the next engine of an update that the one before was told of', async () => {
    const old = startEngine();
    await delivered(() => pages.length === 1);
    const client = openView();
    const seen: AppSnapshot[] = [];
    client.watch({ topic: 'app' }, (snapshot) => seen.push(snapshot));
    await delivered(() => old.watches.length === 1);
    expect(old.updates).toBe(0);
    old.watches[0]?.tell({ phase: 'ready', updating: true } as AppSnapshot);
    await delivered(() => seen.length === 1);
    pages[0]?.end();
    locks.end(ENGINE_LOCK);
    await delivered(() => seen.at(-1)?.phase === 'starting');
    // It says that it is there before the view asks once more.
    const next = startEngine();
    await delivered(() => next.updates > 0);
    await delivered(() => next.watches.length === 1);
  });

  it('lets go of what a view watched when its page ends', async () => {
    const engine = startEngine();
    const said = new Promise<string>((resolve) => {
      openPage(() => {
        new BroadcastChannel(CHANNEL).onmessage = ({ data }: MessageEvent<Message>) => {
          if (data.to === 'engine') resolve(data.view);
        };
      });
    });
    const client = openView();
    client.watch({ topic: 'app' }, () => {});
    await delivered(() => engine.watches.length === 1);
    expect(engine.counts).toEqual([1]);
    const view = await said;
    locks.end(viewLock(view));
    await delivered(() => engine.watches[0]?.stopped === true);
    expect(engine.counts).toEqual([1, 0]);
  });
});

/** One command of each kind: the type is what asks for all of them. */
const EVERY: { readonly [Type in Command['type']]: Omit<Extract<Command, { type: Type }>, 'type'> } = {
  begin: { name: 'Alice', server: 'chat.example.org' },
  'check-server': { server: 'chat.example.org', invited: true },
  'change-settings': { change: { name: 'Alice', autoLock: 15 } },
  'create-invite': { contactId: 'c' },
  'withdraw-invite': { inviteId: 'i' },
  'read-invite': { text: 'a link' },
  'accept-invite': { text: 'a link', contactId: 'c' },
  'dismiss-proposed-invite': {},
  'create-words-invite': { contactId: 'c' },
  'cancel-words-invite': {},
  'accept-words': { words: [0, 1, 2047], server: 'chat.example.org', contactId: 'c' },
  send: { contactId: 'c', text: 'hello' },
  'set-draft': { contactId: 'c', text: 'hel' },
  retry: { contactId: 'c', messageId: 'm' },
  discard: { contactId: 'c', messageId: 'm' },
  'mark-read': { contactId: 'c', messageId: 'm' },
  'search-messages': {
    text: 'river',
    contactId: 'c',
    after: {
      conversations: [
        { contactId: 'c', reached: 5 },
        { contactId: 'd', reached: 5, before: 'd/1/m' },
      ],
    },
  },
  'search-changes': { text: 'river', contactId: 'c', since: 5 },
  'rename-contact': { contactId: 'c', name: 'Bob' },
  'set-direct': { contactId: 'c', direct: 'never' },
  'allow-server': { contactId: 'c', server: 'https://chat.example.org' },
  'remove-contact': { contactId: 'c' },
  'note-compared': { contactId: 'c', how: 'eye', digits: '0'.repeat(60) },
  'compare-code': { contactId: 'c', code: 'ASIDE:01' },
  'take-back-comparison': { contactId: 'c' },
  'identity-statement': {},
  'read-statement': { contactId: 'c', text: 'a statement' },
  'attach-proof': { contactId: 'c', text: 'a signed statement' },
  'their-proof': { contactId: 'c' },
  'note-proof': {
    contactId: 'c',
    digits: '0'.repeat(60),
    checked: { fingerprint: 'A'.repeat(40), userIds: ['Bob <bob@example.org>'], date: '2026-11-24' },
  },
  'accept-key': { contactId: 'c', digits: '0'.repeat(60) },
  'refuse-key': { contactId: 'c', digits: '0'.repeat(60) },
  'clear-quarantine': { contactId: 'c' },
  ping: { contactId: 'c' },
  'take-over': {},
  reconnect: {},
  used: {},
  lock: {},
  unlock: { passphrase: 'river window lemonade' },
  'set-passphrase': { current: 'river window', next: 'window lemonade' },
  'remove-passphrase': { current: 'window lemonade' },
  'begin-backup': { passphrase: 'river window lemonade' },
  'read-backup': { backupId: 'b' },
  'backup-saved': { backupId: 'b' },
  'cancel-backup': { backupId: 'b' },
  'backup-not-now': {},
  'begin-restore': { passphrase: 'river window lemonade', head: new Uint8Array(BACKUP_HEAD_BYTES) },
  'restore-part': { restoreId: 'r', bytes: new Uint8Array(BACKUP_PART_BYTES) },
  'finish-restore': { restoreId: 'r' },
  'cancel-restore': { restoreId: 'r' },
  wipe: {},
};

describe("the engine's door", () => {
  beforeEach(() => {
    told = undefined;
  });

  it('lets every command of the contract through as it is', () => {
    const refused = Object.entries(EVERY).filter(([type, more]) => {
      const command = { type, ...more };
      const read = readIncoming({ to: 'engine', view: 'v', kind: 'call', call: 1, command });
      return read?.kind !== 'call' || !isDeepStrictEqual(read.command, command);
    });
    expect(refused.map(([type]) => type)).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['a command of no version', { type: 'explode' }],
    ['a setting that is none', { type: 'change-settings', change: { direct: 'yes' } }],
    ['a setting without a value', { type: 'change-settings', change: { name: undefined } }],
    ['a text without end', { type: 'send', contactId: 'c', text: 'x'.repeat(300_000) }],
    ['a search for a text without end', { type: 'search-messages', text: 'x'.repeat(201) }],
    ['what changed for a text without end', { type: 'search-changes', text: 'x'.repeat(201), since: 1 }],
    ['a search that goes on from nowhere', { type: 'search-messages', text: 'x', after: {} }],
    ['nothing', null],
  ])('answers %s without doing it', async (_name, command) => {
    const engine = startEngine();
    const client = openView();
    await expect(client.call(command as Command)).rejects.toMatchObject({ code: 'internal' });
    expect(engine.handled).toEqual([]);
  });

  it('does not hear what is no message', async () => {
    const engine = startEngine();
    const mouth = new BroadcastChannel(CHANNEL);
    for (const message of [null, 'hello', { to: 'engine' }, { to: 'engine', view: 1, kind: 'hello' }]) {
      mouth.postMessage(message);
    }
    const client = openView();
    await client.call(send);
    expect(engine.counts).toEqual([1]);
  });
});
