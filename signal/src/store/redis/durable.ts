import { SignalError } from '../../error.ts';
import type { Link, Reply } from './redis-link.ts';
import { listOf, messageOf, textOf } from './replies.ts';

/**
 * Whether what this Redis answers is on its disk by then, and stays there. Rejects with SignalError `bad-store` in words
 * for who runs it, or with the connection's error.
 */
export async function requireDurable(link: Link): Promise<void> {
  const at = `Redis at ${link.address.host}:${link.address.port}`;
  const settings = await settingsOf(link, at);
  if (settings.get('appendonly') !== 'yes' || settings.get('appendfsync') !== 'always') {
    throw new SignalError(
      'bad-store',
      `${at} may lose what it has answered: set "appendonly yes" and "appendfsync always" ` +
        `(it has "${settings.get('appendonly')}" and "${settings.get('appendfsync')}")`,
    );
  }
  if (settings.get('maxmemory-policy') !== 'noeviction') {
    throw new SignalError(
      'bad-store',
      `${at} throws mailboxes away when its memory is full: set "maxmemory-policy noeviction" ` +
        `(it has "${settings.get('maxmemory-policy')}")`,
    );
  }
  const version = Number(/^redis_version:(\d+)/m.exec(textOf(await link.send('INFO', 'server')))?.[1]);
  // Valkey says 7 here too. Scripts with flags and sharded channels came with it.
  if (!(version >= 7)) throw new SignalError('bad-store', `${at} is older than version 7`);
}

async function settingsOf(link: Link, at: string): Promise<Map<string, string>> {
  let pairs: Reply;
  try {
    pairs = await link.send('CONFIG', 'GET', 'append*', 'maxmemory-policy');
  } catch (cause) {
    if (!/^(NOPERM|ERR)/.test(messageOf(cause))) throw cause;
    // Without CONFIG only the half of it shows.
    const persistence = textOf(await link.send('INFO', 'persistence'));
    const off = /^aof_enabled:0/m.test(persistence);
    throw new SignalError(
      'bad-store',
      off
        ? `${at} may lose what it has answered: set "appendonly yes" and "appendfsync always"`
        : `${at} does not say whether it has "appendfsync always": allow this user "CONFIG GET" (ACL: +config|get)`,
      { cause },
    );
  }
  const settings = new Map<string, string>();
  const flat = listOf(pairs);
  for (let n = 0; n + 1 < flat.length; n += 2) settings.set(textOf(flat[n]), textOf(flat[n + 1]));
  return settings;
}
