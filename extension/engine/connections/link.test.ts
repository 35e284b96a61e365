import type { TurnCredentials } from '@aside/signal/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { HandClock, settle } from '../testing/hand-clock.ts';
import { Link } from './link.ts';
import { NoRelay, type Peer, type PeerOptions } from './peer.ts';
import { decodeSignal, type LocalSignal, type Signal } from './signals.ts';

/** Stands in for the browser's part: it records what it is given and says what the test has it say. */
class FakePeer {
  readonly accepted: LocalSignal[] = [];
  readonly sent: Uint8Array[] = [];
  repeats = 0;
  restarts = 0;
  isOpen = false;
  hasRemote = false;
  closed = false;
  answerToOffer: 'taken' | 'ignored' = 'taken';
  readonly options: PeerOptions;

  constructor(options: PeerOptions) {
    this.options = options;
  }

  async accept(signal: LocalSignal): Promise<'taken' | 'ignored'> {
    this.accepted.push(signal);
    if (signal.kind !== 'candidates' && this.answerToOffer === 'taken') this.hasRemote = true;
    return signal.kind === 'offer' ? this.answerToOffer : 'taken';
  }
  repeat(): void {
    this.repeats++;
  }
  restartIce(): void {
    this.restarts++;
  }
  async send(bytes: Uint8Array): Promise<boolean> {
    this.sent.push(bytes);
    return this.isOpen;
  }
  async path(): Promise<'direct'> {
    return 'direct';
  }
  close(): void {
    this.closed = true;
    this.isOpen = false;
  }
  open(): void {
    this.isOpen = true;
    this.options.open();
  }
}

let clock: HandClock;
let peers: FakePeer[];
let passed: { attempt: number; signal: Signal | undefined }[];
let answer: 'passed' | 'nobody';
let envelopes: Uint8Array[];
let link: Link;
let relayOnly: boolean;
let polite: boolean;
let turn: () => Promise<TurnCredentials | undefined>;
let opens: boolean[];
/** What the browser throws in place of a connection. */
let refuse: Error | undefined;
const last = () => peers.at(-1) as FakePeer;
const offer = (to: number): Signal => ({ kind: 'offer', v: 1, to, sdp: 'theirs' });

beforeEach(() => {
  clock = new HandClock();
  peers = [];
  passed = [];
  envelopes = [];
  answer = 'passed';
  relayOnly = false;
  polite = true;
  turn = async () => undefined;
  opens = [];
  refuse = undefined;
  link = new Link({
    clock,
    get polite() {
      return polite;
    },
    relayOnly: () => relayOnly,
    lastAttempt: 0,
    attempted: () => {},
    turn: () => turn(),
    pass: async (attempt, payload) => {
      passed.push({ attempt, signal: decodeSignal(payload) });
      return answer;
    },
    envelope: (envelope) => envelopes.push(envelope),
    changed: () => opens.push(link.isOpen),
    makePeer: (options) => {
      if (refuse !== undefined) throw refuse;
      peers.push(new FakePeer(options));
      return last() as unknown as Peer;
    },
  });
});

/** The attempt that a connection is, as its offer says. */
async function attemptOf(peer: FakePeer): Promise<number> {
  peer.options.signal({ kind: 'offer', sdp: 'mine' });
  await settle();
  return passed.at(-1)?.attempt as number;
}

