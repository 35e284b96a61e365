/**
 * What engine and views say to each other. Views know nothing else of the engine: they send a {@link Command} and
 * get its {@link CommandResults | result} or a {@link BridgeErrorCode}, and they watch topics whose {@link Snapshots}
 * the engine sends whole whenever something in them changed. All values survive structured cloning.
 */

/** The look of a person's moon, drawn from their identity key (SPEC, "Moon"). */
export interface Moon {
  /** Hues of the two halves in OKLCH degrees, 0 to 359. */
  readonly hues: readonly [number, number];
  /** Rotation in degrees, -90 to 90. */
  readonly tilt: number;
  /** Width of the terminator's ellipse in percent of the disc, 20 to 80. */
  readonly phase: number;
  /** Whether the ellipse carries the second hue. */
  readonly waxing: boolean;
}

/** One mark for how bytes reach a contact at this moment. */
export type ConnectionView =
  | {
      readonly state: 'direct' | 'relayed' /** Milliseconds, absent until the first ping came back. */;
      readonly roundTrip?: number;
    }
  | { readonly state: 'connecting' }
  /** `lacksRelay`: a relay is all that may be used, and no server of mine has one. */
  | { readonly state: 'mailbox'; readonly lacksRelay?: true }
  | { readonly state: 'offline' };

/**
 * Whether a contact learns my network address from a connection: `until-accepted`: not before I write to them, compare,
 * or say so; `hidden`: not from this one; `hidden-from-all`: from nobody, by the setting.
 */
export type AddressView = 'shown' | 'until-accepted' | 'hidden' | 'hidden-from-all';

/** Delivery, as PROTOCOL section 5 defines it; `received` is a message of theirs. */
export type Delivery =
  | { readonly state: 'waiting' | 'sent' | 'delivered' }
  | { readonly state: 'failed'; readonly reason: FailureReason };

/** Why a message could not be handed over. */
export type FailureReason =
  | 'mailbox-full'
  | 'mailbox-gone'
  | 'expired'
  | 'too-large'
  | 'refused'
  /** It was for a key that is no longer the contact's. */
  | 'key-changed';

/** How two people compared: side by side, reading it to each other, or by a camera. */
export type Compared = 'eye' | 'voice' | 'scan';

/** What is known about whose key a contact's is. */
export type TrustView =
  /** An invite made them a contact, and that is all. */
  | { readonly state: 'introduced' }
  | { readonly state: 'compared'; readonly at: number; readonly how: Compared }
  /** It is another key than before: nothing is sent until the person has decided. */
  | { readonly state: 'changed'; readonly at: number; readonly wasCompared: boolean }
  /** It changed, and the person went on without comparing. */
  | { readonly state: 'new-key'; readonly at: number };

/** What two people compare, the same on both sides (SPEC, "Safety number"). */
export interface SafetyView {
  /** 60 digits, in groups by the view. */
  readonly digits: string;
  /** Twelve. */
  readonly emoji: readonly string[];
  /** What the QR code holds. */
  readonly code: string;
}

export interface MessageView {
  /** 32 hexadecimal digits, the same on both sides. */
  readonly id: string;
  readonly from: 'me' | 'them';
  readonly text: string;
  /** When it was written (mine) or received (theirs), milliseconds since the epoch. */
  readonly at: number;
  /** Present on my messages only. */
  readonly delivery?: Delivery;
}

export interface ContactView {
  /** Opaque and local: 32 hexadecimal digits. */
  readonly id: string;
  /** Empty until their browser has told it, unless I have given them one. */
  readonly name: string;
  readonly moon: Moon;
  /**
   * `waiting`: the invite is accepted and their browser has not answered yet ("Waiting for Alice's browser");
   * they may be written to all the same. `ready`: both sides have spoken.
   */
  readonly stage: 'waiting' | 'ready';
  readonly connection: ConnectionView;
  readonly unread: number;
  readonly last?: {
    /** The beginning of it, at most {@link PREVIEW_CHARACTERS}. */
    readonly text: string;
    readonly from: 'me' | 'them';
    readonly at: number;
    readonly delivery?: Delivery;
  };
  /** When the contact was made, milliseconds since the epoch. */
  readonly since: number;
  /** Whether they may be connected to me directly. */
  readonly address: AddressView;
  /** Envelopes that came for this contact and could not be opened (yet). */
  readonly quarantined: number;
  /** Whether I made the invite or accepted theirs. */
  readonly introduced: 'my-invite' | 'their-invite';
  readonly trust: TrustView;
  readonly safety: SafetyView;
  readonly proof: ProofView;
  /** The beginning of what I began to write to them, at most {@link PREVIEW_CHARACTERS}; absent where there is nothing. */
  readonly draft?: string;
  /** The server that I write to them at. */
  readonly server: string;
  /**
   * They read at another server now, which sees my address once I write there: it waits for the person's yes. `held`:
   * there is no other place, so that what is written waits here.
   */
  readonly moveTo?: { readonly server: string; readonly held: boolean };
}

