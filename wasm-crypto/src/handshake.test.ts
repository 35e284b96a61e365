import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../testing/load.ts';
import { concat } from './codec.ts';
import { accept, offer } from './handshake.ts';
import { identityParts, newIdentity } from './identity.ts';
import { newInviteKeys } from './invite/keys.ts';
import { LABELS } from './labels.ts';
import { randomBytes } from './random.ts';
import { aeadOpen, aeadSeal } from './sodium.ts';
import { codeOf, hex } from './test-people.ts';

beforeAll(loadCrypto);

/** Two people, the keys of one invite, and the part that one of them made for the other. */
function begun() {
  const [me, them] = [newIdentity(), newIdentity()];
  const keys = newInviteKeys(randomBytes(32));
  const secrets = { sealKey: randomBytes(32), preShared: randomBytes(32) };
  const peer = { identity: me.identity, oneTime: keys.oneTime };
  return { me, them, keys, secrets, offered: offer({ me: them, peer, secrets }) };
}

type Begun = ReturnType<typeof begun>;
const answer = ({ me, keys, secrets }: Begun, part: Uint8Array) => accept({ me, keys, secrets, part });

/** The part with its content changed, as only somebody with the link can. */
function resealed({ me, secrets, offered }: Begun, change: (content: Uint8Array) => Uint8Array): Uint8Array {
  const data = concat(LABELS.inviteHandshake, Uint8Array.of(1, 1), ...identityParts(me.identity));
  const nonce = offered.part.subarray(0, 24);
  const content = aeadOpen(secrets.sealKey, nonce, data, offered.part.subarray(24));
  if (content === undefined) throw new Error('the part does not open');
  return concat(nonce, aeadSeal(secrets.sealKey, nonce, data, change(content)));
}

describe('a handshake', () => {
  it('gives both the same secret, the same associated data, and the inviter the other’s identity', () => {
    const all = begun();
    const accepted = answer(all, all.offered.part);
    expect(hex(accepted.secret)).toBe(hex(all.offered.secret));
    expect(hex(accepted.associatedData)).toBe(hex(all.offered.associatedData));
    expect(accepted.peer).toEqual(all.them.identity);
    expect(all.offered.secret.some((byte) => byte !== 0)).toBe(true);
  });

  it('refuses a part of another length, of another suite, or with an identity that nobody signed', () => {
    const all = begun();
    const { part } = all.offered;
    expect(codeOf(() => answer(all, part.subarray(1)))).toBe('malformed');
    expect(codeOf(() => answer(all, concat(part, Uint8Array.of(0))))).toBe('malformed');
    expect(codeOf(() => answer(all, part.with(30, (part[30] ?? 0) ^ 1)))).toBe('forged');
    expect(
      codeOf(() =>
        answer(
          all,
          resealed(all, (content) => content.with(0, 2)),
        ),
      ),
    ).toBe('wrong-version');
    expect(
      codeOf(() =>
        answer(
          all,
          resealed(all, (content) => content.fill(7, 33, 65)),
        ),
      ),
    ).toBe('forged');
    expect(
      codeOf(() =>
        answer(
          all,
          resealed(all, (content) => content),
        ),
      ),
    ).toBe('nothing thrown');
  });

  it('refuses an ephemeral key that every agreement of is zero', () => {
    const all = begun();
    const part = resealed(all, (content) => content.fill(0, 129, 161));
    expect(codeOf(() => answer(all, part))).toBe('forged');
  });

  it('comes to another secret where anything that goes into it is another', () => {
    const all = begun();
    const { me, keys, secrets, offered } = all;
    const secretOf = (change: Partial<Parameters<typeof accept>[0]>): string =>
      hex(accept({ me, keys, secrets, part: offered.part, ...change }).secret);
    const other = newInviteKeys(keys.secret);
    const same = hex(offered.secret);
    expect(secretOf({})).toBe(same);
    const changes = [
      { secrets: { ...secrets, preShared: randomBytes(32) } },
      { keys: { ...keys, agreeSecret: other.agreeSecret } },
      { keys: { ...keys, kemSecret: other.kemSecret } },
      { keys: { ...keys, oneTime: { ...keys.oneTime, agree: other.oneTime.agree } } },
      // The private keys fit; that the public one was another shows in the transcript alone (SPEC 13.9).
      { keys: { ...keys, oneTime: { ...keys.oneTime, kem: other.oneTime.kem } } },
      { me: { ...me, agreeSecret: randomBytes(32) } },
      { part: resealed(all, (content) => content.with(170, (content[170] ?? 0) ^ 1)) },
    ];
    const secretsOf = changes.map(secretOf);
    expect(new Set([same, ...secretsOf]).size).toBe(changes.length + 1);
  });
});
