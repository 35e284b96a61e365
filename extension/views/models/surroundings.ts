import type { ReadonlySignal } from '@preact/signals';
import type { EngineClient } from '../../bridge/types/engine-client.ts';

/** Ends what it came from; harmless when called twice. */
export type Stop = () => void;

/** Time, from outside, so that tests turn it by hand. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  after(ms: number, run: () => void): Stop;
  every(ms: number, run: () => void): Stop;
}

/** Where a view is shown; the frame differs, the screens do not. */
export type Surface = 'panel' | 'tab' | 'popup';

/** Everything that models reach for outside themselves. */
export interface Surroundings {
  readonly client: EngineClient;
  readonly clock: Clock;
  /** Puts text on the clipboard; rejects where the browser does not let it. */
  copy(text: string): Promise<void>;
  /** Gives the person a file, as a download. */
  save(name: string, file: Blob): void;
  /** Loads the view again. */
  reload(): void;
  /** Whether somebody can be looking: the view is visible and has the focus. */
  readonly attentive: ReadonlySignal<boolean>;
  /** Of the extension, as the manifest says it. */
  readonly version: string;
  /** What somebody is called whose name nobody has told yet. */
  readonly nameless: string;
  readonly surface: Surface;
  readonly camera: Camera;
  readonly checkSignature: SignatureCheck;
  readonly shortcuts: Shortcuts;
}

export interface ShortcutKeys {
  readonly lock?: string;
  readonly wipe?: string;
}

/** The browser's keys for Aside, which are the browser's to choose. */
export interface Shortcuts {
  /** The keys that lock and that erase everything, in the browser's words, where there are any. */
  keys(): Promise<ShortcutKeys>;
  /** Opens the browser's page for choosing keys. */
  choose(): void;
}

/**
 * Why there is no picture: the person or the browser said no, there is no camera, another program has it, or what would
 * read codes in it has not been loaded.
 */
export type CameraTrouble = 'refused' | 'none' | 'busy' | 'no-reader';

export class CameraError extends Error {
  override readonly name = 'CameraError';
  readonly code: CameraTrouble;
  constructor(code: CameraTrouble) {
    super(code);
    this.code = code;
  }
}

/** What a camera sees, until it is stopped. */
export interface Feed {
  /** Shows the picture in an element of the page. */
  show(element: HTMLVideoElement): void;
  /** The text of a code in the present picture, if there is one. */
  read(): Promise<string | undefined>;
  /** Calls back when the camera goes away by itself. */
  ended(call: () => void): void;
  stop(): void;
}

export interface Camera {
  /** Whether it opens here: some surfaces cannot show the browser's question, and need the answer from before. */
  canOpen(surface: Surface): Promise<boolean>;
  /** Rejects with a {@link CameraError}. */
  open(): Promise<Feed>;
}

/** Keys with many names and signatures; a photograph more is too much. Characters. */
export const OPENPGP_KEY_MAX = 256 * 1024;

/** Why nothing could be checked: it is none, too much for one, or the half of a key that must stay at home. */
export type OpenPgpTrouble =
  | 'message-damaged'
  | 'message-too-long'
  | 'key-damaged'
  | 'key-too-long'
  | 'key-unusual'
  | 'key-private';

export class OpenPgpError extends Error {
  override readonly name = 'OpenPgpError';
  readonly code: OpenPgpTrouble;
  constructor(code: OpenPgpTrouble) {
    super(code);
    this.code = code;
  }
}

/** What a key says of itself. */
export interface OpenPgpKey {
  /** Hexadecimal digits, upper case. */
  readonly fingerprint: string;
  /** Names that its owner gave it, cut and without control characters. Anybody can call themselves anything. */
  readonly userIds: readonly string[];
}

/**
 * What came of checking a signed text against a key. `text` is what was signed, at the moment `at` that the signer's
 * clock showed. `other-key`: another key signed. `expired`, `revoked`: the key is not to be relied on now.
 */
export type OpenPgpOutcome = OpenPgpKey &
  (
    | { readonly state: 'signed'; readonly text: string; readonly at: number }
    | { readonly state: 'other-key' | 'bad-signature' | 'expired' | 'revoked' }
  );

/** Checks a clear-signed message against an armoured public key, now. Rejects with an {@link OpenPgpError}. */
export type SignatureCheck = (message: string, key: string, now: number) => Promise<OpenPgpOutcome>;
