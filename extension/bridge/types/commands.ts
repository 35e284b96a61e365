/** What the views ask of the engine, and what they are answered. */
import type {
  CheckedProof,
  FoundMessage,
  ProposedInvite,
  SearchPlace,
  Settings,
  ThreeWords,
} from './snapshots.ts';

export type Command =
  /** First run: makes the identity. `server` as typed; the engine canonicalises it. */
  | { readonly type: 'begin'; readonly name: string; readonly server: string }
  /** Connects and leaves again, to tell whether a server can be used; who was `invited` to it needs no pass. */
  | { readonly type: 'check-server'; readonly server: string; readonly invited?: true }
  | { readonly type: 'change-settings'; readonly change: Partial<Settings> }
  /** With a contact: to connect with them again. */
  | { readonly type: 'create-invite'; readonly contactId?: string }
  | { readonly type: 'withdraw-invite'; readonly inviteId: string }
  /** Reads an invite's text (a link, or the part after `#`) without any network. */
  | { readonly type: 'read-invite'; readonly text: string }
  /** With a contact: the person says that it is from them. */
  | { readonly type: 'accept-invite'; readonly text: string; readonly contactId?: string }
  | { readonly type: 'dismiss-proposed-invite' }
  /** Three words in the place of those before; needs the server at once. With a contact: to connect with them again. */
  | { readonly type: 'create-words-invite'; readonly contactId?: string }
  /** Takes the words back, or away from the screen where they are over. */
  | { readonly type: 'cancel-words-invite' }
  /** `server` as typed, where it is another than mine. With a contact: the person says that they are from them. */
  | {
      readonly type: 'accept-words';
      readonly words: ThreeWords;
      readonly server?: string;
      readonly contactId?: string;
    }
  | { readonly type: 'send'; readonly contactId: string; readonly text: string }
  /** Keeps what is written in the composer; empty where nothing is. */
  | { readonly type: 'set-draft'; readonly contactId: string; readonly text: string }
  | { readonly type: 'retry'; readonly contactId: string; readonly messageId: string }
  /** Gives up on a failed message of mine and removes it here. */
  | { readonly type: 'discard'; readonly contactId: string; readonly messageId: string }
  /** Everything up to and including this message has been on a screen. */
  | { readonly type: 'mark-read'; readonly contactId: string; readonly messageId: string }
  /**
   * Looks through a part of the messages, from the newest on: of one contact, or of all. `after`: goes on where another
   * search for the same ended, whose word it takes for whose they are.
   */
  | {
      readonly type: 'search-messages';
      readonly text: string;
      readonly contactId?: string;
      readonly after?: SearchPlace;
    }
  /** Looks at what came, changed or went since a search for the same, up to the revision that this told. */
  | {
      readonly type: 'search-changes';
      readonly text: string;
      readonly contactId?: string;
      readonly since: number;
    }
  | { readonly type: 'rename-contact'; readonly contactId: string; readonly name: string }
  /** Whether a contact may be connected to me directly, whatever I write to them; the overall setting may forbid it. */
  | { readonly type: 'set-direct'; readonly contactId: string; readonly direct: 'yes' | 'never' }
  /** The person agrees to the server that the contact asks for; does nothing where that is another one by now. */
  | { readonly type: 'allow-server'; readonly contactId: string; readonly server: string }
  | { readonly type: 'remove-contact'; readonly contactId: string }
  /** The person compared these digits, which are refused where they are not the contact's (any more). */
  | {
      readonly type: 'note-compared';
      readonly contactId: string;
      readonly how: 'eye' | 'voice';
      readonly digits: string;
    }
  /** Compares what a camera read; a match is noted. */
  | { readonly type: 'compare-code'; readonly contactId: string; readonly code: string }
  | { readonly type: 'take-back-comparison'; readonly contactId: string }
  /** What I can sign with an OpenPGP key, with today's date. */
  | { readonly type: 'identity-statement' }
  /** Whose identity a text states whose signature holds. */
  | { readonly type: 'read-statement'; readonly contactId: string; readonly text: string }
  /** Sends a contact my signed statement in the place of the one before; an empty text takes it back. */
  | { readonly type: 'attach-proof'; readonly contactId: string; readonly text: string }
  /** The signed statement that a contact attached; empty where there is none. */
  | { readonly type: 'their-proof'; readonly contactId: string }
  /** What came of checking a statement for the identity with these digits; without `checked`, what was noted goes. */
  | {
      readonly type: 'note-proof';
      readonly contactId: string;
      readonly digits: string;
      readonly checked?: CheckedProof;
    }
  /** Goes on with a changed key without comparing: the one that has these digits. */
  | { readonly type: 'accept-key'; readonly contactId: string; readonly digits: string }
  /** Keeps the key before a change: whoever came with the one that has these digits goes, with what they wrote. */
  | { readonly type: 'refuse-key'; readonly contactId: string; readonly digits: string }
  /** Tries quarantined envelopes again, then forgets those that still do not open. */
  | { readonly type: 'clear-quarantine'; readonly contactId: string }
  /** Measures the round trip over the open connection now. */
  | { readonly type: 'ping'; readonly contactId: string }
  /** Takes the mailboxes back from the other browser. */
  | { readonly type: 'take-over' }
  /** Tries every unreachable server at once. */
  | { readonly type: 'reconnect' }
  /** Somebody uses a view: puts off the automatic lock. */
  | { readonly type: 'used' }
  | { readonly type: 'lock' }
  | { readonly type: 'unlock'; readonly passphrase: string }
  /** Sets or changes the passphrase; `current` where there is one. */
  | { readonly type: 'set-passphrase'; readonly current?: string; readonly next: string }
  | { readonly type: 'remove-passphrase'; readonly current: string }
  /** Begins a back-up under a passphrase of its own, in the place of one that is under way. */
  | { readonly type: 'begin-backup'; readonly passphrase: string }
  /** The next part of its file. */
  | { readonly type: 'read-backup'; readonly backupId: string }
  /** The person has the file: it was the last back-up. */
  | { readonly type: 'backup-saved'; readonly backupId: string }
  | { readonly type: 'cancel-backup'; readonly backupId: string }
  /** Offers none for a week. */
  | { readonly type: 'backup-not-now' }
  /** First run: begins to restore a back-up; `head` is the file's first `BACKUP_HEAD_BYTES`. */
  | { readonly type: 'begin-restore'; readonly passphrase: string; readonly head: Uint8Array }
  /** The next part of the file, at most `BACKUP_PART_BYTES`. */
  | { readonly type: 'restore-part'; readonly restoreId: string; readonly bytes: Uint8Array }
  /** The file is over: Aside starts as the one who is in it. */
  | { readonly type: 'finish-restore'; readonly restoreId: string }
  | { readonly type: 'cancel-restore'; readonly restoreId: string }
  /** Destroys the master key and everything it guards; what is left is a first run. */
  | { readonly type: 'wipe' };

