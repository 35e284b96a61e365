import { execFile } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Turn } from './launch.mjs';
import { realCoturn, secondsFromNow } from './testing/coturn.ts';
import { type Allocation, restCredential, TurnClient } from './testing/turn-client.ts';

const TEN_MINUTES = 600;
const clients: TurnClient[] = [];

async function client(turn: Turn, address = turn.address): Promise<TurnClient> {
  const opened = await TurnClient.open({ address, port: turn.port });
  clients.push(opened);
  return opened;
}

function ours(turn: Turn, user = 'a-keyed-hash') {
  return restCredential(turn.secret, secondsFromNow(TEN_MINUTES), user);
}

async function allocated(turn: Turn, opened: TurnClient) {
  const allocation = await opened.allocate(ours(turn));
  if (allocation.state !== 'allocated') throw new Error(`refused with ${allocation.error}`);
  return allocation;
}

// Not before: a port that the server remembers somebody at must not be given to another client.
afterAll(() => {
  for (const opened of clients.splice(0)) opened.close();
});

describe('who may allocate', () => {
  let turn: Turn;
  beforeAll(async () => {
    turn = await realCoturn({ env: { TURN_USER_QUOTA: '2' } });
  });
  afterAll(() => turn.stop());

  it('a credential made from our secret', async () => {
    const { relay, lifetime } = await allocated(turn, await client(turn));
    expect(relay.address).toBe(turn.address);
    expect(relay.port).toBeGreaterThan(turn.port);
    expect(lifetime).toBe(600);
  });

  const refused: Allocation = { state: 'refused', error: 401 };

  it('nobody without a credential', async () => {
    expect(await (await client(turn)).allocate()).toEqual(refused);
  });

  it('nobody with a credential from another secret', async () => {
    const wrong = restCredential(`${turn.secret}x`, secondsFromNow(TEN_MINUTES), 'a-keyed-hash');
    expect(await (await client(turn)).allocate(wrong)).toEqual(refused);
  });

  it('nobody with an expired credential, and nobody who moves its date', async () => {
    const expired = restCredential(turn.secret, secondsFromNow(-10), 'a-keyed-hash');
    expect(await (await client(turn)).allocate(expired)).toEqual(refused);
    const moved = { ...expired, username: ours(turn).username };
    expect(await (await client(turn)).allocate(moved)).toEqual(refused);
  });

  it('one user part only as often as the quota says', async () => {
    const answers: Allocation[] = [];
    for (let i = 0; i < 3; i++) {
      // The part before the colon changes; the quota goes by what is after it.
      const credential = restCredential(turn.secret, secondsFromNow(TEN_MINUTES + i), 'greedy');
      answers.push(await (await client(turn)).allocate(credential));
    }
    expect(answers.map((answer) => answer.state)).toEqual(['allocated', 'allocated', 'refused']);
    expect(answers[2]).toEqual({ state: 'refused', error: 486 });
    expect((await (await client(turn)).allocate(ours(turn, 'modest'))).state).toBe('allocated');
  });

  it('its own health check, which is content with the answer', async () => {
    const env = { PATH: process.env.PATH, TURN_RUN_DIRECTORY: join(dirname(turn.secretFile), 'run') };
    const entrypoint = fileURLToPath(new URL('./entrypoint.sh', import.meta.url));
    const asked = await promisify(execFile)('/bin/sh', [entrypoint, 'health'], { env });
    expect(asked).toEqual({ stdout: '', stderr: '' });
  });

  it('a STUN binding is answered without a credential, with the asker’s own address', async () => {
    const mapped = await (await client(turn)).binding();
    expect(mapped.address).toBe(turn.address);
  });
});

