import { createHmac } from 'node:crypto';
import type { TurnCredentials } from '../protocol/index.ts';
import type { TurnKeys } from './turn-secret.ts';

/** Seconds. A relay's quota counts per user, so one address stays one user for this long. */
export const TURN_WINDOW = 3600;

export interface TurnOptions {
  /** The keys as they are now, or nothing while there are none. */
  readonly keys: () => TurnKeys | undefined;
  readonly urls: readonly string[];
}

/**
 * Credentials as the "TURN REST API" draft (draft-uberti-behave-turn-rest-00) and coturn's `use-auth-secret` have
 * them: the user is `expiry:name`, the credential base64(HMAC-SHA1(secret, user)). The name is a keyed hash of the
 * address: a quota can be kept per address while the relay learns nothing that it does not see anyway. Both change only with the
 * window, and a rotation of the secret leaves them as they are: within a window an address is exactly one user.
 */
export class TurnIssuer {
  readonly #options: TurnOptions;

  constructor(options: TurnOptions) {
    this.#options = options;
  }

  /** Good for one to two windows from now; nothing while there are no keys. `now` in milliseconds since the epoch. */
  issue(address: string, now: number): TurnCredentials | undefined {
    const keys = this.#options.keys();
    if (keys === undefined) return undefined;
    const seconds = Math.floor(now / 1000);
    const window = Math.floor(seconds / TURN_WINDOW);
    const expiry = (window + 2) * TURN_WINDOW;
    const username = `${expiry}:${nameOf(keys.users, address, window)}`;
    const credential = createHmac('sha1', keys.secret).update(username).digest('base64');
    return { urls: this.#options.urls, username, credential, ttl: expiry - seconds };
  }
}

function nameOf(key: string, address: string, window: number): string {
  return createHmac('sha256', key)
    .update(`aside turn user\n${window}\n${address}`)
    .digest('hex')
    .slice(0, 24);
}
