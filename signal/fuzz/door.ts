import { decodeServerFrame } from '../protocol/index.ts';
import { LIMITS } from '../src/limits.ts';
import { Office } from '../src/office.ts';
import { EmbeddedStore } from '../src/store/embedded-store.ts';
import { MemoryDisk } from '../src/store/memory-disk.ts';
import { Tally } from '../src/tally.ts';
import { MemoryWordBook } from '../src/words/memory-word-book.ts';

/** Everything behind a server's door, with its disk in memory and its clock standing. */
export function newDoor() {
  const now = () => 1_800_000_000_000;
  const store = new EmbeddedStore({
    disk: new MemoryDisk(),
    limits: LIMITS,
    retention: 3600,
    mostBytes: 1e9,
    now,
  });
  const common = { limits: LIMITS, retention: 3600, now };
  const office = new Office({
    ...common,
    store,
    words: new MemoryWordBook(LIMITS, now),
    tally: new Tally(),
    turn: undefined,
    passes: undefined,
  });
  return {
    /** One socket that says these frames. Returns how it ended, if it did; throws where the server would, or answers what is no frame. */
    visit(frames: readonly Uint8Array[]): string | undefined {
      let ended: string | undefined;
      const line = {
        send(frame: Uint8Array) {
          decodeServerFrame(frame.slice());
          return 'sent' as const;
        },
        sendAll(frames: readonly Uint8Array[]) {
          for (const frame of frames) this.send(frame);
          return 'sent' as const;
        },
        backlog: () => 0,
        end(reason: string) {
          ended = reason;
        },
      };
      office.admit('192.0.2.1');
      const session = office.connect(line, '192.0.2.1');
      for (const frame of frames) session.receive(frame.slice());
      session.flush();
      office.disconnect(session);
      return ended;
    },
    /** Sockets and mailboxes that are held open. */
    held: () => office.sockets + office.mailboxes,
    close: () => office.drain(),
  };
}
