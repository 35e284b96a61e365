import type { CloseReason } from '../protocol/index.ts';

/** One client's socket, as the core knows it. */
export interface Line {
  /**
   * `sent`: on its way. `buffered`: taken, but the client does not keep up. `dropped`: not taken, the limit of what
   * may wait is reached. The bytes may be reused after the call.
   */
  send(frame: Uint8Array): 'sent' | 'buffered' | 'dropped';
  /** Bytes that were buffered and are still here. */
  backlog(): number;
  /** Says why and ends. The session's `ended` may be called before this returns. */
  end(reason: CloseReason): void;
}
