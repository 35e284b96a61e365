/** Screens that have an address: what a panel cannot do is done in a tab, and a notification leads to its conversation. */
import type { Screen } from './navigation.ts';

/** The address of a screen in a tab of its own, from the extension's root. */
export function tabAddress(screen: Screen): string {
  return `tab.html#${encodeURIComponent(JSON.stringify(screen))}`;
}

/** The screen that an address asks for: only those that {@link tabAddress} is used for. */
export function screenAt(fragment: string): Screen | undefined {
  let asked: unknown;
  try {
    asked = JSON.parse(decodeURIComponent(fragment.replace(/^#/, '')));
  } catch {
    return undefined;
  }
  if (typeof asked !== 'object' || asked === null || !('at' in asked)) return undefined;
  const contactId = 'contactId' in asked && typeof asked.contactId === 'string' ? asked.contactId : undefined;
  if (asked.at === 'accept')
    return { at: 'accept', scan: true, ...(contactId === undefined ? {} : { contactId }) };
  if (asked.at === 'backup') return { at: 'backup' };
  if (contactId === undefined) return undefined;
  if (asked.at === 'compare') return { at: 'compare', contactId };
  return asked.at === 'conversation' ? { at: 'conversation', contactId } : undefined;
}
