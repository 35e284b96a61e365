import { MAILBOX_AT, PAYLOAD_AT } from '../protocol/header.ts';

/**
 * A mailbox id as a key of maps: its 32 bytes as a string of 32 one-byte characters, the smallest and quickest form
 * that V8 has. It never reaches a log.
 */
export type MailboxName = string & { readonly mailboxName: unique symbol };

/** The name of the mailbox that a frame is about. What is a Buffer already is looked into without another view. */
export function nameInFrame(frame: Uint8Array): MailboxName {
  const bytes = Buffer.isBuffer(frame) ? frame : Buffer.from(frame.buffer, frame.byteOffset, PAYLOAD_AT);
  return bytes.toString('latin1', MAILBOX_AT, PAYLOAD_AT) as MailboxName;
}

/** The name of an id of 32 bytes. */
export function nameOf(id: Uint8Array): MailboxName {
  return Buffer.from(id.buffer, id.byteOffset, id.length).toString('latin1') as MailboxName;
}

/** The 32 bytes of a name. */
export function idOf(name: MailboxName): Uint8Array {
  return Buffer.from(name, 'latin1');
}
