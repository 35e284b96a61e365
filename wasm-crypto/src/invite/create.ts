/** Making an invite: its text, its sealed bundle and the keys to keep (SPEC 4). */
import { type IdentityKeys, identityHash } from '../identity.ts';
import { randomBytes } from '../random.ts';
import { PROTOCOL_VERSION } from '../sizes.ts';
import { wiping } from '../wiping.ts';
import { type MailboxAddress, sealBundle } from './bundle.ts';
import { type InviteKeys, newInviteKeys } from './keys.ts';
import { INVITE_SECRET_BYTES, type Invite, writeInvite } from './text.ts';

export interface CreatedInvite {
  /** 76 letters for behind the `#`. */
  readonly text: string;
  /** The rendezvous mailbox's key, 32 bytes. */
  readonly rendezvousKey: Uint8Array;
  /** The sealed bundle to put there, as long as the smallest envelope. */
  readonly bundle: Uint8Array;
  /** To persist until the invite is used or over. */
  readonly keys: InviteKeys;
}

/** Throws `malformed` where the expiry (seconds since the epoch), the address or the pass is out of bounds. */
export function createInvite(input: {
  me: IdentityKeys;
  expires: number;
  reply: MailboxAddress;
  guestPass?: Uint8Array;
}): CreatedInvite {
  const { me, expires, reply, guestPass } = input;
  const { identity } = me;
  return wiping((_, made) => {
    const secret = made(randomBytes(INVITE_SECRET_BYTES));
    const version = PROTOCOL_VERSION;
    const invite: Invite = { version, expires, secret, identityHash: identityHash(identity) };
    const text = writeInvite(invite);
    const keys = newInviteKeys(secret);
    const { agreeSecret, kemSecret, oneTime } = keys;
    made([agreeSecret, kemSecret]);
    const content = { identity, oneTime, reply };
    const sealed = sealBundle(me, invite, guestPass === undefined ? content : { ...content, guestPass });
    return { text, ...sealed, keys };
  });
}