describe('a link', () => {
  it('connects when it is wanted, and tells how', async () => {
    link.want(true);
    await settle();
    expect(link.view).toEqual({ state: 'connecting' });
    last().open();
    await settle();
    expect(link.isOpen).toBe(true);
    expect(link.view).toEqual({ state: 'direct' });
  });

  it('knocks again with growing pauses, and says mailbox while nobody is there', async () => {
    answer = 'nobody';
    link.want(true);
    await settle();
    last().options.signal({ kind: 'offer', sdp: 'mine' });
    await settle();
    expect(link.view).toBeUndefined();
    await clock.advance(120_000);
    const knocks = peers.reduce((sum, peer) => sum + peer.repeats, 0) + peers.length;
    expect(knocks).toBeGreaterThan(4);
    expect(knocks).toBeLessThan(20);
  });

  it.each([
    { who: 'that looks for it', wanted: true },
    { who: 'that was asked for it', wanted: false },
  ])('gives a connection that was answered its time, on the side $who', async ({ wanted }) => {
    link.want(wanted);
    await settle();
    if (wanted) link.receive(7, { kind: 'answer', v: 1, to: await attemptOf(last()), sdp: 'theirs' });
    else link.receive(7, offer(0));
    await settle();
    await clock.advance(14_000);
    // What they write meanwhile by the mailbox is no reason to begin again.
    link.encourage();
    await settle();
    expect(peers).toHaveLength(1);
    expect(last().closed).toBe(false);
    await clock.advance(60_000);
    expect(peers[0]?.closed).toBe(true);
    expect(peers.length).toBeGreaterThan(wanted ? 1 : 0);
  });

  it('stops knocking when nobody looks any more', async () => {
    link.want(true);
    await settle();
    link.want(false);
    expect(last().closed).toBe(true);
    const before = peers.length;
    await clock.advance(120_000);
    expect(peers.length).toBe(before);
  });

  it('answers an offer that it did not ask for', async () => {
    link.receive(7, offer(0));
    await settle();
    expect(last().accepted).toEqual([offer(0)]);
    last().options.signal({ kind: 'answer', sdp: 'mine' });
    await settle();
    expect(passed.at(-1)?.signal).toMatchObject({ kind: 'answer', to: 7 });
  });

  it('drops what is meant for an attempt that is gone', async () => {
    link.receive(7, offer(0));
    await settle();
    link.receive(7, { kind: 'answer', v: 1, to: 3, sdp: 'late' });
    link.receive(6, offer(0));
    await settle();
    expect(peers.length).toBe(1);
    expect(last().accepted.length).toBe(1);
  });

  it('starts anew when the contact did, wherever their offer is addressed', async () => {
    link.receive(7, offer(0));
    await settle();
    last().open();
    await settle();
    link.receive(9, offer(1));
    await settle();
    expect(peers.length).toBe(2);
    expect(peers[0]?.closed).toBe(true);
    expect(last().accepted).toEqual([offer(1)]);
  });

  it('starts anew when a restart of its own is answered by somebody new', async () => {
    link.receive(7, offer(0));
    await settle();
    last().open();
    await settle();
    last().options.signal({ kind: 'offer', sdp: 'restart' });
    await settle();
    const attempt = passed.at(-1)?.attempt as number;
    link.receive(9, { kind: 'answer', v: 1, to: attempt, sdp: 'from a browser that was started again' });
    await settle();
    expect(peers[0]?.accepted.map(({ kind }) => kind)).toEqual(['offer']);
    expect(peers[0]?.closed).toBe(true);
    expect(peers.length).toBe(2);
  });

  it('gives way in a glare, where it is polite, with a connection that has never offered', async () => {
    link.want(true);
    await settle();
    const crossed = await attemptOf(last());
    link.receive(7, offer(0));
    await settle();
    expect(peers.map(({ closed }) => closed)).toEqual([true, false]);
    expect(last().accepted).toEqual([offer(0)]);
    last().options.signal({ kind: 'answer', sdp: 'mine' });
    await settle();
    expect(passed.at(-1)?.signal).toMatchObject({ kind: 'answer', to: 7 });
    // The contact's offer again, for an attempt that is over: it is answered already.
    link.receive(7, offer(crossed));
    await settle();
    expect(peers).toHaveLength(2);
    expect(last().accepted).toHaveLength(1);
  });

  it('keeps its connection in a glare, where it is not polite, and says its offer again', async () => {
    polite = false;
    link.want(true);
    await settle();
    last().answerToOffer = 'ignored';
    link.receive(7, offer(0));
    await settle();
    expect(peers.length).toBe(1);
    expect(last().repeats).toBe(1);
  });

  it('helps a failed connection by a restart, and builds anew where that is not enough', async () => {
    polite = false;
    await opened();
    last().options.state('failed');
    expect(last().restarts).toBe(1);
    await clock.advance(11_000);
    expect(peers.length).toBe(2);
    expect(peers[0]?.closed).toBe(true);
  });

  it('leaves the contact a second to restart a failed connection, where it is polite', async () => {
    await opened();
    last().options.state('failed');
    expect([last().restarts, link.isOpen]).toEqual([0, false]);
    await clock.advance(999);
    expect(last().restarts).toBe(0);
    await clock.advance(1);
    expect(last().restarts).toBe(1);
    await clock.advance(10_600);
    expect(peers.map(({ closed }) => closed)).toEqual([true, false]);
  });

  it.each([
    { side: 'polite', after: 1000 },
    { side: 'impolite', after: 0 },
  ])('helps a disconnected one after a while, on the $side side', async ({ side, after }) => {
    polite = side === 'polite';
    await opened();
    last().options.state('disconnected');
    await clock.advance(2499 + after);
    expect(last().restarts).toBe(0);
    await clock.advance(1);
    expect(last().restarts).toBe(1);
  });

  it.each([
    { side: 'polite', state: 'failed' },
    { side: 'polite', state: 'disconnected' },
    { side: 'impolite', state: 'disconnected' },
  ] as const)('leaves a restart to who began it, on the $side side where it $state', async (how) => {
    polite = how.side === 'polite';
    link.receive(7, offer(0));
    await settle();
    last().open();
    last().options.state(how.state);
    await clock.advance(500);
    link.receive(7, { kind: 'offer', v: 1, to: 0, sdp: 'restart' });
    await settle();
    // The browser goes on to say what it sees while it tries.
    last().options.state('connecting');
    await clock.advance(1000);
    last().options.state('disconnected');
    await clock.advance(8000);
    expect([last().restarts, peers.length]).toEqual([0, 1]);
    expect(last().accepted).toHaveLength(2);
    await clock.advance(3000);
    expect(peers[0]?.closed).toBe(true);
  });

  it('helps again when what the contact restarted fails later', async () => {
    link.receive(7, offer(0));
    await settle();
    last().open();
    last().options.state('failed');
    link.receive(7, { kind: 'offer', v: 1, to: 0, sdp: 'restart' });
    await settle();
    last().options.state('connected');
    await settle();
    expect(link.isOpen).toBe(true);
    last().options.state('failed');
    await clock.advance(1000);
    expect(last().restarts).toBe(1);
  });

  it('builds anew where restarts are answered and lead nowhere', async () => {
    polite = false;
    turn = async () => credentials;
    await opened();
    // The contact answers each restart, so that the browser tries for a while: its relay's credentials are over.
    for (let round = 0; round < 4 && peers.length === 1; round++) {
      last().options.state('failed');
      await clock.advance(500);
      last().options.state('connecting');
      await clock.advance(5000);
      last().options.state('disconnected');
      await clock.advance(10_000);
    }
    expect(peers[0]?.closed).toBe(true);
    expect(peers.length).toBe(2);
    expect(peers[0]?.restarts).toBe(1);
  });

  it('leaves a connection alone that mends itself', async () => {
    link.want(true);
    await settle();
    last().open();
    await settle();
    last().options.state('disconnected');
    await clock.advance(1000);
    last().options.state('connected');
    await answering(20_000);
    expect(last().restarts).toBe(0);
    expect(peers.length).toBe(1);
  });

  it('carries envelopes and answers pings, and takes nothing else for either', async () => {
    link.want(true);
    await settle();
    last().open();
    await settle();
    last().options.frame(Uint8Array.of(1, 42));
    last().options.frame(Uint8Array.of(1));
    last().options.frame(Uint8Array.of(9, 9));
    last().options.frame(new Uint8Array(0));
    expect(envelopes).toEqual([Uint8Array.of(42)]);
    const before = last().sent.length;
    last().options.frame(Uint8Array.of(2, 1, 2, 3, 4, 5, 6, 7, 8));
    await settle();
    expect(last().sent.slice(before)).toEqual([Uint8Array.of(3, 1, 2, 3, 4, 5, 6, 7, 8)]);
  });

  it('has few answers wait for a contact who pings on and on and takes none', async () => {
    await opened();
    const { sent } = last();
    let hasRoom = () => {};
    last().send = (bytes) => {
      sent.push(bytes);
      return new Promise((done) => {
        const before = hasRoom;
        hasRoom = () => {
          before();
          done(true);
        };
      });
    };
    const ask = () => last().options.frame(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 1));
    sent.length = 0;
    for (let asked = 0; asked < 1000; asked++) ask();
    await settle();
    expect(sent.length).toBeLessThan(20);
    hasRoom();
    await settle();
    sent.length = 0;
    ask();
    expect(sent).toHaveLength(1);
  });
});

