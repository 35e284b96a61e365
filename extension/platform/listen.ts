/** What the extension's other pages tell the engine's page over `runtime.sendMessage`. */
import { browser } from 'wxt/browser';
import type { ToBackground, ToEnginePage } from '../bridge/background.ts';
import type { Engine } from '../engine/engine.ts';

export function listenForMessages(engine: Engine): void {
  browser.runtime.onMessage.addListener((message: ToBackground | ToEnginePage) => {
    if (message.to !== 'engine') return;
    if (message.kind === 'propose') engine.propose(message.address);
    else engine.updateAvailable();
  });
}
