import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../../testing/load.ts';
import { concat } from '../codec.ts';
import { respond } from '../establish.ts';
import { LABELS } from '../labels.ts';
import { randomBytes } from '../random.ts';
import { open } from '../session/open.ts';
import { seal } from '../session/seal.ts';
import { LIVE_CLASSES, LIVE_OVERHEAD, MAX_LIVE_PLAINTEXT } from '../sizes.ts';
import { aeadSeal } from '../sodium.ts';
import { acquainted, asText, codeOf, invited, utf8 } from '../test-people.ts';
import { openLive, sealLive } from './live.ts';
import { admit, newLiveWindow } from './window.ts';

beforeAll(loadCrypto);

const at = (attempt: number, counter: number) => ({ attempt, counter });

describe('live envelopes', () => {
  it('pass both ways, with their attempt and counter', () => {
    const { a, b } = acquainted();
    const there = openLive(b, newLiveWindow(), sealLive(a, at(Date.UTC(2026, 0), 7), utf8('offer')));
    expect(asText(there.plaintext)).toBe('offer');
    expect(there.attempt).toBe(Date.UTC(2026, 0));
    expect(there.counter).toBe(7);
    expect(asText(openLive(a, newLiveWindow(), sealLive(b, at(1, 1), utf8('answer'))).plaintext)).toBe(
      'answer',
    );
  });

  it('pass from the first moment on, also before the first reply was opened', () => {
    const { alice, created, bobSession } = invited();
    const early = sealLive(bobSession, at(1, 0), utf8('knock'));
    const hello = seal(bobSession, utf8('hello'));
    const later = sealLive(hello.session, at(1, 1), utf8('knock again'));
    const met = respond({ me: alice, keys: created.keys, envelope: hello.envelope });
    const first = openLive(met.session, newLiveWindow(), early);
    expect(asText(openLive(met.session, first.window, later).plaintext)).toBe('knock again');
    const back = sealLive(met.session, at(1, 0), utf8('here'));
    expect(asText(openLive(hello.session, newLiveWindow(), back).plaintext)).toBe('here');
    const replied = seal(met.session, utf8('reply'));
    expect(asText(openLive(replied.session, newLiveWindow(), early).plaintext)).toBe('knock');
    const bob = open(hello.session, replied.envelope).session;
    const fresh = sealLive(bob, at(2, 0), utf8('fresh'));
    expect(asText(openLive(replied.session, newLiveWindow(), fresh).plaintext)).toBe('fresh');
  });

  it('pass while messages are under way that the other side has not seen', () => {
    const { a, b } = acquainted();
    const unseen = seal(b, utf8('under way'));
    expect(
      asText(openLive(a, newLiveWindow(), sealLive(unseen.session, at(1, 1), utf8('x'))).plaintext),
    ).toBe('x');
    expect(
      asText(openLive(unseen.session, newLiveWindow(), sealLive(a, at(1, 1), utf8('y'))).plaintext),
    ).toBe('y');
  });

  it('have one of two lengths', () => {
    const { a } = acquainted();
    for (const length of [0, 1, 1003, 1004, 1005, MAX_LIVE_PLAINTEXT]) {
      const envelope = sealLive(a, at(0, 0), new Uint8Array(length));
      expect(LIVE_CLASSES).toContain(envelope.length - LIVE_OVERHEAD);
    }
    expect(codeOf(() => sealLive(a, at(0, 0), new Uint8Array(MAX_LIVE_PLAINTEXT + 1)))).toBe('too-large');
    expect(codeOf(() => sealLive(a, at(-1, 0), utf8('')))).toBe('malformed');
    expect(codeOf(() => sealLive(a, at(0, 0.5), utf8('')))).toBe('malformed');
    expect(codeOf(() => sealLive(a, at(0, 2 ** 53), utf8('')))).toBe('malformed');
  });

  it('are refused when changed, reflected, cut short or of another session', () => {
    const { a, b } = acquainted();
    const envelope = sealLive(a, at(1, 1), utf8('offer'));
    for (let index = 1; index < envelope.length; index += 7) {
      const changed = envelope.with(index, (envelope[index] ?? 0) ^ 1);
      expect(codeOf(() => openLive(b, newLiveWindow(), changed))).toBe('forged');
    }
    expect(codeOf(() => openLive(b, newLiveWindow(), envelope.with(0, 9)))).toBe('wrong-version');
    expect(codeOf(() => openLive(b, newLiveWindow(), envelope.subarray(1)))).toBe('malformed');
    expect(codeOf(() => openLive(a, newLiveWindow(), envelope))).toBe('forged');
    expect(codeOf(() => openLive(acquainted().b, newLiveWindow(), envelope))).toBe('forged');
  });

  it('are malformed with a number that is not below 2^53, whoever sealed it', () => {
    const { a, b } = acquainted();
    const data = concat(LABELS.live, Uint8Array.of(1), a.associatedData);
    const sealedWith = (attempt: bigint, counter: bigint): Uint8Array => {
      const content = new Uint8Array(1024);
      const view = new DataView(content.buffer);
      view.setBigUint64(0, attempt, true);
      view.setBigUint64(8, counter, true);
      const nonce = randomBytes(24);
      return concat(Uint8Array.of(1), nonce, aeadSeal(a.live.send, nonce, data, content));
    };
    const most = 2n ** 53n - 1n;
    const opened = openLive(b, newLiveWindow(), sealedWith(most, most));
    expect([opened.attempt, opened.counter]).toEqual([Number(most), Number(most)]);
    for (const [attempt, counter] of [
      [most + 1n, 0n],
      [0n, most + 1n],
      [2n ** 64n - 1n, 0n],
    ] as const) {
      expect(codeOf(() => openLive(b, newLiveWindow(), sealedWith(attempt, counter)))).toBe('malformed');
    }
  });

  it('are refused when they come again', () => {
    const { a, b } = acquainted();
    const envelope = sealLive(a, at(1, 1), utf8('offer'));
    const { window } = openLive(b, newLiveWindow(), envelope);
    expect(codeOf(() => openLive(b, window, envelope))).toBe('duplicate');
  });
});

describe('the window', () => {
  it('takes counters out of order once each and drops what is too old', () => {
    expect(admit(newLiveWindow(), 0, 0)).toEqual({ attempt: 0, seen: [0] });
    let window = admit(newLiveWindow(), 5, 100);
    window = admit(window, 5, 37);
    expect(codeOf(() => admit(window, 5, 36))).toBe('stale');
    expect(codeOf(() => admit(window, 5, 37))).toBe('duplicate');
    window = admit(window, 5, 101);
    expect(codeOf(() => admit(window, 5, 37))).toBe('stale');
    expect(codeOf(() => admit(window, 4, 1000))).toBe('stale');
    window = admit(window, 6, 0);
    expect(codeOf(() => admit(window, 5, 102))).toBe('stale');
    expect(codeOf(() => admit(window, 6, 0))).toBe('duplicate');
  });

  it('stays small however much passes', () => {
    let window = newLiveWindow();
    for (let counter = 0; counter < 1000; counter++) window = admit(window, 1, counter);
    expect(window.seen.length).toBeLessThanOrEqual(64);
  });
});
