/**
 * The names by which a person (and so the driver of `npm start` and the tests) finds things on screen, in English.
 * `e2e/names.test.ts` holds them to the views' message catalogue, which plain Node cannot read.
 */
export const names = {
  yourName: 'Your name, as friends will see it',
  server: 'Server',
  changeServer: 'Change the server',
  start: 'Start',
  invite: 'Invite someone',
  inviteLink: 'Invite link',
  worksOnce: 'It works once',
  paste: 'Paste an invite',
  read: 'Continue',
  accept: 'Accept the invite',
  back: 'Back',
  send: 'Send',
  settings: 'Settings',
  menu: 'Menu',
  setPassphrase: 'Set a passphrase',
  newPassphrase: 'New passphrase',
  newPassphraseAgain: 'New passphrase, once more',
  passphrase: 'Passphrase',
  /** @param {string} field */
  show: (field) => `Show: ${field}`,
  lockNow: 'Lock now',
  unlock: 'Unlock',
  erase: 'Erase everything',
  eraseConfirm: 'Erase',
  directWith: { everybody: 'Everybody', accepted: 'People I have accepted', nobody: 'Nobody' },
  hideFromContact: 'Hide my address from this contact',
  about: (/** @type {string} */ name) => `About ${name}`,
  /** @param {string} contact */
  messageTo: (contact) => `Message to ${contact}`,
  /** @param {string} contact */
  messagesWith: (contact) => `Messages with ${contact}`,
  connection: 'Connection: ',
  you: 'You, ',
};

/** What the delivery's states are called. */
export const deliveries = /** @type {const} */ ({
  waiting: 'waiting to be sent',
  sent: 'sent',
  delivered: 'delivered',
  failed: 'not delivered',
});

/** What the connection's states are called. */
export const connections = /** @type {const} */ ({
  direct: 'direct',
  relayed: 'relayed',
  connecting: 'connecting …',
  mailbox: 'by mailbox',
  offline: 'offline',
});