const credentials: TurnCredentials = { urls: ['turn:a.example'], username: 'u', credential: 'c', ttl: 600 };

async function opened(): Promise<void> {
  link.want(true);
  await settle();
  last().open();
  await settle();
}

/** Answers the pings of the present peer for so long. */
async function answering(milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 1000) {
    for (const ping of last().sent.splice(0))
      if (ping[0] === 2) last().options.frame(Uint8Array.of(3, ...ping.slice(1)));
    await clock.advance(1000);
  }
}

describe('attempts', () => {
  it('rise, and are never more than the contact hears of, however far ahead a clock was', async () => {
    const attempts: number[] = [];
    const at = async (now: number, lastAttempt: number) => {
      const one = new Link({
        clock: new HandClock(now),
        polite: true,
        relayOnly: () => false,
        lastAttempt,
        attempted: (attempt) => attempts.push(attempt),
        turn: async () => undefined,
        pass: async () => 'nobody',
        envelope: () => {},
        changed: () => {},
        makePeer: (options) => new FakePeer(options) as unknown as Peer,
      });
      one.want(true);
      await settle();
      one.end();
    };
    for (const year of [2026, 2027, 2099, 2040, 2028]) await at(Date.UTC(year, 6, 1), attempts.at(-1) ?? 0);
    expect(attempts).toHaveLength(5);
    expect([...attempts].sort((a, b) => a - b)).toEqual(attempts);
    expect(new Set(attempts).size).toBe(5);
    expect(Math.max(...attempts)).toBeLessThan(2 ** 32);
  });
});

