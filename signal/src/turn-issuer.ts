import { createHmac } from 'node:crypto';
import type { TurnCredentials } from '../protocol/index.ts';

/** Seconds. A relay's quota counts per user, so one address stays one user for this long. */
export const TURN_WINDOW = 3600;

export interface TurnOptions {
  /** What coturn has as `static-auth-secret`, or nothing while there is none. */
  readonly secret: () => string | undefined;
  readonly urls: readonly string[];
}

/**
 * Credentials as the "TURN REST API" draft (draft-uberti-behave-turn-rest-00) and coturn's `use-auth-secret` have
 * them: the user is `expiry:name`, the credential base64(HMAC-SHA1(secret, user)). The name is a keyed hash of the
 * address: a quota can be kept per address while the relay learns nothing that it does not see anyway. Both change only with the
 * window, so within one an address is exactly one user.
 */
export class TurnIssuer {
  readonly #options: TurnOptions;

  constructor(options: TurnOptions) {
    this.#options = options;
  }

  /** Good for one to two windows from now; nothing while there is no secret. `now` in milliseconds since the epoch. */
  issue(address: string, now: number): TurnCredentials | undefined {
    const secret = this.#options.secret();
    if (secret === undefined) return undefined;
    const seconds = Math.floor(now / 1000);
    const window = Math.floor(seconds / TURN_WINDOW);
    const expiry = (window + 2) * TURN_WINDOW;
    const username = `${expiry}:${nameOf(secret, address, window)}`;
    const credential = createHmac('sha1', secret).update(username).digest('base64');
    return { urls: this.#options.urls, username, credential, ttl: expiry - seconds };
  }
}

function nameOf(secret: string, address: string, window: number): string {
  return createHmac('sha256', secret)
    .update(`aside turn user\n${window}\n${address}`)
    .digest('hex')
    .slice(0, 24);
}
