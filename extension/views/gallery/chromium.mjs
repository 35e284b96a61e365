import puppeteer from 'puppeteer-core';

/** Opens the system's Chromium headless with a fresh profile and no calls home. */
export function openChromium(executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium') {
  return puppeteer.launch({
    executablePath,
    headless: true,
    pipe: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--force-color-profile=srgb',
      '--hide-scrollbars',
      '--accept-lang=en-GB',
    ],
  });
}