/** What there is of OpenPGP proofs between a contact and me. All times in milliseconds since the epoch. */
export interface ProofView {
  /** When they attached a signed statement; ask for it with `their-proof`. */
  readonly theirs?: number;
  /** When I attached mine. */
  readonly mine?: number;
  /** What I found when I last checked a statement of theirs: for the identity that I write to, and no other. */
  readonly checked?: CheckedProof & { readonly at: number };
}

/** A key whose owner signed that a contact's identity is theirs. */
export interface CheckedProof {
  /** In hexadecimal, upper case. */
  readonly fingerprint: string;
  /** What the key calls itself. */
  readonly userIds: readonly string[];
  /** The day of the statement, as `2026-11-24`. */
  readonly date: string;
}

/** An invite of mine that nobody has used yet. */
export interface InviteView {
  readonly id: string;
  readonly link: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** `placing`: the bundle is not at the server yet, so the link does not work yet. */
  readonly state: 'placing' | 'open' | 'expired';
  /** Whom it is to connect again. */
  readonly contactId?: string;
}

/** An invite of mine that somebody used, by link or by words: its maker may be looking at it. */
export interface TakenView {
  /** Of the {@link InviteView} or the {@link SpokenView}. */
  readonly id: string;
  readonly contactId: string;
}

/** Three words for saying aloud, by their numbers in the list of words (0 to 2,047). */
export type ThreeWords = readonly [number, number, number];

/** My invite by three words; there is one at a time. */
export interface SpokenView {
  readonly id: string;
  readonly words: ThreeWords;
  /** Where they lead: said along with the words to somebody who uses another server. */
  readonly server: string;
  readonly expiresAt: number;
  /**
   * `open`: nobody has tried them. `guessed`: somebody is trying now, and there is one try. `agreed`: they had the words
   * and are becoming a contact. `failed`: they had others, or went away in the middle. `lapsed`: ten minutes are over.
   */
  readonly state: 'open' | 'guessed' | 'agreed' | 'failed' | 'lapsed';
  /** Whom they are to connect again. */
  readonly contactId?: string;
}

/** Why a server that asks for a pass does not let me in. */
export type PassTrouble = 'missing' | 'refused';

export type ServerView =
  | { readonly state: 'connecting' }
  | { readonly state: 'online' }
  /** Tried and failed; the engine tries again by itself at `retryAt`. */
  | { readonly state: 'unreachable'; readonly retryAt: number }
  /** The server said to stay away (wrong version, blocked). */
  | { readonly state: 'refused' }
  /**
   * Reached, but it opens no new mailbox for me, since I showed no pass (`missing`) or one that is none any more
   * (`refused`). What is open goes on.
   */
  | { readonly state: 'pass-needed'; readonly pass: PassTrouble }
  /** Another browser opened the same mailboxes; nothing comes here until the person says so. */
  | { readonly state: 'elsewhere' };

export interface Settings {
  readonly name: string;
  /** Canonical origin such as `https://aside.example.org` (or `http://127.0.0.1:8787` on loopback). */
  readonly server: string;
  /** Who may be connected to me directly, and so sees my address; everybody else is reached through a relay. */
  readonly direct: 'everybody' | 'accepted' | 'nobody';
  readonly notifications: boolean;
  /** Open as a popup instead of the side panel. */
  readonly openAs: 'panel' | 'popup';
  /**
   * Where there is a passphrase: lock after so many minutes in which nobody uses a view, and when the computer sleeps;
   * 0 for never.
   */
  readonly autoLock: AutoLock;
}

export const AUTO_LOCKS = [0, 5, 15, 60] as const;
export type AutoLock = (typeof AUTO_LOCKS)[number];

