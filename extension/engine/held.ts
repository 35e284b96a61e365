/** What has come and is not shown yet: what stands behind a gap waits a moment for what is missing (PROTOCOL 5). */
import type { Contact } from './contacts.ts';
import { type MessageRow, placeOf } from './storage/rows.ts';

/** Without what waits behind a gap, of one contact's messages. */
export function withoutHeld<E extends { readonly key: string; readonly row: MessageRow }>(
  { row: { received }, hold: { until, above } }: Contact,
  entries: readonly E[],
  now: number,
): readonly E[] {
  if (until <= now) return entries;
  const shownTo = Math.max(received, above.number);
  const isHeld = ({ key, row }: E) =>
    row.from === 'them' && row.number > shownTo && placeOf(key) > above.place;
  return entries.filter((entry) => !isHeld(entry));
}