describe('a link that may use a relay only', () => {
  it('connects to nobody without one, says so, and does when there is one', async () => {
    relayOnly = true;
    link.want(true);
    await settle();
    link.receive(7, offer(0));
    await settle();
    expect([peers.length, link.lacksRelay, link.view]).toEqual([0, true, undefined]);
    turn = async () => credentials;
    await clock.advance(60_000);
    expect(peers.length).toBeGreaterThan(0);
    expect(peers.every(({ options }) => options.relayOnly && options.turn === credentials)).toBe(true);
    expect(link.lacksRelay).toBe(false);
  });

  it('says so too where the browser uses none of those that there are', async () => {
    relayOnly = true;
    turn = async () => credentials;
    refuse = new NoRelay();
    link.want(true);
    await settle();
    expect([peers.length, link.lacksRelay, link.view]).toEqual([0, true, undefined]);
    refuse = undefined;
    await clock.advance(60_000);
    expect([peers.length > 0, link.lacksRelay]).toEqual([true, false]);
  });

  it('takes a connection down that used more', async () => {
    await opened();
    relayOnly = true;
    turn = async () => credentials;
    link.rebuild();
    await settle();
    expect(peers.map(({ closed }) => closed)).toEqual([true, false]);
    expect(last().options.relayOnly).toBe(true);
  });
});