export interface CommandResults {
  begin: Record<string, never>;
  'check-server': { readonly server: string; readonly relay: boolean };
  'change-settings': Record<string, never>;
  'create-invite': { readonly inviteId: string };
  'withdraw-invite': Record<string, never>;
  'read-invite': ProposedInvite;
  'accept-invite': { readonly contactId: string };
  'dismiss-proposed-invite': Record<string, never>;
  'create-words-invite': { readonly spokenId: string };
  'cancel-words-invite': Record<string, never>;
  'accept-words': { readonly contactId: string };
  send: { readonly messageId: string };
  'set-draft': Record<string, never>;
  retry: Record<string, never>;
  discard: Record<string, never>;
  'mark-read': Record<string, never>;
  /**
   * A conversation's newest first. `next` where there is more to look through. What comes meanwhile may be among them
   * or not, and what is moved meanwhile may be found twice; what changed behind the revision `since` is asked for apart.
   */
  'search-messages': {
    readonly found: readonly FoundMessage[];
    readonly next?: SearchPlace;
    readonly since: number;
  };
  /**
   * The messages that were looked at, and those of them in which it was found. There may be more behind `since`; where
   * that is the same as before, it is not shown yet. `lost` where nobody knows any more: one searches again.
   */
  'search-changes':
    | {
        readonly looked: readonly { readonly contactId: string; readonly messageId: string }[];
        readonly found: readonly FoundMessage[];
        readonly since: number;
      }
    | { readonly lost: true };
  'rename-contact': Record<string, never>;
  'set-direct': Record<string, never>;
  'allow-server': Record<string, never>;
  'remove-contact': Record<string, never>;
  'note-compared': Record<string, never>;
  'compare-code': { readonly outcome: 'match' | 'mismatch' | 'not-a-code' };
  'take-back-comparison': Record<string, never>;
  'identity-statement': { readonly text: string };
  /** `this` contact's or `another`'s; `newer`: of a later form; `none`: no statement, or one with something added. */
  'read-statement':
    | { readonly outcome: 'this' | 'another'; readonly date: string }
    | { readonly outcome: 'newer' | 'none' };
  'attach-proof': Record<string, never>;
  'their-proof': { readonly text: string };
  'note-proof': Record<string, never>;
  'accept-key': Record<string, never>;
  'refuse-key': Record<string, never>;
  'clear-quarantine': { readonly opened: number };
  ping: { readonly roundTrip: number };
  'take-over': Record<string, never>;
  reconnect: Record<string, never>;
  used: Record<string, never>;
  lock: Record<string, never>;
  unlock: Record<string, never>;
  'set-passphrase': Record<string, never>;
  'remove-passphrase': Record<string, never>;
  'begin-backup': { readonly backupId: string };
  /** `progress`: of the whole, 0 to 1. */
  'read-backup': { readonly bytes: Uint8Array; readonly done: boolean; readonly progress: number };
  'backup-saved': Record<string, never>;
  'cancel-backup': Record<string, never>;
  'backup-not-now': Record<string, never>;
  'begin-restore': { readonly restoreId: string };
  'restore-part': Record<string, never>;
  'finish-restore': Record<string, never>;
  'cancel-restore': Record<string, never>;
  wipe: Record<string, never>;
}
