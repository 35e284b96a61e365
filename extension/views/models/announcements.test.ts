import { describe, expect, it } from 'vitest';
import { HandClock } from '../testing/hand-clock.ts';
import { createAnnouncements, SAID_MS } from './announcements.ts';

function setUp() {
  const clock = new HandClock();
  const { said, came, forget } = createAnnouncements({ clock });
  return { clock, came, forget, texts: () => said.value.map(({ text }) => text) };
}

describe('what is announced', () => {
  it('is said once, however often it is drawn again, and on whatever screen', () => {
    const { clock, came, texts } = setUp();
    const leave = came('Your words are used up.');
    leave();
    clock.pass(400);
    const leaveNext = came('Your words are used up.');
    came('Your words are used up.');
    leaveNext();
    expect(texts()).toEqual(['Your words are used up.']);
    clock.pass(60_000);
    came('Your words are used up.');
    expect(texts()).toEqual([]);
  });

  it('is said again when it comes again', () => {
    const { clock, came, texts } = setUp();
    came('Updating.')();
    clock.pass(1_000);
    came('Updating.');
    expect(texts()).toEqual(['Updating.', 'Updating.']);
  });

  it('is said when it changes, though it was there quietly', () => {
    const { came, texts } = setUp();
    const leave = came('Not compared yet.', true);
    expect(texts()).toEqual([]);
    leave();
    came('Compared in person.');
    expect(texts()).toEqual(['Compared in person.']);
  });

  it('is forgotten where nothing may be read any more, and said again after that', () => {
    const { came, forget, texts } = setUp();
    came('Noor has accepted your invite.');
    forget();
    expect(texts()).toEqual([]);
    came('Noor has accepted your invite.');
    expect(texts()).toEqual(['Noor has accepted your invite.']);
  });

  it('is in the page no longer than it takes to be heard', () => {
    const { clock, came, texts } = setUp();
    came('one');
    clock.pass(SAID_MS - 1);
    came('two');
    expect(texts()).toEqual(['one', 'two']);
    clock.pass(1);
    expect(texts()).toEqual(['two']);
    clock.pass(SAID_MS);
    expect(texts()).toEqual([]);
  });

  it('keeps the newest alone, and is not over twice', () => {
    const { clock, came, texts } = setUp();
    const leave = came('one');
    came('one');
    leave();
    leave();
    clock.pass(1_000);
    for (const each of ['two', 'three', 'four', 'five', 'one']) came(each);
    expect(texts()).toEqual(['two', 'three', 'four', 'five']);
  });
});