/** An invite that waits for the person's yes: pasted, scanned, or found in the open tab by the toolbar button. */
export interface ProposedInvite {
  readonly link: string;
  readonly server: string;
  readonly expiresAt: number;
  /** The contact whose identity made it, where it is one that I know. */
  readonly from?: string;
}

export interface LockView {
  /** Whether Aside has a passphrase, and so can be locked. */
  readonly passphrase: boolean;
  /** After wrong guesses the next one may come at this moment, milliseconds since the epoch. */
  readonly retryAt?: number;
}

export interface BackupView {
  /** When the last one was made, milliseconds since the epoch. */
  readonly made?: number;
  /** There is none, or an old one, and the person has not put it off. */
  readonly offered: boolean;
}

/** The whole of Aside but for the messages. */
export type AppSnapshot =
  | { readonly phase: 'starting' }
  /** The database is newer than this code (an update was rolled back): nothing is touched. */
  | { readonly phase: 'newer-data' }
  | { readonly phase: 'storage-failed' }
  | {
      readonly phase: 'first-run';
      /** From the build setting; absent where the person must be asked. */
      readonly defaultServer?: string;
      readonly proposed?: ProposedInvite;
    }
  /** Locked means deaf: no socket stands, and nothing is said here but when the next guess may come. */
  | { readonly phase: 'locked'; readonly retryAt?: number }
  | {
      readonly phase: 'ready';
      readonly me: { readonly moon: Moon };
      readonly settings: Settings;
      readonly server: ServerView;
      /** Newest conversation first. */
      readonly contacts: readonly ContactView[];
      readonly invites: readonly InviteView[];
      readonly spoken?: SpokenView;
      readonly taken: readonly TakenView[];
      readonly lock: LockView;
      readonly backup: BackupView;
      readonly proposed?: ProposedInvite;
      /** A new version is installed and starts at the next quiet moment. */
      readonly updating: boolean;
    };

