import { batch, type ReadonlySignal, signal } from '@preact/signals';
import type { EngineClient } from '../../bridge/types/engine-client.ts';
import { BridgeError } from '../../bridge/types/errors.ts';
import type { AppSnapshot } from '../../bridge/types/snapshots.ts';
import type { Clock, Stop } from './surroundings.ts';

/** Whether the engine talks to this view. */
export type Reach =
  /** Not yet, and not for long. */
  | 'fresh'
  /** Not yet, and long enough to say so. */
  | 'starting'
  /** It is there. */
  | 'there'
  /** It was there and went away: it is being updated or started again. What it said last is still shown. */
  | 'gone'
  /** It has never spoken, for so long that the person should do something. */
  | 'silent';

/** Long enough for a wait to be worth a word. */
export const STARTING_MS = 1_000;
/** Longer than a start on a slow computer takes, shorter than a person's patience. */
export const SILENT_MS = 12_000;

export interface Engine {
  /** The last that it said about itself; a start after the first one does not take it away. */
  readonly app: ReadonlySignal<AppSnapshot | undefined>;
  readonly reach: ReadonlySignal<Reach>;
  /** The client for all other models: through it an absent engine is noticed. */
  readonly client: EngineClient;
  dispose(): void;
}

/** The engine as one view meets it. */
export function createEngine(client: EngineClient, clock: Clock): Engine {
  const app = signal<AppSnapshot | undefined>(undefined);
  const reach = signal<Reach>('fresh');
  let stopWaiting: Stop = () => {};
  let waiting = false;

  function spoken(): boolean {
    const phase = app.peek()?.phase;
    return phase !== undefined && phase !== 'starting';
  }

  /** It is away: soon said, and at length as a matter for the person. */
  function wait(): void {
    if (waiting) return;
    waiting = true;
    const soon = clock.after(STARTING_MS, () => {
      reach.value = spoken() ? 'gone' : 'starting';
    });
    const late = clock.after(SILENT_MS, () => {
      if (!spoken()) reach.value = 'silent';
    });
    stopWaiting = () => {
      soon();
      late();
      waiting = false;
    };
  }
  wait();

  const stop = client.watch({ topic: 'app' }, (snapshot) => {
    if (snapshot.phase === 'starting') {
      if (!spoken()) app.value = snapshot;
      wait();
      return;
    }
    stopWaiting();
    batch(() => {
      app.value = snapshot;
      reach.value = 'there';
    });
  });

  return {
    app,
    reach,
    client: {
      watch: (watch, onSnapshot) => client.watch(watch, onSnapshot),
      async call(command) {
        try {
          return await client.call(command);
        } catch (error) {
          if (error instanceof BridgeError && error.code === 'engine-gone') wait();
          throw error;
        }
      },
    },
    dispose() {
      stop();
      stopWaiting();
    },
  };
}
