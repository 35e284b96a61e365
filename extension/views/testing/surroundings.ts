import { type Signal, signal } from '@preact/signals';
import type { EngineClient } from '../../bridge/types/engine-client.ts';
import {
  type Camera,
  CameraError,
  type CameraTrouble,
  type Feed,
  type Surface,
  type Surroundings,
} from '../models/surroundings.ts';
import { HandClock } from './hand-clock.ts';

export interface TestSurroundings extends Surroundings {
  readonly clock: HandClock;
  readonly attentive: Signal<boolean>;
  readonly copied: string[];
  readonly savedFiles: { readonly name: string; readonly file: Blob }[];
  reloads: number;
  /** How often the browser's page for keys was opened. */
  chosen: number;
  readonly camera: HandCamera;
}

/** A camera that sees what a test holds before it. */
export class HandCamera implements Camera {
  /** `asking`: the browser's question stands, and nobody answers. */
  answer: 'granted' | 'asking' | CameraTrouble = 'granted';
  sees: string | undefined;
  /** Pictures that are on at this moment. */
  on = 0;
  #ended: (() => void)[] = [];

  canOpen(surface: Surface): Promise<boolean> {
    return Promise.resolve(surface === 'tab' || this.answer === 'granted');
  }

  async open(): Promise<Feed> {
    if (this.answer === 'asking') return new Promise(() => {});
    if (this.answer !== 'granted') throw new CameraError(this.answer);
    this.on++;
    return {
      show: () => {},
      read: async () => this.sees,
      ended: (call) => this.#ended.push(call),
      stop: () => {
        this.on--;
      },
    };
  }

  /** Pulls the plug. */
  end(): void {
    for (const call of this.#ended) call();
  }
}

/** Surroundings that a test holds in its hand. */
export function testSurroundings(client: EngineClient): TestSurroundings {
  const copied: string[] = [];
  const savedFiles: { readonly name: string; readonly file: Blob }[] = [];
  const surroundings: TestSurroundings = {
    client,
    clock: new HandClock(),
    attentive: signal(true),
    version: '0.0.0',
    nameless: 'Somebody',
    surface: 'panel',
    camera: new HandCamera(),
    checkSignature: () => new Promise(() => {}),
    copied,
    savedFiles,
    save: (name, file) => savedFiles.push({ name, file }),
    reloads: 0,
    chosen: 0,
    shortcuts: {
      keys: async () => ({}),
      choose: () => {
        surroundings.chosen += 1;
      },
    },
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