describe('how much', () => {
  const started: Turn[] = [];
  afterEach(() => Promise.all(started.splice(0).map((turn) => turn.stop())));

  async function limited(env: Record<string, string>): Promise<Turn> {
    const turn = await realCoturn({ env });
    started.push(turn);
    return turn;
  }

  it.each([
    ['allocations', { TURN_TOTAL_QUOTA: '2' }],
    ['bytes a second', { TURN_MAX_BPS: '1000', TURN_BPS_CAPACITY: '2000' }],
  ])('it promises to all together no more than the %s that it may', async (_what, env) => {
    const turn = await limited(env);
    const states: string[] = [];
    for (const user of ['one', 'two', 'three'])
      states.push((await (await client(turn)).allocate(ours(turn, user))).state);
    expect(states).toEqual(['allocated', 'allocated', 'refused']);
  });

  it('one allocation carries no more in a second than it may', async () => {
    const turn = await limited({ TURN_MAX_BPS: '20000' });
    const [alice, bob] = [await client(turn), await client(turn)];
    const [aliceRelay, bobRelay] = [(await allocated(turn, alice)).relay, (await allocated(turn, bob)).relay];
    await alice.permit(bobRelay);
    await bob.permit(aliceRelay);
    const sent = 100;
    for (let n = 0; n < sent; n++) alice.send(bobRelay, new Uint8Array(1000));
    // Each answer comes after what was relayed before it.
    await alice.permit(bobRelay);
    await bob.permit(aliceRelay);
    let arrived = 0;
    while (
      await bob.receive(100).then(
        () => true,
        () => false,
      )
    )
      arrived++;
    expect(arrived).toBeGreaterThan(0);
    // A second's worth is twenty; on a busy machine one or two seconds end in their midst.
    expect(arrived).toBeLessThanOrEqual(60);
  });
});

describe('whom it relays to', () => {
  let turn: Turn;
  beforeAll(async () => {
    turn = await realCoturn();
  });
  afterAll(() => turn.stop());

  it('the other side’s relay on the same server: bytes arrive by indication and by channel', async () => {
    const [alice, bob] = [await client(turn), await client(turn)];
    const [aliceRelay, bobRelay] = [(await allocated(turn, alice)).relay, (await allocated(turn, bob)).relay];
    expect(await alice.permit(bobRelay)).toBe('ok');
    expect(await bob.permit(aliceRelay)).toBe('ok');
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i & 255);
    alice.send(bobRelay, bytes);
    const atBob = await bob.receive();
    expect(atBob.from).toEqual(aliceRelay);
    expect([...atBob.data]).toEqual([...bytes]);
    bob.send(aliceRelay, atBob.data);
    expect([...(await alice.receive()).data]).toEqual([...bytes]);

    expect(await alice.bindChannel(0x4001, bobRelay)).toBe('ok');
    expect(await bob.bindChannel(0x4002, aliceRelay)).toBe('ok');
    alice.sendOnChannel(0x4001, bytes);
    const byChannel = await bob.receive();
    expect(byChannel.from).toBe(0x4002);
    expect([...byChannel.data]).toEqual([...bytes]);
  });

  it('a public address', async () => {
    const alice = await client(turn);
    await allocated(turn, alice);
    // Permission only: no packet leaves.
    expect(await alice.permit({ address: '8.8.8.8', port: 9 })).toBe('ok');
  });

  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.170',
    '192.0.2.1',
    '192.31.196.1',
    '192.52.193.1',
    '192.88.99.1',
    '192.168.1.1',
    '192.175.48.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
  ])('never a private or special one: %s', async (address) => {
    const alice = await client(turn);
    await allocated(turn, alice);
    expect(await alice.permit({ address, port: 9 })).toBe(403);
    expect(await alice.bindChannel(0x4001, { address, port: 9 })).toBe(403);
    // A relay has some sixty ports here, and each stays taken for ten minutes.
    expect(await alice.release()).toBe('ok');
  });

  it.each([
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:127.0.0.1',
    '64:ff9b::a00:1',
    '2002:a00:1::1',
    'fd00::1',
    'fe80::1',
  ])('never %s from an IPv4 relay', async (address) => {
    const alice = await client(turn);
    await allocated(turn, alice);
    // 443: the peer is of another address family (RFC 8656, 9.2); newer servers look at the address first.
    expect([403, 443]).toContain(await alice.permit({ address, port: 9 }));
    expect(await alice.release()).toBe('ok');
  });

  it('says nothing in its log that names a person: no address, no user part', async () => {
    const alice = await client(turn);
    await allocated(turn, alice);
    expect(await alice.permit({ address: '192.168.77.88', port: 9 })).toBe(403);
    await expect.poll(() => turn.log()).toContain('denied in the range');
    expect(turn.log()).not.toMatch(/192\.168\.77\.88|a-keyed-hash/);
    const afterStart = turn.log().slice(turn.log().indexOf('Total General servers'));
    expect(afterStart).not.toMatch(/\d+\.\d+\.\d+\.\d+/);
  });
});

