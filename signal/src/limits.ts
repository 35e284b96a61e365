/**
 * What the server takes from whom, each with its reason and what would make it wrong. Limits that clients know too
 * (envelope and frame sizes, the read window) stand in `protocol/limits.ts`.
 */
export const LIMITS = {
  /** A person with some hundred contacts has two or three mailboxes for each; an attacker pays 200 bytes of our memory for one. */
  mailboxesPerSocket: 4096,

  /** Frames a second and the burst on top, per socket. Far over a chat and under what would hurt the others on one core. */
  framesPerSecond: 5000,
  framesBurst: 10_000,

  /** Bytes a second and the burst on top, per socket: the burst is a full reconnect's worth of outbox. */
  bytesPerSecond: 16 * 1024 * 1024,
  bytesBurst: 32 * 1024 * 1024,

  /**
   * The same for all sockets of one address: ten busy people at once, and a quarter of what one core forwards. What one
   * of them does too much is refused to all of them.
   */
  addressFramesPerSecond: 50_000,
  addressFramesBurst: 100_000,
  addressBytesPerSecond: 64 * 1024 * 1024,
  addressBytesBurst: 256 * 1024 * 1024,

  /** Bytes of one socket that wait for the disk. Memory that one sender can make the server hold. */
  unstoredBytes: 8 * 1024 * 1024,

  /**
   * The same for all sockets together, in the embedded store: on a disk that is slower than their lines one address's
   * sockets would otherwise take gigabytes. Far over what waits while a healthy disk flushes.
   */
  unstoredTotalBytes: 256 * 1024 * 1024,

  /** Openings of mailboxes per address, known ones or not alike: the burst is a household's browsers after a restart. */
  opensPerSecond: 20,
  opensBurst: 8192,

  /**
   * What openings may take of one turn of the event loop: those who are in are served between two turns, though a whole
   * town comes back at once. Milliseconds.
   */
  openingsSliceMs: 8,

  /** Openings of all addresses that wait for their turn, some hundred bytes each: a few seconds' worth. More are refused. */
  openingsWaiting: 16_384,

  /** Sockets per address (IPv6: per /64). A school behind one address has hundreds; an attacker needs many addresses. */
  socketsPerAddress: 512,

  /**
   * Sockets that one address may begin, refused ones included, before the upgrade: a school comes back twice at once after
   * our restart, while begin and end in a loop, which costs us more than standing, becomes slow.
   */
  arrivalsPerSecond: 50,
  arrivalsBurst: 1024,

  /**
   * Plain requests of one address, for pages and for what is not there: a school opens an invite's page at once, each
   * browser asking for an icon too. What the page's bytes cost, and the work of a connection that goes on asking. Health
   * checks are counted, but answered all the same, which costs what a refusal does.
   */
  requestsPerSecond: 50,
  requestsBurst: 1024,

  /** Addresses that are remembered with what they did. About 200 bytes each; those without sockets go, older ones first. */
  addressesRemembered: 100_000,

  /** A word of an invite by words stands for a mailbox for so long: time to say three words and type them. Seconds. */
  wordSeconds: 600,

  /** Words that one address holds at a time: a household's, and a small part of the 2,048 that there are. */
  wordsPerAddress: 16,

  /** Words asked for or looked up per address, a second and the burst on top: a class that does so together; going through all takes hours. */
  wordsPerSecond: 0.1,
  wordsBurst: 60,

  /**
   * What uWebSockets.js may hold for a socket that does not read; past it the socket goes. Deliveries stop at the first
   * byte that waits, so this is one envelope of the largest size, what one turn gathers, and the answers to what the client
   * goes on asking.
   */
  backPressureBytes: 256 * 1024,

  /** The same for all sockets together, looked at every second: who waits when it is full goes. A quarter of a small machine. */
  backPressureTotalBytes: 1024 * 1024 * 1024,

  /** A socket that has not taken what waits for it within this goes. At 256 KiB that is 4 KB a second. Milliseconds. */
  chokedMs: 60_000,

  /** A socket has to say something within this, or it is not one of ours. Milliseconds. */
  firstFrameMs: 30_000,

  /** Seconds of silence (not even an answer to our ping) after which a line is dead. uWebSockets.js counts in steps of four. */
  idleSeconds: 120,

  /** Envelopes and bytes that one mailbox holds: two weeks of a busy conversation. A reader's start reads them 64 at a time. */
  mailboxEnvelopes: 10_000,
  mailboxBytes: 64 * 1024 * 1024,

  /** Registered mailboxes of the whole server. About 100 bytes of disk each. */
  mailboxes: 10_000_000,

  /** A mailbox that nobody opened for this long is forgotten; its reader registers it again by opening it. Days. */
  lapseDays: 180,

  /** Mailboxes whose counts are kept in memory; others are counted again from the disk's keys when needed. About 250 bytes each. */
  accountsInMemory: 100_000,

  /** Passes of the operator's that are good at once. A rotation needs two; each costs every opening a hash. */
  passes: 16,

  /** Unknown mailboxes that one guest pass opens: a contact needs one to read, one to recover, and fresh ones now and then. */
  guestMailboxes: 8,

  /**
   * How long a guest pass is good, and its use counted: about 80 bytes of disk for each mailbox. Longer than an invite, and
   * than the first moves after it. Days.
   */
  guestDays: 30,

  /** Disk that new envelopes leave free: readers remove by writing, and would otherwise never empty a disk that is full. */
  diskReserveBytes: 16 * 1024 * 1024,

  /** How long a refusal for want of disk or memory asks to wait. Milliseconds. */
  busyRetryMs: 2000,

  /** A full mailbox waits for a person. Milliseconds. */
  fullRetryMs: 60_000,

  /** A drain spreads the goodbyes over this, so that not all clients knock at the next node in one moment. Milliseconds. */
  drainSpreadMs: 3000,
} as const;

/** What belongs to an address and grows with how many sockets it may have. */
const OF_ADDRESS = [
  'addressFramesPerSecond',
  'addressFramesBurst',
  'addressBytesPerSecond',
  'addressBytesBurst',
  'arrivalsPerSecond',
  'arrivalsBurst',
  'requestsPerSecond',
  'requestsBurst',
  'opensPerSecond',
  'opensBurst',
] as const satisfies readonly (keyof typeof LIMITS)[];

/**
 * The limits for an operator who knows how many people share an address: with more sockets than usual, the rates of an
 * address rise as much. With fewer they stay, as each of those may still be busy.
 */
export function limitsFor(socketsPerAddress: number): Limits {
  const times = Math.max(1, socketsPerAddress / LIMITS.socketsPerAddress);
  const raised = Object.fromEntries(OF_ADDRESS.map((name) => [name, Math.ceil(LIMITS[name] * times)]));
  return { ...LIMITS, ...raised, socketsPerAddress };
}

/** The same shape with other values, for tests and for the few that configuration sets. */
export type Limits = { readonly [Name in keyof typeof LIMITS]: number };
