import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { meet, Person } from '../launch/conversation.mjs';
import type { BrowserKind } from '../launch/programs.mjs';
import { staged } from './stage.ts';

const TEN = Array.from({ length: 10 }, (_, at) => `message ${at + 1} of ten`);

const PAIRS: readonly (readonly [BrowserKind, BrowserKind])[] = [
  ['chromium', 'chromium'],
  ['chromium', 'firefox'],
];

describe('what is written while the other is away', () => {
  it.for(PAIRS)(
    '%s to %s: waits through a kill of the server, and arrives with no view open',
    ([forAlice, forBob], context) => {
      const profile = mkdtempSync(join(tmpdir(), 'aside-profile-bob-'));
      return staged(context, async ({ services, start, arrive }) => {
        // Firefox starts only an installed extension by itself, and installs our archive for good.
        const kept = { profile, xpi: forBob === 'firefox' };
        const before = await start(forBob, kept);
        const [alice, bob] = await Promise.all([arrive('Alice', forAlice), arrive('Bob', before)]);
        await meet(alice, bob, services.server);
        await bob.send('I have to go.');
        await alice.waitForMessage('I have to go.');
        await bob.waitForDelivery('I have to go.', 'delivered');
        await before.close();

        for (const text of TEN) await alice.send(text);
        for (const text of TEN) await alice.waitForDelivery(text, 'sent');
        await services.killSignal();
        await services.restartSignal();

        // No view is opened: what Alice sees next is the work of Bob's engine alone.
        const after = await start(forBob, kept);
        for (const text of TEN) await alice.waitForDelivery(text, 'delivered', 60_000);

        const again = await Person.arrive('Bob', after);
        await again.openConversation('Alice');
        await again.waitForMessage(TEN.at(-1) ?? '');
        const shown = (await again.messages()).filter(({ from }) => from === 'them').map(({ text }) => text);
        expect(shown).toEqual(TEN);
      }).finally(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
    },
  );
});
