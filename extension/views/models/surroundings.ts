import type { ReadonlySignal, Signal } from '@preact/signals';
import type { EngineClient } from '../../bridge/types.ts';

/** Ends what it came from; harmless when called twice. */
export type Stop = () => void;

/** Time, from outside, so that tests turn it by hand. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  after(ms: number, run: () => void): Stop;
  every(ms: number, run: () => void): Stop;
}

/** Where a view is shown; the frame differs, the screens do not. */
export type Surface = 'panel' | 'tab' | 'popup';

/** Everything that models reach for outside themselves. */
export interface Surroundings {
  readonly client: EngineClient;
  readonly clock: Clock;
  /** Puts text on the clipboard; rejects where the browser does not let it. */
  copy(text: string): Promise<void>;
  /** Loads the view again. */
  reload(): void;
  /** Whether somebody can be looking: the view is visible and has the focus. */
  readonly attentive: ReadonlySignal<boolean>;
  /**
   * Unsent text by contact, as far as this view has seen it; the engine keeps it beyond the view's life, sealed.
   */
  readonly drafts: Signal<Readonly<Record<string, string>>>;
  /** Of the extension, as the manifest says it. */
  readonly version: string;
  readonly surface: Surface;
}
