/** Invites of somebody else before they are accepted: what one says, and the one in the open tab, which waits for a yes. */
import { identityHash, publicIdentity } from '@aside/wasm-crypto';
import { BridgeError } from '../bridge/types/errors.ts';
import type { ProposedInvite } from '../bridge/types/snapshots.ts';
import { inviteLink, readInviteLink } from './address.ts';
import type { Clock } from './clock.ts';
import type { Contacts } from './contacts.ts';
import { sameBytes } from './encoding.ts';
import type { Me } from './profile.ts';
import { pastedLink, readInviteAt } from './read-invite.ts';

export interface ProposedOptions {
  readonly clock: Clock;
  /** Where a bare invite is taken to be from before there is a server of mine. */
  readonly defaultServer: string | undefined;
  /** Once there is an identity. */
  mine(): { readonly me: Me; readonly contacts: Contacts } | undefined;
  changed(): void;
}

export class Proposed {
  readonly #options: ProposedOptions;
  #invite: ProposedInvite | undefined;

  constructor(options: ProposedOptions) {
    this.#options = options;
  }

  /** The invite that waits for a yes. */
  get invite(): ProposedInvite | undefined {
    return this.#invite;
  }

  /** Takes the address of the open tab. Returns whether it is an invite that can be accepted. */
  propose(address: string): boolean {
    const link = readInviteLink(address);
    if (link === undefined) return false;
    try {
      this.#invite = this.#read(link);
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error;
      return false;
    }
    this.#options.changed();
    return true;
  }

  /** It has had its answer, or nobody is there any more who could give one. */
  dismiss(): void {
    this.#invite = undefined;
    this.#options.changed();
  }

  /** Reads a link, or an invite's bare text. Throws a `BridgeError`. */
  read(text: string): ProposedInvite {
    return this.#read(
      pastedLink(text, this.#options.mine()?.me.settings.server ?? this.#options.defaultServer),
    );
  }

  #read(found: { readonly server: string; readonly text: string }): ProposedInvite {
    const { clock, mine } = this.#options;
    const { invite, server } = readInviteAt(found, clock.now());
    const own = mine();
    if (own !== undefined && sameBytes(invite.identityHash, identityHash(publicIdentity(own.me.keys))))
      throw new BridgeError('invite-own');
    const from = own?.contacts.byHash(invite.identityHash);
    return {
      link: inviteLink(server, found.text),
      server,
      expiresAt: invite.expires * 1000,
      ...(from === undefined ? {} : { from: from.id }),
    };
  }
}
