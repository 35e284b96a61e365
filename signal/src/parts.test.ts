import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeServerFrame } from '../protocol/index.ts';
import { AddressBook, addressGroup } from './address-book.ts';
import { Answers } from './answers.ts';
import { debtMs, FULL, rate, waitMs, without } from './bucket.ts';
import { TrustedProxies } from './client-address.ts';
import { LIMITS, limitsFor } from './limits.ts';
import { describeError } from './log.ts';
import { TURN_WINDOW, TurnIssuer } from './turn-issuer.ts';

describe('a bucket', () => {
  const slow = rate(10, 5);

  it('says how long until what was taken too much is paid, and means it', () => {
    const empty = without(slow, FULL, 5, 0);
    expect(debtMs(slow, empty, 0)).toBe(0);
    const over = without(slow, empty, 1, 0);
    expect(debtMs(slow, over, 0)).toBe(100);
    expect(debtMs(slow, over, 50)).toBe(50);
    expect(debtMs(slow, over, 100)).toBe(0);
    expect(debtMs(slow, without(slow, over, 5, 10_000), 10_000)).toBe(0);
  });

  it('owes what was refused, and gives up', () => {
    let bucket = without(slow, FULL, 5, 0);
    expect(waitMs(slow, bucket, 5, 0)).toBe(0);
    bucket = without(slow, bucket, 1, 0);
    expect(waitMs(slow, bucket, 1, 0)).toBe(200);
    bucket = without(slow, bucket, 4, 0);
    expect(waitMs(slow, bucket, 4, 0)).toBe(900);
    bucket = without(slow, bucket, 1, 0);
    expect(waitMs(slow, bucket, 1, 0)).toBe(Number.POSITIVE_INFINITY);
    bucket = without(slow, bucket, 1, 10_000);
    expect(waitMs(slow, bucket, 1, 10_000)).toBe(0);
  });

  it('holds its burst to the last token, however small a part of a millisecond each is', () => {
    const rates = [rate(5000, 10_000), rate(16 * 1024 * 1024, 32 * 1024 * 1024), rate(0.1, 60)];
    for (const one of rates) {
      for (const now of [0, 1234.5, 2 ** 31]) {
        const count = one.most > 1e6 ? 4096 : 1;
        let bucket = FULL;
        for (let taken = 0; taken < one.most; taken += count) bucket = without(one, bucket, count, now);
        expect(waitMs(one, bucket, count, now)).toBe(0);
        expect(waitMs(one, without(one, bucket, count, now), count, now)).toBeGreaterThan(0);
      }
    }
  });

  it('never gives more than burst and rate together', () => {
    const quick = rate(100, 20);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 50 }), { maxLength: 200 }), (steps) => {
        let bucket = FULL;
        let now = 0;
        let given = 0;
        for (const step of steps) {
          now += step;
          const after = without(quick, bucket, 1, now);
          if (debtMs(quick, after, now) > 0) continue;
          bucket = after;
          given++;
        }
        expect(given).toBeLessThanOrEqual(20 + now / 10);
      }),
    );
  });
});

describe('answers', () => {
  it('say the same as was added, whatever the order', () => {
    const outcome = fc.constantFrom('stored', 'passed', 'nobody', 'removed', 'closed');
    fc.assert(
      fc.property(
        fc.array(outcome, { minLength: 1, maxLength: 300 }),
        fc.boolean(),
        (outcomes, backwards) => {
          const answers = new Answers();
          const order = outcomes.map((_, at) => at);
          if (backwards) order.reverse();
          for (const at of order) answers.add(at + 1, outcomes[at]!);
          const said = new Map<number, string>();
          for (const bytes of answers.take()) {
            const frame = decodeServerFrame(bytes);
            if (frame.type !== 'answers') throw new Error('not answers');
            for (const run of frame.runs) {
              for (let n = 0; n < run.count; n++) said.set(run.first + n, run.outcome);
            }
          }
          expect(outcomes.map((_, at) => said.get(at + 1))).toEqual(outcomes);
          expect(answers.empty).toBe(true);
        },
      ),
    );
  });

  it('take one run for what came in a row, and several frames for what did not', () => {
    const answers = new Answers();
    for (let request = 1; request <= 70_000; request++) answers.add(request, 'stored');
    const [only] = answers.take().map((bytes) => decodeServerFrame(bytes));
    expect(only?.type === 'answers' && only.runs).toHaveLength(2);
    for (let request = 1; request <= 5000; request++) answers.add(2 * request, 'stored');
    expect(answers.take()).toHaveLength(2);
  });
});

