/** The bundle of an invite, among all that a server was given: receipts and others come before it and behind it. */
import { mailboxIdOf, readInvite, rendezvousKey } from '@aside/wasm-crypto';
import { readInviteLink } from '../address.ts';
import { toHex } from '../encoding.ts';
import type { HostileServer, Put } from './hostile-server.ts';

/** Throws where it was not placed. */
export function bundleOf(server: HostileServer, link: string): Put {
  const { text } = readInviteLink(link) as { text: string };
  const mailbox = toHex(mailboxIdOf(rendezvousKey(readInvite(text))));
  const bundle = server.puts.find((put) => put.mailbox === mailbox);
  if (bundle === undefined) throw new Error('no bundle was placed');
  return bundle;
}
