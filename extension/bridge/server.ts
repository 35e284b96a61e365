/** The engine's end of the bridge: it answers calls, sends snapshots, and notices views that end. */
import { CHANNEL, type Door, ENGINE_DOOR, type ToViews, viewLock } from './channel.ts';
import { readIncoming } from './incoming.ts';
import type { Command, CommandResults } from './types/commands.ts';
import { BridgeError } from './types/errors.ts';
import type { Snapshots, Watch } from './types/snapshots.ts';

export interface Served {
  handle(command: Command): Promise<CommandResults[Command['type']]>;
  watch(watch: Watch, tell: (snapshot: Snapshots[Watch['topic']]) => void): () => void;
  viewsOpen(count: number): void;
  /** A new version waits. */
  updateAvailable(): void;
}

/** Serves the extension's views for as long as this page lives. */
export function serve(engine: Served): void {
  const id = crypto.randomUUID();
  const channel = new BroadcastChannel(CHANNEL);
  const views = new Map<string, Map<number, () => void>>();

  const broadcast = (message: ToViews) => channel.postMessage(message);

  const meet = (view: string): Map<number, () => void> => {
    const known = views.get(view);
    if (known !== undefined) return known;
    const watching = new Map<number, () => void>();
    views.set(view, watching);
    engine.viewsOpen(views.size);
    // Granted when the view's page has ended, however it did.
    void navigator.locks.request(viewLock(view), () => {
      for (const stop of watching.values()) stop();
      views.delete(view);
      engine.viewsOpen(views.size);
    });
    return watching;
  };

  /** What a view says is answered the way it came. */
  const hear = async (said: unknown, post: (message: ToViews) => void) => {
    const data = readIncoming(said);
    if (data === undefined) return;
    const watching = meet(data.view);
    switch (data.kind) {
      case 'hello':
        if (data.updating) engine.updateAvailable();
        post({ to: 'views', kind: 'up', engine: id });
        break;
      case 'watch':
        watching.get(data.watching)?.();
        watching.set(
          data.watching,
          engine.watch(data.watch, (snapshot) =>
            post({ to: 'views', view: data.view, kind: 'snapshot', watching: data.watching, snapshot }),
          ),
        );
        break;
      case 'unwatch':
        watching.get(data.watching)?.();
        watching.delete(data.watching);
        break;
      case 'call':
        post({
          to: 'views',
          view: data.view,
          kind: 'result',
          call: data.call,
          result: await answer(engine, data.command),
        });
        break;
    }
  };
  channel.onmessage = ({ data }: MessageEvent<unknown>) => void hear(data, broadcast);
  const door: Door = {
    engine: id,
    hear(said, back) {
      const own: unknown = structuredClone(said);
      const answer = (message: ToViews) => {
        try {
          back(message);
        } catch {
          // Firefox throws where a window is gone. Its lock says so.
        }
      };
      queueMicrotask(() => void hear(own, answer));
    },
  };
  Reflect.set(globalThis, ENGINE_DOOR, door);
  broadcast({ to: 'views', kind: 'up', engine: id });
}

async function answer(
  engine: Served,
  command: Command | null,
): Promise<Extract<ToViews, { kind: 'result' }>['result']> {
  if (command === null) return { error: 'internal' };
  try {
    return { ok: await engine.handle(command) };
  } catch (error) {
    return { error: error instanceof BridgeError ? error.code : 'internal' };
  }
}
