/** Our side of the bench. */
import { initiate, respond } from '../src/establish.ts';
import { newIdentity } from '../src/identity.ts';
import { openBundle } from '../src/invite/bundle.ts';
import { createInvite } from '../src/invite/create.ts';
import { readInvite } from '../src/invite/text.ts';
import { decodeSession, encodeSession } from '../src/session/codec.ts';
import { open, openBare } from '../src/session/open.ts';
import { seal, sealBare } from '../src/session/seal.ts';
import { loadCrypto } from '../src/sodium.ts';

const TEXT = new Uint8Array(256).fill(1);

export async function start(module: Uint8Array<ArrayBuffer>) {
  await loadCrypto(module);
  const alice = newIdentity();
  const bob = newIdentity();
  const reply = { id: new Uint8Array(32), server: 'https://aside.example.org' };

  const meet = () => {
    const created = createInvite({ me: alice, expires: 2_000_000_000, reply });
    const invite = readInvite(created.text);
    const bundle = openBundle(invite, created.bundle);
    const hello = seal(initiate({ me: bob, invite, bundle }).session, TEXT);
    const met = respond({ me: alice, keys: created.keys, envelope: hello.envelope });
    return { a: met.session, b: hello.session };
  };
  let { a, b } = meet();
  const step = () => {
    const { session, envelope } = sealBare(a, TEXT);
    a = b;
    b = session;
    a = openBare(a, envelope).session;
  };
  step();
  step();

  const repeat = (work: () => void) => (count: number) => {
    for (let index = 0; index < count; index++) work();
  };
  return {
    oneWay: repeat(() => {
      const sealed = sealBare(a, TEXT);
      a = sealed.session;
      b = openBare(b, sealed.envelope).session;
    }),
    padded: repeat(() => {
      const sealed = seal(a, TEXT);
      a = sealed.session;
      b = open(b, sealed.envelope).session;
    }),
    stored: repeat(() => {
      const sealed = seal(a, TEXT);
      a = decodeSession(encodeSession(sealed.session));
      b = decodeSession(encodeSession(open(b, sealed.envelope).session));
    }),
    pingPong: repeat(step),
    setUp: repeat(meet),
  };
}
