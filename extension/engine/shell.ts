import type { Badge, News } from '../bridge/background.ts';
import type { Settings } from '../bridge/types/snapshots.ts';

/** What the engine asks of the browser around it; each browser brings its own (platform/). */
export interface Shell {
  /** What stands on the toolbar button; 0 clears it. */
  badge(badge: Badge): void;
  /** Tells of something while no view is open; a notification replaces the earlier one of its tag. */
  notify(news: News): void;
  /** Takes a notification back, because it has been seen. */
  dismiss(tag: string): void;
  /** Takes back every notification, also one of an earlier start. */
  dismissAll(): void;
  /** What the toolbar button opens. */
  openAs(openAs: Settings['openAs']): void;
  /** An update waits; reloads the extension. */
  reload(): void;
}
