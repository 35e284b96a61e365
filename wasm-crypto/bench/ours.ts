/** Our side of the bench. */
import { initiate, respond } from '../src/establish.ts';
import { newIdentity } from '../src/identity.ts';
import { openBundle } from '../src/invite/bundle.ts';
import { type CreatedInvite, createInvite } from '../src/invite/create.ts';
import { readInvite } from '../src/invite/text.ts';
import { decodeSession, encodeSession } from '../src/session/codec.ts';
import { open, openBare } from '../src/session/open.ts';
import { prepareKeyPair } from '../src/session/prepared.ts';
import { seal, sealBare } from '../src/session/seal.ts';
import { loadCrypto } from '../src/sodium.ts';
import { barePrimitives } from './bare.ts';
import { roundTrips } from './subject.mjs';

type Work = (count: number) => Promise<Record<string, number>>;

const TEXT = new Uint8Array(256).fill(1);

export async function start(module: Uint8Array<ArrayBuffer>) {
  await loadCrypto(module);
  const alice = newIdentity();
  const bob = newIdentity();
  const reply = { id: new Uint8Array(32), server: 'https://aside.example.org' };

  const make = () => createInvite({ me: alice, expires: 2_000_000_000, reply });
  const meet = (created: CreatedInvite) => {
    const invite = readInvite(created.text);
    const bundle = openBundle(invite, created.bundle);
    const hello = seal(initiate({ me: bob, invite, bundle }).session, TEXT);
    const met = respond({ me: alice, keys: created.keys, envelope: hello.envelope });
    return { a: met.session, b: hello.session };
  };
  let { a, b } = meet(make());
  const step = (toB: boolean) => {
    const sealed = sealBare(toB ? a : b, TEXT);
    if (toB) a = sealed.session;
    else b = sealed.session;
    return sealed.envelope;
  };
  const take = (toB: boolean, envelope: Uint8Array) => {
    const opened = openBare(toB ? b : a, envelope);
    if (toB) b = opened.session;
    else a = opened.session;
  };
  for (const toB of [true, false, true]) take(toB, step(toB));

  const alone = (work: () => void) => async (count: number) => {
    const began = performance.now();
    for (let index = 0; index < count; index++) work();
    return { both: performance.now() - began };
  };
  const subject = roundTrips({
    seal: step,
    open: take,
    invite: make,
    answer: meet,
    prepare: prepareKeyPair,
  });
  const bare = barePrimitives();
  const beside = (work: Work, floor: Work) => async (count: number) => ({
    ...(await work(count)),
    ...(await floor(count)),
  });
  const setUpFloor = bare.floorOf(() => void meet(make()));
  const turnFloor = bare.floorOf(() => take(false, step(false)));
  prepareKeyPair();
  const aheadFloor = bare.floorOf(() => take(true, step(true)));
  return {
    ...subject,
    pingPong: beside(subject.pingPong, turnFloor.run),
    ahead: beside(subject.ahead, aheadFloor.run),
    setUp: beside(beside(subject.setUp, setUpFloor.run), bare.leastSetUp.run),
    bare: bare.each,
    /** How often a set-up calls what `bare` measures. */
    calls: setUpFloor.calls,
    padded: alone(() => {
      const sealed = seal(a, TEXT);
      a = sealed.session;
      b = open(b, sealed.envelope).session;
    }),
    stored: alone(() => {
      const sealed = seal(a, TEXT);
      a = decodeSession(encodeSession(sealed.session));
      b = decodeSession(encodeSession(open(b, sealed.envelope).session));
    }),
  };
}
