/**
 * What the extension's other pages tell the engine's page over `runtime.sendMessage`. The listener stands from the
 * page's first moment, and what comes before the engine does waits for it.
 */
import { browser } from 'wxt/browser';
import type { ToBackground, ToEnginePage } from '../bridge/background.ts';
import type { Engine } from '../engine/engine.ts';

export function listenForMessages(engine: Promise<Engine>): void {
  browser.runtime.onMessage.addListener((message: ToBackground | ToEnginePage) => {
    if (message.to !== 'engine') return;
    void engine.then((ready) => {
      if (message.kind === 'propose') void ready.propose(message.address);
      else if (message.kind === 'update-available') ready.updateAvailable();
      else obey(ready, message.kind);
    });
  });
}

/** Does what a key asks. Nobody waits: the screen is the answer, and without a passphrase there is nothing to lock. */
export function obey(engine: Engine, command: 'lock' | 'wipe'): void {
  engine.handle({ type: command }).catch(() => {});
}
