/**
 * A model of two people and a network that loses, delays, reorders, repeats, cuts and changes, over two transports.
 * Whatever it does, each text is shown once or never, nothing else is ever shown, and a refusal leaves no trace.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../../testing/load.ts';
import { CryptoError } from '../errors.ts';
import { respond } from '../establish.ts';
import type { IdentityKeys } from '../identity.ts';
import type { InviteKeys } from '../invite/keys.ts';
import { equalPublic } from '../sodium.ts';
import { asText, invited, utf8 } from '../test-people.ts';
import { decodeSession, encodeSession } from './codec.ts';
import { open } from './open.ts';
import { seal } from './seal.ts';
import type { Session } from './state.ts';

beforeAll(loadCrypto);

/** What refuses a changed envelope; a rollback would blame the peer for what the network did. */
const REFUSALS = ['malformed', 'wrong-version', 'unknown-chain', 'forged', 'duplicate'];

type Side =
  | { readonly state: 'invited'; readonly me: IdentityKeys; readonly keys: InviteKeys }
  | { readonly state: 'speaking'; readonly session: Session };

interface Person {
  side: Side;
  /** Two transports to this person: the mailbox and the open connection. */
  readonly incoming: readonly [Uint8Array[], Uint8Array[]];
  readonly expected: Set<string>;
  readonly shown: Set<string>;
  /** Which text an envelope holds. */
  readonly texts: Map<Uint8Array, string>;
  /** Everything that was ever sent to this person. */
  readonly past: Uint8Array[];
}

class Network {
  readonly people: readonly [Person, Person];
  sent = 0;
  refused = 0;

  constructor() {
    const { alice, created, bobSession } = invited();
    this.people = [
      person({ state: 'invited', me: alice, keys: created.keys }),
      person({ state: 'speaking', session: bobSession }),
    ];
  }

  send(from: 0 | 1, transports: number, length: number): void {
    const { side } = this.people[from];
    if (side.state === 'invited') return;
    const other = this.people[from === 0 ? 1 : 0];
    const text = `${this.sent++} ${'x'.repeat(length)}`;
    const { session, envelope } = seal(side.session, utf8(text));
    this.people[from].side = { state: 'speaking', session: stored(session) };
    other.expected.add(text);
    other.past.push(envelope);
    other.texts.set(envelope, text);
    if (transports !== 1) other.incoming[0].push(envelope);
    if (transports !== 0) other.incoming[1].push(envelope);
  }

  /** Takes one out of a queue, at any place, and delivers it. */
  deliver(to: 0 | 1, transport: 0 | 1, place: number): void {
    const queue = this.people[to].incoming[transport];
    const [envelope] = queue.splice(place % Math.max(1, queue.length), 1);
    if (envelope !== undefined) this.receive(to, envelope, false);
  }

  lose(to: 0 | 1, transport: 0 | 1, place: number): void {
    const queue = this.people[to].incoming[transport];
    const [envelope] = queue.splice(place % Math.max(1, queue.length), 1);
    if (envelope === undefined || place % 2 === 0) return;
    // What is lost is sent again later, as the outbox does: the same bytes.
    this.people[to].incoming[transport === 0 ? 1 : 0].push(envelope);
  }

  /** Something old comes again. */
  replay(to: 0 | 1, place: number): void {
    const { past } = this.people[to];
    const envelope = past[place % Math.max(1, past.length)];
    if (envelope !== undefined) this.receive(to, envelope, false);
  }

  /** Something comes with a bit changed or its end lost, or comes to the wrong person. */
  damage(to: 0 | 1, place: number, how: number): void {
    const { past } = this.people[to];
    const envelope = past[place % Math.max(1, past.length)];
    if (envelope === undefined) return;
    if (how % 5 === 0) this.receive(to, envelope.subarray(0, how % envelope.length), true);
    else if (how % 5 === 1) this.receive(to === 0 ? 1 : 0, envelope, true);
    else {
      const at = how % envelope.length;
      this.receive(to, envelope.with(at, (envelope[at] ?? 0) ^ (1 << (how % 8))), true);
    }
  }

  private receive(to: 0 | 1, envelope: Uint8Array, bad: boolean): void {
    const reader = this.people[to];
    const { side } = reader;
    const before = side.state === 'speaking' ? encodeSession(side.session) : undefined;
    try {
      const opened =
        side.state === 'speaking'
          ? open(side.session, envelope)
          : respond({ me: side.me, keys: side.keys, envelope });
      const text = asText(opened.plaintext);
      if (bad) throw new Error('a bad envelope opened');
      if (!reader.expected.has(text)) throw new Error('a text that nobody sent');
      if (reader.shown.has(text)) throw new Error('a text shown twice');
      reader.shown.add(text);
      reader.side = { state: 'speaking', session: stored(opened.session) };
    } catch (error) {
      if (!(error instanceof CryptoError)) throw error;
      this.refused++;
      // A copy of what was shown may come when its chain is forgotten; nothing that was not shown may be refused.
      const known = reader.shown.has(reader.texts.get(envelope) ?? '');
      const allowed = bad ? REFUSALS : known ? ['duplicate', 'unknown-chain'] : [];
      if (!allowed.includes(error.code)) throw new Error(`refused with ${error.code}`);
      if (before !== undefined && side.state === 'speaking') {
        if (!equalPublic(encodeSession(side.session), before)) throw new Error('a refusal left a trace');
      }
    }
  }

  /** One choice of the network's. */
  step(choice: number): void {
    const to = ((choice >>> 4) & 1) as 0 | 1;
    const transport = ((choice >>> 5) & 1) as 0 | 1;
    const detail = choice >>> 6;
    const kind = choice & 15;
    if (kind < 6) this.send(to, detail % 3, detail % 7 === 0 ? detail % 5000 : detail % 40);
    else if (kind < 12) this.deliver(to, transport, detail % 3 === 0 ? detail : 0);
    else if (kind < 13) this.lose(to, transport, detail);
    else if (kind < 14) this.replay(to, detail);
    else this.damage(to, detail, detail >>> 3);
  }

  /** In the end the outbox brings everything: then everything has been shown, once. */
  finish(): void {
    for (let round = 0; round < 2; round++) {
      for (const to of [0, 1] as const) {
        for (const envelope of this.people[to].past) this.receive(to, envelope, false);
      }
    }
    for (const { shown, expected } of this.people) expect(shown).toEqual(expected);
  }
}

const person = (side: Side): Person => ({
  side,
  incoming: [[], []],
  expected: new Set(),
  shown: new Set(),
  texts: new Map(),
  past: [],
});

/** Every state goes through its row, as in the engine. */
const stored = (session: Session): Session => decodeSession(encodeSession(session));

describe('two people over a bad network', () => {
  it('show each text once, whatever the network does', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 50, maxLength: 400 }), (choices) => {
        const network = new Network();
        network.send(1, 2, 1);
        for (const choice of choices) network.step(choice);
        network.finish();
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });

  it('go on for thousands of messages', () => {
    const network = new Network();
    let state = 20_260_101;
    network.send(1, 2, 1);
    for (let round = 0; round < 9000; round++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      network.step(state >>> 3);
      // The outbox does not leave anybody behind for ever: everything comes in before its chain is forgotten.
      if (round % 40 === 39) network.finish();
      if (round % 40 === 39) for (const { past } of network.people) past.splice(0, past.length - 20);
    }
    expect(network.sent).toBeGreaterThan(3000);
    expect(network.refused).toBeGreaterThan(1000);
  });
});
