import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { CameraError, type CameraTrouble, type Feed, type Stop, type Surroundings } from './surroundings.ts';

/** A camera on its way to a code. */
export type ScanState =
  | { readonly at: 'asking' }
  /** Chrome's panel and every popup show no question about the camera: a tab does, once. */
  | { readonly at: 'needs-tab' }
  | { readonly at: 'trouble'; readonly trouble: CameraTrouble }
  /** `other`: there is a code in the picture, and it is not what was looked for. */
  | { readonly at: 'looking'; readonly feed: Feed; readonly other: boolean }
  | { readonly at: 'found' };

export interface Scan {
  readonly state: ReadonlySignal<ScanState>;
  /** Asks for the camera and looks; also after trouble. */
  start(): Promise<void>;
  /** Lets go of the camera. */
  stop(): void;
}

/** Between two looks: as quick as a hand steadies itself, and a processor's rest between them. */
export const LOOK_EVERY_MS = 150;

/** @param take says whether the text of a code is what was looked for; then the camera is let go. */
export function createScan(
  { camera, clock, surface }: Pick<Surroundings, 'camera' | 'clock' | 'surface'>,
  take: (text: string) => Promise<boolean>,
): Scan {
  const state: Signal<ScanState> = signal({ at: 'asking' });
  let run = 0;
  let release: Stop = () => {};

  function stop(): void {
    run++;
    release();
    release = () => {};
  }

  async function open(mine: number): Promise<Feed | undefined> {
    if (!(await camera.canOpen(surface))) {
      if (mine === run) state.value = { at: 'needs-tab' };
      return undefined;
    }
    try {
      const feed = await camera.open();
      if (mine === run) return feed;
      // Left while the browser was asking.
      feed.stop();
    } catch (error) {
      const trouble = error instanceof CameraError ? error.code : 'none';
      if (mine === run) state.value = { at: 'trouble', trouble };
    }
    return undefined;
  }

  return {
    state,
    stop,
    async start() {
      stop();
      const mine = run;
      state.value = { at: 'asking' };
      const feed = await open(mine);
      if (feed === undefined) return;
      let rest: Stop = () => {};
      release = () => {
        rest();
        feed.stop();
      };
      state.value = { at: 'looking', feed, other: false };
      feed.ended(() => {
        if (mine !== run) return;
        stop();
        state.value = { at: 'trouble', trouble: 'none' };
      });
      let refused: string | undefined;
      const look = async (): Promise<void> => {
        const text = await feed.read();
        if (mine !== run) return;
        if (text !== undefined && text !== '' && text !== refused) {
          const taken = await take(text);
          if (mine !== run) return;
          if (taken) {
            stop();
            state.value = { at: 'found' };
            return;
          }
          refused = text;
          state.value = { at: 'looking', feed, other: true };
        }
        rest = clock.after(LOOK_EVERY_MS, () => void look());
      };
      await look();
    },
  };
}