describe('addresses', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['0000:0000:0000:0000:0000:ffff:c000:0207', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:0000:0000:0000:0001', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s counts for %s', (address, group) => expect(addressGroup(address)).toBe(group));

  it('are believed from trusted proxies only, and only the part that those wrote', () => {
    const proxies = new TrustedProxies(['10.0.0.0/8', 'fd00::/8', '127.0.0.1']);
    expect(proxies.clientOf('192.0.2.1', '198.51.100.1')).toBe('192.0.2.1');
    expect(proxies.clientOf('10.1.2.3', '198.51.100.1')).toBe('198.51.100.1');
    expect(proxies.clientOf('10.1.2.3', '6.6.6.6, 198.51.100.1')).toBe('198.51.100.1');
    expect(proxies.clientOf('127.0.0.1', '198.51.100.1, 10.9.9.9')).toBe('198.51.100.1');
    expect(proxies.clientOf('fd00::1', '2001:db8::1')).toBe('2001:db8::1');
    expect(proxies.clientOf('10.1.2.3', 'nonsense')).toBe('10.1.2.3');
    expect(proxies.clientOf('10.1.2.3', '')).toBe('10.1.2.3');
    for (const wrong of ['10.0.0.0/33', 'x', '10.0.0.0/', '::/129', '10.0.0.0/-1']) {
      expect(() => new TrustedProxies([wrong])).toThrow(TypeError);
    }
  });

  it('are counted in and out, and forgotten when there are too many, but never while they have sockets', () => {
    const book = new AddressBook({ ...LIMITS, socketsPerAddress: 1, opensBurst: 1, addressesRemembered: 2 });
    expect(book.enter('a', 0)).toBeUndefined();
    expect(book.enter('a', 0)).toBe('too-many-sockets');
    expect(book.takeOpening('a', 0)).toBe(0);
    for (const address of ['b', 'c', 'd', 'e', 'f']) book.takeOpening(address, 0);
    expect(book.takeOpening('a', 0)).toBeGreaterThan(0);
    expect(book.enter('a', 0)).toBe('too-many-sockets');
    book.leave('a');
    for (const address of ['g', 'h', 'i']) book.takeOpening(address, 0);
    expect(book.takeOpening('a', 0)).toBe(0);
    expect(book.enter('a', 0)).toBeUndefined();
  });

  it('may not come and go without end, and who goes on trying goes on waiting', () => {
    const book = new AddressBook({ ...LIMITS, arrivalsPerSecond: 10, arrivalsBurst: 3 });
    const come = (now: number) => {
      const refused = book.enter('a', now);
      if (refused === undefined) book.leave('a');
      return refused;
    };
    expect([come(0), come(0), come(0), come(0)]).toEqual([
      undefined,
      undefined,
      undefined,
      'too-many-arrivals',
    ]);
    expect(come(100)).toBe('too-many-arrivals');
    expect(come(400)).toBeUndefined();
    expect(book.enter('b', 0)).toBeUndefined();
  });

  it('wait no longer for having knocked for long', () => {
    const book = new AddressBook(LIMITS);
    const hour = 3600;
    let refused = 0;
    // A hundred a second, from somebody who shares the address with others.
    for (let n = 0; n < 100 * hour; n++) {
      if (book.enter('a', n * 10) === undefined) book.leave('a');
      else refused++;
    }
    expect(refused).toBeGreaterThan(99 * hour);
    const wait = 1 + LIMITS.arrivalsBurst / LIMITS.arrivalsPerSecond;
    expect(book.enter('a', (hour + wait) * 1000)).toBeUndefined();
  });

  it('raise their limits with the sockets that an operator allows them', () => {
    expect(limitsFor(20)).toEqual({ ...LIMITS, socketsPerAddress: 20 });
    const many = limitsFor(10 * LIMITS.socketsPerAddress);
    expect(many.addressFramesPerSecond).toBe(10 * LIMITS.addressFramesPerSecond);
    expect(many.arrivalsBurst).toBe(10 * LIMITS.arrivalsBurst);
    expect(many.framesPerSecond).toBe(LIMITS.framesPerSecond);
  });
});

describe('an error in the log', () => {
  it('keeps its words and leaves the command that failed behind', () => {
    const driver = Object.assign(new Error('WRONGTYPE'), {
      name: 'ReplyError',
      code: 'E1',
      command: { name: 'xadd', args: ['mailbox-id', 'envelope'] },
    });
    const described = describeError(new Error('could not', { cause: driver }));
    expect(described).toMatchObject({
      type: 'Error',
      message: 'could not',
      cause: { type: 'ReplyError', message: 'WRONGTYPE', code: 'E1' },
    });
    expect(JSON.stringify(described)).not.toMatch(/mailbox-id|envelope|xadd/);
    expect(describeError('a string from somewhere')).toEqual({ type: 'string' });
  });
});

describe('a TURN user', () => {
  const issuer = new TurnIssuer({ keys: () => ({ secret: 'secret', users: 'users' }), urls: ['turn:x'] });
  const windowStart = Math.floor(1_800_000_000 / TURN_WINDOW) * TURN_WINDOW * 1000;

  it('is the same for an address within the window of the quota, and another after it or elsewhere', () => {
    const first = issuer.issue('192.0.2.1', windowStart);
    expect(issuer.issue('192.0.2.1', windowStart + (TURN_WINDOW - 1) * 1000)?.username).toBe(first?.username);
    const later = issuer.issue('192.0.2.1', windowStart + TURN_WINDOW * 1000);
    expect(later?.username.split(':')[1]).not.toBe(first?.username.split(':')[1]);
    expect(issuer.issue('192.0.2.2', windowStart)?.username).not.toBe(first?.username);
  });

  it('is good for one window at least and two at most', () => {
    expect(issuer.issue('a', windowStart)?.ttl).toBe(2 * TURN_WINDOW);
    expect(issuer.issue('a', windowStart + (TURN_WINDOW - 1) * 1000)?.ttl).toBe(TURN_WINDOW + 1);
  });
});
