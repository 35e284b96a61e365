import { type ReadonlySignal, signal } from '@preact/signals';
import { type AppSnapshot, BridgeError, type EngineClient } from '../../bridge/types.ts';
import type { Clock, Stop } from './surroundings.ts';

/** Whether the engine talks to this view. */
export type Contactability =
  /** Not yet, and not for long. */
  | 'fresh'
  /** Not yet, and long enough to say so. */
  | 'starting'
  /** There is a snapshot, and the engine is there. */
  | 'there'
  /** It was there and went away: it is being updated or started again. */
  | 'gone'
  /** Nothing for so long that the person should do something. */
  | 'silent';

export const STARTING_MS = 1_000;
/** Longer than a start on a slow computer takes, shorter than a person's patience. */
export const SILENT_MS = 12_000;

export interface Engine {
  readonly app: ReadonlySignal<AppSnapshot | undefined>;
  readonly contactability: ReadonlySignal<Contactability>;
  /** The client for all other models: through it an absent engine is noticed. */
  readonly client: EngineClient;
  dispose(): void;
}

/** The engine as one view meets it. */
export function createEngine(client: EngineClient, clock: Clock): Engine {
  const app = signal<AppSnapshot | undefined>(undefined);
  const contactability = signal<Contactability>('fresh');
  const timers = new Set<Stop>();

  function waitFor(): void {
    for (const stop of timers) stop();
    timers.clear();
    timers.add(
      clock.after(STARTING_MS, () => {
        if (contactability.peek() === 'fresh') contactability.value = 'starting';
      }),
    );
    timers.add(
      clock.after(SILENT_MS, () => {
        if (contactability.peek() !== 'there') contactability.value = 'silent';
      }),
    );
  }
  waitFor();

  const watching: EngineClient = {
    async call(command) {
      try {
        return await client.call(command);
      } catch (error) {
        if (
          error instanceof BridgeError &&
          error.code === 'engine-gone' &&
          contactability.peek() === 'there'
        ) {
          contactability.value = 'gone';
          waitFor();
        }
        throw error;
      }
    },
    watch: (watch, onSnapshot) => client.watch(watch, onSnapshot),
  };

  const stop = client.watch({ topic: 'app' }, (snapshot) => {
    app.value = snapshot;
    contactability.value = snapshot.phase === 'starting' ? 'starting' : 'there';
  });

  return {
    app,
    contactability,
    client: watching,
    dispose() {
      stop();
      for (const end of timers) end();
    },
  };
}
