/**
 * What the pages of the extension say to the service worker and it to the engine, over `runtime.sendMessage`: it is
 * the one way that wakes a service worker. JSON only; everything else goes over the channel.
 */
import type { Settings } from './types/snapshots.ts';

/** Names the notification about my three words; those about contacts have the contact's id. */
export const WORDS_TAG = 'words';

/** What happened, for the background to put into words. What was written stays out of the system's notification store. */
export type News =
  | {
      readonly tag: string;
      readonly about: 'message' | 'accepted' | 'key-changed';
      /** Absent while nobody has told it. */
      readonly name?: string;
      /** Unread messages of this contact. */
      readonly count: number;
    }
  /** Somebody spent the one guess at my three words. */
  | { readonly tag: string; readonly about: 'words-failed' };

/** What stands on the toolbar button: how many messages are unread, or that Aside is locked. */
export type Badge = number | 'locked';

export type ToBackground =
  /** Does nothing by itself: any message makes the background see to it that the engine runs. */
  | { readonly to: 'background'; readonly kind: 'wake' }
  | { readonly to: 'background'; readonly kind: 'badge'; readonly badge: Badge }
  | { readonly to: 'background'; readonly kind: 'notify'; readonly news: News }
  | { readonly to: 'background'; readonly kind: 'dismiss'; readonly tag: string }
  | { readonly to: 'background'; readonly kind: 'dismiss-all' }
  | { readonly to: 'background'; readonly kind: 'open-as'; readonly openAs: Settings['openAs'] }
  | { readonly to: 'background'; readonly kind: 'reload' };

export type ToEnginePage =
  | { readonly to: 'engine'; readonly kind: 'propose'; readonly address: string }
  | { readonly to: 'engine'; readonly kind: 'update-available' }
  | { readonly to: 'engine'; readonly kind: 'lock' | 'wipe' };
