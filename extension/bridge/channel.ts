/**
 * The wire between views and engine: one BroadcastChannel that all pages of the extension share, because Chrome's
 * ports are JSON and would turn bytes into objects (PLATFORM). Who stands at the other end is known by Web Locks,
 * which the browser releases however a page ends.
 *
 * All pages of an extension share a process and its thread, so far. A view that has found the engine by the channel hands
 * to it what it has to say from then on, and is handed the answers: what goes through a channel goes through the browser's
 * own process, and comes after the frame that the press on "Send" has drawn. Where the browser does not tell of the
 * engine's window, all goes on over the channel.
 */
import type { Command, CommandResults } from './types/commands.ts';
import type { BridgeErrorCode } from './types/errors.ts';
import type { Snapshots, Watch } from './types/snapshots.ts';

export const CHANNEL = 'aside';

/** The engine holds this lock exclusively for as long as it lives. */
export const ENGINE_LOCK = 'aside-engine';

/** Each view holds a lock of its own. */
export function viewLock(view: string): string {
  return `aside-view-${view}`;
}

export type ToEngine =
  /**
   * A view opened, or heard that the engine is new. `updating`: an engine has told it that an update waits, which the browser
   * says once, and perhaps said to one that is gone.
   */
  | { readonly to: 'engine'; readonly view: string; readonly kind: 'hello'; readonly updating?: true }
  | {
      readonly to: 'engine';
      readonly view: string;
      readonly kind: 'call';
      readonly call: number;
      readonly command: Command;
    }
  | {
      readonly to: 'engine';
      readonly view: string;
      readonly kind: 'watch';
      readonly watching: number;
      readonly watch: Watch;
    }
  | { readonly to: 'engine'; readonly view: string; readonly kind: 'unwatch'; readonly watching: number };

export type ToViews =
  /** The engine started, or answers a hello. A new `engine` id means that calls and watches of the old one are gone. */
  | { readonly to: 'views'; readonly kind: 'up'; readonly engine: string }
  | {
      readonly to: 'views';
      readonly view: string;
      readonly kind: 'result';
      readonly call: number;
      readonly result: { readonly ok: CommandResults[Command['type']] } | { readonly error: BridgeErrorCode };
    }
  | {
      readonly to: 'views';
      readonly view: string;
      readonly kind: 'snapshot';
      readonly watching: number;
      readonly snapshot: Snapshots[Watch['topic']];
    };

export type Message = ToEngine | ToViews;

/** Under this name the engine's window has its {@link Door}. */
export const ENGINE_DOOR = 'asideEngine';

/** Where an engine is handed what a view says, with the way back. Both copy what they are given, and hear it a moment later. */
export interface Door {
  /** As its `up` tells: no other window's is taken for it. */
  readonly engine: string;
  hear(said: ToEngine, back: (message: ToViews) => void): void;
}
