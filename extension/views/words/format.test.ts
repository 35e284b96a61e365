import { describe, expect, it } from 'vitest';
import {
  dayName,
  dayNamed,
  digitGroups,
  expiry,
  retryIn,
  serverName,
  shortDateTime,
  shortMoment,
} from './format.ts';

const now = new Date(2026, 10, 3, 12, 5).getTime();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('moments', () => {
  it('are as short as can be said', () => {
    expect(shortMoment(now - MINUTE, now)).toMatch(/12[:.]04/);
    expect(shortMoment(now - 13 * HOUR, now)).toBe('Mon');
    expect(shortMoment(now - 6 * DAY, now)).toBe('Wed');
    expect(shortMoment(now - 30 * DAY, now)).toMatch(/4.*Oct|Oct.*4/);
    expect(shortMoment(now - 400 * DAY, now)).toMatch(/^Sep.* 2025$/);
  });

  it('of a clock that runs ahead are today', () => {
    expect(shortMoment(now + DAY, now)).toMatch(/12[:.]05/);
    expect(dayName(now + DAY, now)).toBe('Today');
  });

  it('of one day are told apart where there is little room', () => {
    expect(shortDateTime(now)).toMatch(/^3 Nov.*12[:.]05|^Nov 3.*12[:.]05/);
  });

  it('that a text names are named as the others are, and none is made up', () => {
    expect(dayNamed('2026-11-01', now)).toMatch(/^(1 November|November 1)$/);
    expect(dayNamed('2025-12-31', now)).toMatch(/31.*2025/);
    expect(dayNamed('2026-13-41', now)).toBe('2026-13-41');
    expect(dayNamed('soon', now)).toBe('soon');
  });

  it('name their days', () => {
    expect(dayName(now, now)).toBe('Today');
    expect(dayName(new Date(2026, 10, 2, 23, 59).getTime(), now)).toBe('Yesterday');
    expect(dayName(now - 2 * DAY, now)).toMatch(/Sunday/);
  });
});

describe('waits', () => {
  it('promise no more than is left', () => {
    expect(expiry(now + 7 * DAY - 1, now)).toBe('expires in 6 days');
    expect(expiry(now + 47 * HOUR + 59 * MINUTE, now)).toBe('expires in 47 hours');
    expect(expiry(now + 90 * MINUTE, now)).toBe('expires in an hour');
    expect(expiry(now + 30_000, now)).toBe('expires in a minute');
    expect(expiry(now, now)).toBe('has expired');
  });

  it('count down', () => {
    expect(retryIn(now + 11_200, now)).toBe('Trying again in 12 seconds.');
    expect(retryIn(now + 1, now)).toBe('Trying again in 1 second.');
    expect(retryIn(now - 5_000, now)).toBe('Trying again now …');
    expect(retryIn(now + 3 * MINUTE, now)).toBe('Trying again in 3 minutes.');
  });
});

it('servers go by their name, and loopback keeps what is special about it', () => {
  expect(serverName('https://aside.example.org')).toBe('aside.example.org');
  expect(serverName('http://127.0.0.1:8787')).toBe('http://127.0.0.1:8787');
});

it('a safety number has twelve groups of five', () => {
  const groups = digitGroups('401178823005561719043365210487920756441820739551068732149950');
  expect(groups).toHaveLength(12);
  expect(groups[0]).toBe('40117');
});
