import { type Signal, signal } from '@preact/signals';
import type { EngineClient } from '../../bridge/types.ts';
import type { Surroundings } from '../models/surroundings.ts';
import { HandClock } from './hand-clock.ts';

export interface TestSurroundings extends Surroundings {
  readonly clock: HandClock;
  readonly attentive: Signal<boolean>;
  readonly copied: string[];
  reloads: number;
}

/** Surroundings that a test holds in its hand. */
export function testSurroundings(client: EngineClient): TestSurroundings {
  const copied: string[] = [];
  const surroundings: TestSurroundings = {
    client,
    clock: new HandClock(),
    attentive: signal(true),
    drafts: signal({}),
    version: '0.0.0',
    surface: 'panel',
    copied,
    reloads: 0,
    copy: async (text) => {
      copied.push(text);
    },
    reload: () => {
      surroundings.reloads += 1;
    },
  };
  return surroundings;
}

/** Lets every promise that is settled by now take its effect. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}
