import { createHash } from 'node:crypto';
import close from './lua/close.lua?raw';
import count from './lua/count.lua?raw';
import find from './lua/find.lua?raw';
import giveBack from './lua/give-back.lua?raw';
import guest from './lua/guest.lua?raw';
import hold from './lua/hold.lua?raw';
import lend from './lua/lend.lua?raw';
import open from './lua/open.lua?raw';
import put from './lua/put.lua?raw';
import read from './lua/read.lua?raw';
import remove from './lua/remove.lua?raw';
import renew from './lua/renew.lua?raw';
import sweep from './lua/sweep.lua?raw';

/** One atomic operation on one mailbox, one guest pass, or one thing that is held for a while. Each file says what its keys and arguments are. */
export interface Script {
  readonly text: string;
  /** By which Redis knows it: SHA-1 of the text, in hexadecimal. */
  readonly sha: string;
  /** How many of the arguments are keys. */
  readonly keys: number;
}

function script(text: string, keys: 1 | 2): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex'), keys };
}

/** The first line of a script that runs also where memory is full. */
const ALSO_FULL = '#!lua flags=allow-oom\n';

/** All that is ever asked of a mailbox, and what a guest pass has left. Every connection is given them before it is used. */
export const SCRIPTS = {
  register: script(open, 2),
  open: script(ALSO_FULL + open, 2),
  put: script(put, 2),
  read: script(read, 2),
  remove: script(remove, 2),
  renew: script(renew, 1),
  close: script(close, 1),
  find: script(find, 1),
  sweep: script(sweep, 2),
  guest: script(guest, 1),
  count: script(count, 1),
  hold: script(hold, 1),
  giveBack: script(giveBack, 1),
  lend: script(lend, 2),
  giveWordBack: script(giveBack, 2),
} as const;
