/** The views' end of the bridge: it finds the engine, wakes it, and comes back by itself when there is a new one. */
import { extensionWindows } from '../platform/neighbours.ts';
import { wakeEngine } from '../platform/wake.ts';
import {
  CHANNEL,
  type Door,
  ENGINE_DOOR,
  ENGINE_LOCK,
  type Message,
  type ToEngine,
  type ToViews,
  viewLock,
} from './channel.ts';
import type { Command, CommandResults } from './types/commands.ts';
import type { EngineClient } from './types/engine-client.ts';
import { BridgeError } from './types/errors.ts';
import type { Snapshots, Watch } from './types/snapshots.ts';

/** A hello without an answer is said again, with a wake-up call, after this long. Milliseconds. */
const HELLO_AGAIN = 1000;

interface PendingCall {
  readonly message: ToEngine;
  /** The engine that it was posted to. */
  engine: string | undefined;
  resolve(result: CommandResults[Command['type']]): void;
  reject(error: BridgeError): void;
}

/**
 * A client over the extension's channel, and the engine's own window where `windows` has it. `wake` asks the browser to
 * start the engine where it does not run.
 */
export function createClient(
  wake: () => void = wakeEngine,
  windows: () => readonly Window[] = extensionWindows,
): EngineClient {
  const view = crypto.randomUUID();
  const channel = new BroadcastChannel(CHANNEL);
  const calls = new Map<number, PendingCall>();
  const watches = new Map<
    number,
    { readonly watch: Watch; tell(snapshot: Snapshots[Watch['topic']]): void }
  >();
  let engine: string | undefined;
  let door: Door | undefined;
  let present = false;
  let updating = false;
  let next = 1;

  const post = (message: ToEngine) => {
    if (door === undefined) {
      channel.postMessage(message);
      return;
    }
    try {
      door.hear(message, back);
    } catch {
      // Firefox throws where a window is gone. Then the engine is too, and its lock says so.
    }
  };

  const back = (message: ToViews) => {
    const own = structuredClone(message);
    queueMicrotask(() => hear(own));
  };

  const sayHello = () => post({ to: 'engine', view, kind: 'hello', ...(updating ? { updating } : {}) });

  const hello = () => {
    if (engine !== undefined) return;
    wake();
    sayHello();
    setTimeout(hello, HELLO_AGAIN);
  };

  const up = (id: string) => {
    if (engine === id) return;
    const first = engine === undefined;
    engine = id;
    // Before anything is posted to it, so that all comes in order.
    door = doorOf(id, windows);
    if (!first || updating) sayHello();
    for (const [watching, { watch }] of watches) post({ to: 'engine', view, kind: 'watch', watching, watch });
    for (const [number, call] of calls) {
      if (call.engine === undefined) give(call, id);
      else lose(number, call);
    }
    watchEngine();
  };

  const give = (call: PendingCall, to: string) => {
    call.engine = to;
    post(call.message);
  };

  /** An engine that is gone may have done what it was asked: asked again, a message would be sent twice. */
  const lose = (number: number, call: PendingCall) => {
    calls.delete(number);
    call.reject(new BridgeError('engine-gone'));
  };

  /** Waits for the engine's lock to come free, which is the moment of its end. */
  const watchEngine = () => {
    const watched = engine;
    void navigator.locks.request(ENGINE_LOCK, { mode: 'shared' }, () => {
      if (engine !== watched) return;
      engine = undefined;
      door = undefined;
      for (const [number, call] of calls) if (call.engine !== undefined) lose(number, call);
      for (const { watch, tell } of watches.values()) if (watch.topic === 'app') tell({ phase: 'starting' });
      hello();
    });
  };

  const hear = (data: Message) => {
    if (data.to !== 'views' || !present) return;
    if (data.kind === 'up') up(data.engine);
    else if (data.view !== view) return;
    else if (data.kind === 'snapshot') {
      updating ||= 'updating' in data.snapshot && data.snapshot.updating;
      watches.get(data.watching)?.tell(data.snapshot);
    } else {
      const call = calls.get(data.call);
      calls.delete(data.call);
      if ('ok' in data.result) call?.resolve(data.result.ok);
      else call?.reject(new BridgeError(data.result.error));
    }
  };

  channel.onmessage = ({ data }: MessageEvent<Message>) => hear(data);

  // Held until the page ends, so that the engine knows when that is. Nothing is said before: an engine that asked for
  // the lock first would take this view for one that has ended already.
  void navigator.locks.request(viewLock(view), () => {
    present = true;
    hello();
    return new Promise<never>(() => {});
  });

  return {
    call<C extends Command>(command: C) {
      return new Promise<CommandResults[C['type']]>((resolve, reject) => {
        const call = next++;
        const message: ToEngine = { to: 'engine', view, kind: 'call', call, command };
        const pending: PendingCall = {
          message,
          engine: undefined,
          resolve: resolve as PendingCall['resolve'],
          reject,
        };
        calls.set(call, pending);
        if (engine !== undefined) give(pending, engine);
      });
    },
    watch<W extends Watch>(watch: W, tell: (snapshot: Snapshots[W['topic']]) => void) {
      const watching = next++;
      watches.set(watching, { watch, tell: tell as (snapshot: Snapshots[Watch['topic']]) => void });
      if (engine !== undefined) post({ to: 'engine', view, kind: 'watch', watching, watch });
      return () => {
        watches.delete(watching);
        if (engine !== undefined) post({ to: 'engine', view, kind: 'unwatch', watching });
      };
    },
  };
}

function doorOf(engine: string, windows: () => readonly Window[]): Door | undefined {
  try {
    return windows()
      .map((window) => Reflect.get(window, ENGINE_DOOR) as Door | undefined)
      .find((door) => door?.engine === engine);
  } catch {
    // A browser that does not tell, or a window that ended just now: the channel does.
    return undefined;
  }
}
