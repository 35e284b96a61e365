import { randomBytes } from 'node:crypto';
import type { MailboxName } from '../../mailbox-name.ts';

/**
 * Names in Redis. What is in braces decides the hash slot, so all that belongs to a mailbox lies together. A mailbox
 * is a hash `m:{id}` and a stream `s:{id}`, the id in base64url. The hash has: `e` the epoch (microseconds since 1970
 * when it was last opened), `n` the node that reads it and `u` until when that holds (seconds), `q` the last sequence
 * given out, `t` and `x` the bytes that ever went in and out, `r` when it was last read (minutes).
 */
export function mailboxKey(mailbox: MailboxName): string {
  return `m:{${Buffer.from(mailbox, 'latin1').toString('base64url')}}`;
}

/** The key of a mailbox's envelopes, from its other one. */
export function envelopesKey(key: string): string {
  return `s${key.slice(1)}`;
}

/** The mailboxes that a guest pass opened, as a set of their names under it. It ends by itself, with the pass. */
export function guestKey(pass: Uint8Array): string {
  return `g:{${Buffer.from(pass).toString('base64url')}}`;
}

/** What SCAN matches for all mailboxes. */
export const ALL_MAILBOXES = 'm:{*';

/** How many mailboxes are registered, counted anew by every sweep. */
export const COUNT_KEY = 'aside:mailboxes';

/** Held by the node that sweeps. */
export const SWEEP_KEY = 'aside:sweep';

/** A node, from its start to its end: a process that starts again is another one. 12 characters. */
export type NodeName = string & { readonly nodeName: unique symbol };

export const NODE_NAME_LENGTH = 12;

export function newNodeName(): NodeName {
  return randomBytes((NODE_NAME_LENGTH / 4) * 3).toString('base64url') as NodeName;
}

/** Where a node hears from the others. */
export function channelOf(node: NodeName): string {
  return `aside:node:{${node}}`;
}
