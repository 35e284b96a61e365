/** Olm's side of the bench: the older ratchet of Matrix, compiled to WASM. It is classical, and its texts are strings. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { roundTrips } from './subject.mjs';

const TEXT = 'x'.repeat(256);

export async function start() {
  const olm = createRequire(join(import.meta.dirname, 'peers', 'package.json'))('@matrix-org/olm');
  await olm.init();
  const [alice, bob] = [new olm.Account(), new olm.Account()];
  alice.create();
  bob.create();
  const aliceKey = JSON.parse(alice.identity_keys()).curve25519;
  const bobKey = JSON.parse(bob.identity_keys()).curve25519;

  const invite = () => {
    alice.generate_one_time_keys(1);
    const [oneTime] = Object.values(JSON.parse(alice.one_time_keys()).curve25519);
    const signature = alice.sign(oneTime);
    alice.mark_keys_as_published();
    return { oneTime, signature };
  };
  /** Bob takes one of Alice's one-time keys, which she signed, and writes to her. */
  const meet = (/** @type {any} */ { oneTime, signature }) => {
    const verifier = new olm.Utility();
    verifier.ed25519_verify(JSON.parse(alice.identity_keys()).ed25519, oneTime, signature);
    verifier.free();
    const b = new olm.Session();
    b.create_outbound(bob, aliceKey, oneTime);
    const first = b.encrypt(TEXT);
    const a = new olm.Session();
    a.create_inbound_from(alice, bobKey, first.body);
    alice.remove_one_time_keys(a);
    a.decrypt(first.type, first.body);
    return { a, b };
  };
  const { a, b } = meet(invite());
  const seal = (/** @type {any} */ from) => from.encrypt(TEXT);
  const open = (/** @type {any} */ to, /** @type {any} */ sealed) => to.decrypt(sealed.type, sealed.body);
  open(b, seal(a));
  open(a, seal(b));
  return roundTrips({
    seal: (toB) => seal(toB ? a : b),
    open: (toB, sealed) => open(toB ? b : a, sealed),
    invite,
    answer: (bundle) => {
      const met = meet(bundle);
      met.a.free();
      met.b.free();
    },
  });
}