describe('a link whose surroundings fail', () => {
  it('goes on without credentials where they cannot be had', async () => {
    turn = () => Promise.reject(new TypeError());
    link.want(true);
    await settle();
    expect(peers.length).toBe(1);
  });

  it('tries again where the browser makes no connection', async () => {
    const attempts: number[] = [];
    const refused = new Link({
      clock,
      polite: true,
      relayOnly: () => false,
      lastAttempt: 0,
      attempted: () => {},
      turn: async () => undefined,
      pass: async () => 'nobody',
      envelope: () => {},
      changed: () => {},
      makePeer: () => {
        attempts.push(clock.now());
        throw new SyntaxError();
      },
    });
    refused.want(true);
    await settle();
    await clock.advance(60_000);
    expect(attempts.length).toBeGreaterThan(3);
    expect(attempts.length).toBeLessThan(12);
    expect(refused.view).toBeUndefined();
    refused.end();
    const before = attempts.length;
    await clock.advance(60_000);
    expect(attempts.length).toBe(before);
  });

  it('does not hurry when the contact hangs up each time', async () => {
    for (let i = 0; i < 400; i++) {
      link.want(true);
      await settle();
      if (peers.at(-1)?.closed === false) {
        last().open();
        await settle();
        last().isOpen = false;
        last().options.closed();
      }
      await clock.advance(100);
    }
    expect(peers.length).toBeLessThan(12);
  });

  it.each([
    ['after it was open for long', 60_000, 0],
    ['after it was open for long, by a clock that was put back meanwhile', 60_000, 365 * 24 * 3600_000],
  ])('hurries again %s', async (_when, stood, back) => {
    link.want(true);
    await settle();
    const hangUp = () => {
      last().isOpen = false;
      last().options.closed();
    };
    for (let falls = 0; falls < 8; falls++) {
      const before = peers.length;
      last().open();
      await settle();
      hangUp();
      while (peers.length === before) await clock.advance(1000);
    }
    last().open();
    await answering(stood);
    clock.putBack(back);
    const before = peers.length;
    hangUp();
    await clock.advance(600);
    expect(peers.length).toBe(before + 1);
  });

  it('forgets a flood of signals', async () => {
    let release = () => {};
    turn = () =>
      new Promise((done) => {
        release = () => done(undefined);
      });
    for (let i = 1; i < 1000; i++) link.receive(i, offer(0));
    await settle();
    release();
    for (let i = 0; i < 100; i++) {
      release();
      await settle();
    }
    expect(peers.length).toBeLessThanOrEqual(64);
  });
});

describe('an open connection', () => {
  it('carries nothing while it is disconnected, and everything after', async () => {
    await opened();
    last().options.state('disconnected');
    expect(link.isOpen).toBe(false);
    expect(await link.send(Uint8Array.of(1))).toBe(false);
    last().options.state('connected');
    await settle();
    expect(link.isOpen).toBe(true);
    expect(opens.slice(-2)).toEqual([false, true]);
  });

  it('is mended when a ping is not answered, whatever the channel says', async () => {
    polite = false;
    await opened();
    await clock.advance(10_000);
    expect(last().restarts).toBe(1);
    expect(link.isOpen).toBe(false);
    await clock.advance(10_600);
    expect(peers.length).toBe(2);
  });

  it('is left alone while other things come through than the answer to a ping', async () => {
    await opened();
    for (let second = 0; second < 60; second++) {
      last().sent.length = 0;
      last().options.frame(Uint8Array.of(1, 42));
      await clock.advance(1000);
    }
    expect([last().restarts, peers.length, link.isOpen]).toEqual([0, 1, true]);
  });

  it('is closed after five minutes without use, and not while somebody looks', async () => {
    await opened();
    await answering(600_000);
    expect(link.isOpen).toBe(true);
    link.want(false);
    await clock.advance(200_000);
    last().options.frame(Uint8Array.of(1, 42));
    await clock.advance(200_000);
    expect(link.isOpen).toBe(true);
    await clock.advance(100_000);
    expect(last().closed).toBe(true);
  });

  it('is closed when nobody uses it also where the clock goes back by a year', async () => {
    await opened();
    await answering(20_000);
    link.want(false);
    clock.putBack(365 * 24 * 3600 * 1000);
    await clock.advance(600_000);
    expect(last().closed).toBe(true);
  });

  it('is asked for signs of life on and on, also after it was disconnected for a while', async () => {
    await opened();
    await answering(6000);
    last().options.state('disconnected');
    // A ping is due meanwhile.
    await clock.advance(11_000);
    last().options.state('connected');
    await answering(30_000);
    expect([last().restarts, link.isOpen]).toEqual([1, true]);
    // The other end is gone, and the browser says nothing of it.
    await clock.advance(26_000);
    expect(peers[0]?.restarts).toBe(2);
  });
});
