/**
 * The seams between two steps of sending or receiving, where the kill tests of a build of their own stop the engine.
 * Every call stands behind `__ASIDE_STEP_HOOKS__`, which is false at build time everywhere else, so that the packages
 * hold no trace of any of this; a test looks.
 */

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
  | 'respond:before-commit'
  | 'respond:committed';

/** What a test and the engine say to each other about steps. */
export type StepMessage = { readonly arm: Step } | { readonly armed: Step } | { readonly stopped: Step };

export const STEP_CHANNEL = 'aside-step-hooks';

let armed: Step | undefined;

/** Begins to listen for the step to stop at; called once, by the engine's start. */
export function listenForSteps(): void {
  const channel = new BroadcastChannel(STEP_CHANNEL);
  channel.onmessage = ({ data }: MessageEvent<StepMessage>) => {
    if (!('arm' in data)) return;
    armed = data.arm;
    channel.postMessage({ armed: data.arm } satisfies StepMessage);
  };
}

/** Stops for ever at the armed step, after telling the test; goes straight on at every other. */
export async function step(name: Step): Promise<void> {
  if (armed !== name) return;
  const channel = new BroadcastChannel(STEP_CHANNEL);
  channel.postMessage({ stopped: name } satisfies StepMessage);
  await new Promise<never>(() => {});
}
