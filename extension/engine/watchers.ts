/** Who watches what, and when they hear of it: changes of one turn of the event loop become one snapshot. */
import type {
  AppSnapshot,
  ConversationSnapshot,
  MessagesSnapshot,
  Part,
  Snapshots,
  Watch,
} from '../bridge/types/snapshots.ts';
import { report } from './report.ts';

export interface SnapshotSource {
  app(): AppSnapshot;
  messages(): MessagesSnapshot;
  conversation(contactId: string, part: Part): Promise<ConversationSnapshot>;
  /** A conversation came onto a screen, or left the last one. */
  looking(contactId: string, looking: boolean): void;
}

interface Watcher {
  readonly watch: Watch;
  readonly tell: (snapshot: Snapshots[Watch['topic']]) => void;
}

export class Watchers {
  readonly #source: SnapshotSource;
  readonly #watchers = new Set<Watcher>();
  #dirtyApp = false;
  #dirtyMessages = false;
  readonly #dirty = new Set<string>();
  #scheduled = false;
  #running: Promise<void> = Promise.resolve();

  constructor(source: SnapshotSource) {
    this.#source = source;
  }

  add(watch: Watch, tell: Watcher['tell']): () => void {
    const watcher = { watch, tell };
    this.#watchers.add(watcher);
    if (watch.topic === 'conversation') this.#source.looking(watch.contactId, true);
    this.#queue(() => this.#tell(watcher));
    return () => {
      if (!this.#watchers.delete(watcher)) return;
      if (watch.topic === 'conversation' && !this.isWatched(watch.contactId)) {
        this.#source.looking(watch.contactId, false);
      }
    };
  }

  isWatched(contactId: string): boolean {
    return [...this.#watchers].some(
      ({ watch }) => watch.topic === 'conversation' && watch.contactId === contactId,
    );
  }

  appChanged(): void {
    this.#dirtyApp = true;
    this.#schedule();
  }

  /** A contact, or all of them, came into being while their conversation may have been watched already. */
  revisit(contactId?: string): void {
    for (const { watch } of this.#watchers) {
      if (watch.topic !== 'conversation') continue;
      if (contactId !== undefined && watch.contactId !== contactId) continue;
      this.#source.looking(watch.contactId, true);
      this.#dirty.add(watch.contactId);
    }
    this.#dirtyMessages = true;
    this.appChanged();
  }

  conversationChanged(contactId: string): void {
    this.#dirty.add(contactId);
    this.#dirtyMessages = true;
    this.appChanged();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      const topics = { app: this.#dirtyApp, messages: this.#dirtyMessages };
      const conversations = new Set(this.#dirty);
      this.#dirtyApp = false;
      this.#dirtyMessages = false;
      this.#dirty.clear();
      this.#queue(async () => {
        const affected = [...this.#watchers].filter(({ watch }) =>
          watch.topic === 'conversation' ? conversations.has(watch.contactId) : topics[watch.topic],
        );
        // The conversation first: it is what a person waits for.
        affected.sort((a, b) => Number(a.watch.topic === 'app') - Number(b.watch.topic === 'app'));
        for (const watcher of affected) await this.#tell(watcher);
      });
    });
  }

  /** One after the other, so that no older snapshot arrives after a newer one. */
  #queue(job: () => Promise<void>): void {
    this.#running = this.#running.then(job);
  }

  /** Never rejects: what has no snapshot (yet, or any more) must not keep the others from theirs. */
  async #tell(watcher: Watcher): Promise<void> {
    const { watch, tell } = watcher;
    try {
      const snapshot =
        watch.topic === 'conversation'
          ? await this.#source.conversation(watch.contactId, watch)
          : this.#source[watch.topic]();
      if (this.#watchers.has(watcher)) tell(snapshot);
    } catch (error) {
      // An unknown contact, or an engine that is not ready: the app's snapshot says so to whoever watches.
      if (!('code' in Object(error))) report(error);
    }
  }
}
