/**
 * The seams between two steps of sending or receiving, where the kill tests of a build of their own stop the engine.
 * In every other build the calls compile to nothing; a test looks for their traces in the packages.
 */
declare const __ASIDE_STEP_HOOKS__: boolean;

export type Step =
  | 'send:before-commit'
  | 'send:committed'
  | 'send:handed-over'
  | 'send:marked'
  | 'receive:before-commit'
  | 'receive:committed'
  | 'receive:acknowledged'
  | 'receive:receipt-committed'
  | 'accept:before-commit'
  | 'accept:committed'
  | 'accept:sent'
  | 'respond:before-commit'
  | 'respond:committed';

/** Stops for ever at the step that a test named, after telling it; elsewhere goes straight on. */
export async function step(name: Step): Promise<void> {
  if (typeof __ASIDE_STEP_HOOKS__ === 'undefined' || !__ASIDE_STEP_HOOKS__) return;
  const channel = new BroadcastChannel('aside-step-hooks');
  const armed = (globalThis as { asideStopAt?: string }).asideStopAt;
  channel.postMessage({ step: name, stopped: armed === name });
  channel.close();
  if (armed === name) await new Promise<never>(() => {});
}
