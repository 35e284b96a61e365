import type { CloseReason } from '../protocol/index.ts';

/** What became of a frame: on its way; taken, but the client does not keep up; not taken, as much waits as may. */
export type Sent = 'sent' | 'buffered' | 'dropped';

/** One client's socket, as the core knows it. */
export interface Line {
  /** The bytes may be reused after the call. */
  send(frame: Uint8Array): Sent;
  /** The same for several frames in order, in one write where that can be. After one that is `dropped` none is sent. */
  sendAll(frames: readonly Uint8Array[]): Sent;
  /** Bytes that were buffered and are still here. */
  backlog(): number;
  /** Says why and ends. The session's `ended` may be called before this returns. */
  end(reason: CloseReason): void;
}
