import { locale, words } from '../../locales/index.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clockTime = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(locale, { weekday: 'short' });
const dayAndMonth = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
const longDay = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
const monthDay = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long' });
const monthAndYear = new Intl.DateTimeFormat(locale, { month: 'short', year: 'numeric' });
const fullDate = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' });
const dateTime = new Intl.DateTimeFormat(locale, {
  day: 'numeric',
  month: 'long',
  hour: 'numeric',
  minute: '2-digit',
});
const shortDayTime = new Intl.DateTimeFormat(locale, {
  day: 'numeric',
  month: 'short',
  hour: 'numeric',
  minute: '2-digit',
});
const shortDayExactTime = new Intl.DateTimeFormat(locale, {
  day: 'numeric',
  month: 'short',
  hour: 'numeric',
  minute: '2-digit',
  second: '2-digit',
});
const wholeNumber = new Intl.NumberFormat(locale);

/** The first millisecond of a moment's day, in the person's own time zone. */
export function dayOf(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** Whole days between two moments' days; rounding absorbs the 23 and 25 hour days of clock changes. */
function daysBetween(earlier: number, later: number): number {
  return Math.round((dayOf(later) - dayOf(earlier)) / DAY);
}

export function timeOfDay(at: number): string {
  return clockTime.format(at);
}

/** When something last happened, as short as it can be said: 12:04, Tue, 2 Nov, Nov 2024. */
export function shortMoment(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return clockTime.format(at);
  if (days < 7) return weekday.format(at);
  if (new Date(at).getFullYear() === new Date(now).getFullYear()) return dayAndMonth.format(at);
  return monthAndYear.format(at);
}

/** A day as a divider in a conversation names it. */
export function dayName(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return words.thread.today;
  if (days === 1) return words.thread.yesterday;
  if (new Date(at).getFullYear() === new Date(now).getFullYear()) return longDay.format(at);
  return fullDate.format(at);
}

/** A date in words: 3 November, and with its year where it is not this one. */
export function date(at: number, now: number): string {
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return (sameYear ? monthDay : fullDate).format(at);
}

/**
 * A day that a text names by its number (2026-11-01), as the others are named; what names none stays as it is. It is
 * the day of whoever wrote it, and so no time zone moves it.
 */
export function dayNamed(text: string, now: number): string {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00`).getTime() : Number.NaN;
  return Number.isNaN(at) ? text : date(at, now);
}

/** A date and a time of day: 3 November at 14:00. */
export function moment(at: number): string {
  return dateTime.format(at);
}

/** The same where there is little room: 3 Nov, 14:00. */
export function shortDateTime(at: number): string {
  return shortDayTime.format(at);
}

/** The same to the second: 3 Nov, 14:00:07. */
export function shortExactDateTime(at: number): string {
  return shortDayExactTime.format(at);
}

/** "expires in 6 days": rounded down, so that it never promises more than is left. */
export function expiry(expiresAt: number, now: number): string {
  const left = expiresAt - now;
  const say = words.invite.expiresIn;
  if (left <= 0) return say.over;
  if (left < HOUR) return say.minutes(Math.max(1, Math.floor(left / MINUTE)));
  if (left < 2 * DAY) return say.hours(Math.floor(left / HOUR));
  return say.days(Math.floor(left / DAY));
}

/** "Trying again in 12 seconds." */
export function retryIn(retryAt: number, now: number): string {
  const seconds = Math.ceil((retryAt - now) / 1000);
  return seconds < 60 ? words.server.retryIn(seconds) : words.server.retryInMinutes(Math.round(seconds / 60));
}

/** What is left of a time: 9:41. */
export function countdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

export function number(n: number): string {
  return wholeNumber.format(n);
}

/** A server as people say it: without the scheme that they all have. Loopback's `http` stays in sight. */
export function serverName(origin: string): string {
  return origin.replace(/^https:\/\//, '');
}

/** The 60 digits of a safety number in twelve groups of five. */
export function digitGroups(digits: string): string[] {
  return digits.match(/\d{1,5}/g) ?? [];
}

/** A fingerprint as OpenPGP programs show it: in groups of four. */
export function fingerprintGroups(fingerprint: string): string {
  return (fingerprint.match(/.{1,4}/g) ?? []).join(' ');
}
