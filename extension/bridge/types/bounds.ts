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