describe('behind address translation', () => {
  it('relays are known by the outer address, and two of them reach each other', async () => {
    const outer = '198.51.100.77';
    const turn = await realCoturn({ externalAddress: outer });
    try {
      const [alice, bob] = [await client(turn), await client(turn)];
      const [aliceRelay, bobRelay] = [
        (await allocated(turn, alice)).relay,
        (await allocated(turn, bob)).relay,
      ];
      expect([aliceRelay.address, bobRelay.address]).toEqual([outer, outer]);
      expect(await alice.permit(bobRelay)).toBe('ok');
      expect(await bob.permit(aliceRelay)).toBe('ok');
      alice.send(bobRelay, Buffer.from('through the mapping'));
      const atBob = await bob.receive();
      expect(Buffer.from(atBob.data).toString()).toBe('through the mapping');
      expect(atBob.from).toEqual(aliceRelay);
      // Its neighbours in the same range stay refused.
      expect(await alice.permit({ address: '198.51.100.78', port: 9 })).toBe(403);
    } finally {
      await turn.stop();
    }
  });
});

describe('IPv6 relays', () => {
  const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some((a) => a.address === '::1'));

  it('refuse every private and special peer, disguised IPv4 included; without IPv6 there is no such relay', async () => {
    const turn = await realCoturn(hasIpv6 ? { env: { TURN_IPV6_ADDRESS: '::1' } } : {});
    try {
      const alice = await client(turn);
      const allocation = await alice.allocate(ours(turn), 6);
      if (!hasIpv6) {
        expect(allocation).toEqual({ state: 'refused', error: 440 });
        return;
      }
      expect(allocation.state).toBe('allocated');
      const refused: Record<string, unknown> = {};
      for (const address of SPECIAL_IPV6) refused[address] = await alice.permit({ address, port: 9 });
      expect(refused).toEqual(Object.fromEntries(SPECIAL_IPV6.map((address) => [address, 403])));
      expect(await alice.permit({ address: '2a00:1450::1', port: 9 })).toBe('ok');
      // One that is written without a double colon too.
      expect(await alice.permit({ address: 'fd12:3456:1:2:3:4:5:6', port: 9 })).toBe(403);
      await expect.poll(() => turn.log()).toContain('denied in the range');
      expect(turn.log()).not.toMatch(/fd12|fe80|10\.0\.0\.1/);
    } finally {
      await turn.stop();
    }
  });
});

const SPECIAL_IPV6 = [
  '::',
  '::10.0.0.1',
  '::ffff:10.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:169.254.169.254',
  '::ffff:0:10.0.0.1',
  '64:ff9b::10.0.0.1',
  '64:ff9b:1::1',
  '100::1',
  '2001::1',
  '2001:2::1',
  '2001:10::1',
  '2001:db8::1',
  '2002:a00:1::1',
  '2620:4f:8000::1',
  '3fff::1',
  '5f00::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fec0::1',
  'ff02::1',
];