export interface ConversationSnapshot {
  readonly contactId: string;
  /** In the order of the screen, oldest first: the part of the conversation that the view asked for. */
  readonly messages: readonly MessageView[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
  /** What I began to write and did not send; empty where there is nothing. */
  readonly draft: string;
  /** The first message that is unread, also where it is not among these. */
  readonly firstUnread?: string;
  /** Where the contact's key changed, among these messages: before this one, or after the newest of all. */
  readonly keyChanges: readonly { readonly at: number; readonly before?: string }[];
}

/** A message that has in it what was looked for. */
export interface FoundMessage {
  readonly contactId: string;
  readonly id: string;
  readonly from: 'me' | 'them';
  readonly at: number;
  /** The words around the first place, which `match` is, as they are written; `…` stands where some are left out. */
  readonly excerpt: { readonly before: string; readonly match: string; readonly after: string };
}

/** How far a search has come, in each of the conversations that it is not through with. */
export interface SearchPlace {
  readonly conversations: readonly {
    readonly contactId: string;
    /** When the last message was written or received that was looked at, or the first that will be. */
    readonly reached: number;
    /** What lies behind this is left; absent where nothing was looked at. The engine's own word. */
    readonly before?: string;
  }[];
}

/** Topics that a view can watch, with what the engine sends for each. */
export interface Snapshots {
  app: AppSnapshot;
  conversation: ConversationSnapshot;
}

/**
 * The part of a conversation that a view shows: its newest `limit` messages; or, at a `place`, up to `limit` messages
 * that end with that one, and up to `newer` behind it. Where there is no such message (any more), it is the newest.
 */
export interface Part {
  /** 1 to {@link SHOWN_MAX_MESSAGES}, to which more is bounded. */
  readonly limit: number;
  readonly place?: { readonly messageId: string; readonly newer: number };
}

/** What a view asks for; another part of a conversation is had by watching again. */
export type Watch =
  | { readonly topic: 'app' }
  | ({ readonly topic: 'conversation'; readonly contactId: string } & Part);

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
  /** First run: begins to restore a back-up; `head` is the file's first {@link BACKUP_HEAD_BYTES}. */
  | { readonly type: 'begin-restore'; readonly passphrase: string; readonly head: Uint8Array }
  /** The next part of the file, at most {@link BACKUP_PART_BYTES}. */
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
   * or not, and what is moved meanwhile may be found twice.
   */
  'search-messages': { readonly found: readonly FoundMessage[]; readonly next?: SearchPlace };
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

/** Every way in which a command fails; views turn each into a sentence and a button. */
export type BridgeErrorCode =
  | 'engine-gone'
  | 'not-ready'
  | 'locked'
  | 'passphrase-missing'
  | 'passphrase-wrong'
  | 'passphrase-too-early'
  /** The work that it takes was not finished: nothing was tried, and trying again is all there is to do. */
  | 'passphrase-unanswered'
  | 'passphrase-too-short'
  | 'passphrase-too-long'
  /** The file is no back-up. */
  | 'backup-unknown'
  /** A newer version of Aside made it. */
  | 'backup-newer'
  | 'backup-damaged'
  /** Another one was begun since, or this one is over. */
  | 'backup-superseded'
  /** A back-up is restored where nobody is yet. */
  | 'profile-exists'
  | 'name-empty'
  | 'name-too-long'
  | 'text-empty'
  | 'text-too-long'
  /** There is no text at all. */
  | 'server-missing'
  | 'server-malformed'
  | 'server-insecure'
  /** Nothing answers at an address that was typed. */
  | 'server-unreachable'
  /** One that is in use, or that an invite names, does not answer now. */
  | 'server-away'
  | 'server-not-aside'
  /** It asks for a pass, and the address has none. */
  | 'server-pass-missing'
  /** The pass in its address is none of the server's (any more). */
  | 'server-pass-refused'
  /** There is no text at all, or a link without what makes it an invite. */
  | 'invite-missing'
  | 'invite-cut'
  | 'invite-damaged'
  | 'invite-newer-version'
  | 'invite-expired'
  | 'invite-used-or-withdrawn'
  | 'invite-own'
  | 'invite-limit'
  | 'words-limit'
  | 'words-unknown'
  | 'words-wrong'
  | 'words-no-answer'
  | 'words-rate'
  | 'proof-too-long'
  /** No statement of mine that something signed. */
  | 'proof-not-mine'
  | 'key-changed'
  /** A session with the key before is not there any more. */
  | 'old-key-gone'
  | 'unknown-contact'
  | 'unknown-message'
  | 'unknown-invite'
  | 'not-connected'
  | 'storage-full'
  | 'internal';

/** Bounds that both sides hold: the composer counts by them, the engine refuses by them. */
/** Unicode's characters, of which some emoji have several. */
export const NAME_MAX_CHARACTERS = 60;
/** A short one is found by trying, however slow a try is. */
export const PASSPHRASE_MIN_CHARACTERS = 8;
/** How much of a back-up's file passes between view and engine at once. */
export const BACKUP_PART_BYTES = 262_144;
/** What a back-up's file begins with (SPEC 14.1). */
export const BACKUP_HEAD_BYTES = 150;
/** UTF-8 bytes; leaves room for the message's frame inside the largest envelope (64 KiB). */
export const TEXT_MAX_BYTES = 60_000;

/** A statement that an OpenPGP key signed, as a person pastes it: half a kilobyte, and long signatures. UTF-16 units. */
export const PROOF_MAX_CHARACTERS = 16_384;

/** Of a message or a draft, as much as a row of the list can show. UTF-16 units. */
export const PREVIEW_CHARACTERS = 200;
/** The most messages that a view is shown at once before a place, and again as many behind it. */
export const SHOWN_MAX_MESSAGES = 2000;
/** More than anybody remembers of a message, word for word. UTF-16 units. */
export const SEARCH_MAX_CHARACTERS = 200;
/** A draft may be longer than a message can be, for it can still be shortened. UTF-16 units. */
export const DRAFT_MAX_CHARACTERS = 200_000;

/** What views hold. Implemented over the bridge's channel, and by the doubles of the views' tests. */
export interface EngineClient {
  /** Rejects with a {@link BridgeError}. */
  call<C extends Command>(command: C): Promise<CommandResults[C['type']]>;
  /** Calls back with every new snapshot, first with the present one; returns how to stop. */
  watch<W extends Watch>(watch: W, onSnapshot: (snapshot: Snapshots[W['topic']]) => void): () => void;
}

export class BridgeError extends Error {
  override readonly name = 'BridgeError';
  readonly code: BridgeErrorCode;
  constructor(code: BridgeErrorCode) {
    super(code);
    this.code = code;
  }
}
