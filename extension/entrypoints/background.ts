/// <reference types="wxt/vite-builder-env" />
import { defineBackground } from 'wxt/utils/define-background';
import { startChromeBackground } from '../platform/chrome-background.ts';
import { firefoxShell, listenToFirefox } from '../platform/firefox-background.ts';
import { startEngine } from '../platform/start-engine.ts';
import { tabAddress } from '../views/models/tab-address.ts';

export default defineBackground({
  persistent: true,
  main() {
    const addressOf = (contactId: string) => tabAddress({ at: 'conversation', contactId });
    if (import.meta.env.FIREFOX) listenToFirefox(startEngine(firefoxShell), addressOf);
    else startChromeBackground(addressOf);
  },
});
