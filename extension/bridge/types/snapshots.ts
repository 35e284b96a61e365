/** What the engine tells the views: topics, whose snapshots are sent whole whenever something in them changed. */

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
  /** Absent until their browser has told it, unless I have given them one. */
  readonly name?: string;
  readonly moon: Moon;
  /**
   * `waiting`: the invite is accepted and their browser has not answered yet ("Waiting for Alice's browser");
   * they may be written to all the same. `ready`: both sides have spoken.
   */
  readonly stage: 'waiting' | 'ready';
  readonly connection: ConnectionView;
  readonly unread: number;
  readonly last?: {
    /** The beginning of it, at most `PREVIEW_CHARACTERS`. */
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
  /** The beginning of what I began to write to them, at most `PREVIEW_CHARACTERS`; absent where there is nothing. */
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

/** A piece of a message's text. */
export interface ExcerptPart {
  readonly text: string;
  /** Whether it is what was looked for. */
  readonly hit: boolean;
}

/** A message that has in it what was looked for. */
export interface FoundMessage {
  readonly contactId: string;
  readonly id: string;
  readonly from: 'me' | 'them';
  readonly at: number;
  /** What was looked for and the words around it, as they are written; `…` stands where some are left out. */
  readonly excerpt: readonly ExcerptPart[];
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

/** Whether any message came, changed or went: with each it is another. */
export interface MessagesSnapshot {
  readonly revision: number;
}

/** Topics that a view can watch, with what the engine sends for each. */
export interface Snapshots {
  app: AppSnapshot;
  messages: MessagesSnapshot;
  conversation: ConversationSnapshot;
}

/**
 * The part of a conversation that a view shows: its newest `limit` messages; or, at a `place`, up to `limit` messages
 * that end with that one, and up to `newer` behind it. Where there is no such message (any more), it is the newest.
 */
export interface Part {
  /** 1 to `SHOWN_MAX_MESSAGES`, to which more is bounded. */
  readonly limit: number;
  readonly place?: { readonly messageId: string; readonly newer: number };
}

/** What a view asks for; another part of a conversation is had by watching again. */
export type Watch =
  | { readonly topic: 'app' }
  | { readonly topic: 'messages' }
  | ({ readonly topic: 'conversation'; readonly contactId: string } & Part);
