import { expect, it } from 'vitest';
import { HostileServer } from '../engine/testing/hostile-server.ts';
import { liveMischief, mischief } from '../engine/testing/mischief.ts';
import { meet } from '../launch/conversation.mjs';
import { staged } from './stage.ts';

const lines = (name: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => `${name} says ${from + at}`);

it('a hostile server delays what two browsers say, and does nothing else', (context) =>
  staged(context, async ({ arrive }) => {
    const server = await HostileServer.start();
    try {
      const [alice, bob] = await Promise.all([arrive('Alice', 'chromium'), arrive('Bob', 'firefox')]);
      await meet(alice, bob, server.url);
      const { turnHonest } = mischief(server, 7);
      for (const text of lines('Alice', 0, 6)) await alice.send(text);
      for (const text of lines('Bob', 0, 6)) await bob.send(text);
      turnHonest();
      await alice.send('Alice says 6');
      await bob.send('Bob says 6');
      for (const text of lines('Alice', 0, 7)) await alice.waitForDelivery(text, 'delivered');
      for (const text of lines('Bob', 0, 7)) await bob.waitForDelivery(text, 'delivered');

      // It meddles with the signaling as well: the browsers find each other all the same, and only each other. A word
      // from the other makes a browser knock again.
      liveMischief(server, 7);
      const meddle = server.liveFate;
      const signals: Uint8Array[] = [];
      server.liveFate = (put) => {
        signals.push(put.envelope);
        return meddle?.(put) ?? [];
      };
      await alice.send('Alice says 7');
      await bob.waitForMessage('Alice says 7');
      await Promise.all([alice, bob].map((person) => person.waitForConnection(['direct'])));
      await bob.send('Bob says 7');
      await alice.waitForMessage('Bob says 7');

      for (const [person, other] of [
        [alice, bob],
        [bob, alice],
      ] as const) {
        // The other may have seen it before.
        await person.waitForMessage(`${person.name} says 7`);
        const shown = await person.messages();
        const texts = (from: 'me' | 'them') =>
          shown.filter((one) => one.from === from).map(({ text }) => text);
        expect(texts('me')).toEqual(lines(person.name, 0, 8));
        expect(texts('them')).toEqual(lines(other.name, 0, 8));
      }
      for (const { envelope } of server.puts)
        expect(new TextDecoder('latin1').decode(envelope)).not.toContain('says');
      // Nor did it learn from the signaling who is where.
      expect(signals.length).toBeGreaterThan(0);
      for (const envelope of signals)
        expect(new TextDecoder('latin1').decode(envelope)).not.toMatch(/candidate|fingerprint/);
    } finally {
      await server.stop();
    }
  }));
