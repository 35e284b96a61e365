import { beforeEach, describe, expect, it } from 'vitest';
import { HandClock, settle } from '../testing/hand-clock.ts';
import { Link } from './link.ts';
import type { Peer, PeerOptions } from './peer.ts';
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
const last = () => peers.at(-1) as FakePeer;
const offer = (to: number): Signal => ({ kind: 'offer', v: 1, to, sdp: 'theirs' });

beforeEach(() => {
  clock = new HandClock();
  peers = [];
  passed = [];
  envelopes = [];
  answer = 'passed';
  link = new Link({
    clock,
    polite: true,
    relayOnly: () => false,
    turn: async () => undefined,
    pass: async (attempt, payload) => {
      passed.push({ attempt, signal: decodeSignal(payload) });
      return answer;
    },
    envelope: (envelope) => envelopes.push(envelope),
    changed: () => {},
    makePeer: (options) => {
      peers.push(new FakePeer(options));
      return last() as unknown as Peer;
    },
  });
});

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

  it('keeps an unanswered connection in a glare, and says its offer again where it was ignored', async () => {
    link.want(true);
    await settle();
    last().answerToOffer = 'ignored';
    link.receive(7, offer(0));
    await settle();
    expect(peers.length).toBe(1);
    expect(last().repeats).toBe(1);
  });

  it('helps a failed connection by a restart, and builds anew where that is not enough', async () => {
    link.want(true);
    await settle();
    last().open();
    await settle();
    last().options.state('failed');
    expect(last().restarts).toBe(1);
    await clock.advance(11_000);
    expect(peers.length).toBe(2);
    expect(peers[0]?.closed).toBe(true);
  });

  it('leaves a connection alone that mends itself', async () => {
    link.want(true);
    await settle();
    last().open();
    await settle();
    last().options.state('disconnected');
    await clock.advance(1000);
    last().options.state('connected');
    await clock.advance(20_000);
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
});
