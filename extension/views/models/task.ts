import { type Signal, signal } from '@preact/signals';
import { BridgeError, type BridgeErrorCode } from '../../bridge/types/errors.ts';

/** Something that a person asked for and that takes a while. */
export type Task =
  | { readonly state: 'idle' }
  | { readonly state: 'running' }
  | { readonly state: 'done' }
  | { readonly state: 'failed'; readonly code: BridgeErrorCode };

export const IDLE: Task = { state: 'idle' };

export function task(): Signal<Task> {
  return signal<Task>(IDLE);
}

/** What a failure is called; anything but the bridge's own errors is a fault of ours. */
export function codeOf(error: unknown): BridgeErrorCode {
  return error instanceof BridgeError ? error.code : 'internal';
}

/** Runs work and keeps its state; while it runs, a second press of the same button does nothing. */
export async function run(state: Signal<Task>, work: () => Promise<void>): Promise<void> {
  if (state.peek().state === 'running') return;
  state.value = { state: 'running' };
  try {
    await work();
    state.value = { state: 'done' };
  } catch (error) {
    state.value = { state: 'failed', code: codeOf(error) };
  }
}

/**
 * A way to run work that each press asks for something else with: all of it is begun, in the order of the presses, also
 * while other work runs. A failure stands until all have ended and something is asked for again.
 */
export function beside(state: Signal<Task>): (work: () => Promise<unknown>) => Promise<void> {
  let running = 0;
  return async (work) => {
    if (running++ === 0) state.value = { state: 'running' };
    try {
      await work();
    } catch (error) {
      state.value = { state: 'failed', code: codeOf(error) };
    }
    if (--running === 0 && state.peek().state === 'running') state.value = { state: 'done' };
  };
}

/** The code of a failed task, for a sentence. */
export function failureOf(task: Task): BridgeErrorCode | undefined {
  return task.state === 'failed' ? task.code : undefined;
}
