import type { News } from '../bridge/background.ts';
import type { Settings } from '../bridge/types.ts';

/** What the engine asks of the browser around it; each browser brings its own (platform/). */
export interface Shell {
  /** The number on the toolbar button; 0 clears it. */
  badge(unread: number): void;
  /** Tells of something while no view is open; a notification replaces the earlier one of its tag. */
  notify(news: News): void;
  /** Takes a notification back, because it has been seen. */
  dismiss(tag: string): void;
  /** What the toolbar button opens. */
  openAs(openAs: Settings['openAs']): void;
  /** An update waits; reloads the extension. */
  reload(): void;
}
