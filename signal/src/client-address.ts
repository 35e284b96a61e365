import { BlockList, isIP, isIPv4 } from 'node:net';

/** Whether a text is an address or a range (`10.0.0.0/8`). */
export function isRange(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const most = isIP(address) === 4 ? 32 : 128;
  if (isIP(address) === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
}

/** Proxies whose word about a client's address is believed. */
export class TrustedProxies {
  readonly #list = new BlockList();

  /** Each entry is a range ({@link isRange}). Throws TypeError for anything else. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      if (!isRange(entry)) throw new TypeError(`${entry} is no address or range`);
      const [address = '', bits] = entry.split('/');
      const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
      this.#list.addSubnet(address, Number(bits ?? (family === 'ipv4' ? 32 : 128)), family);
    }
  }

  /**
   * The client behind a connection: the connection's own address, or, while that is a trusted proxy's, the last
   * address that X-Forwarded-For names before it.
   */
  clientOf(remote: string, forwardedFor: string): string {
    let client = remote;
    const named = forwardedFor === '' ? [] : forwardedFor.split(',');
    // A header has a bounded size, but a client may write a long list into it: a handful of proxies is all there is.
    for (const text of named.slice(-8).reverse()) {
      if (!this.#trusts(client)) break;
      const address = text.trim();
      if (isIP(address) === 0) break;
      client = address;
    }
    return client;
  }

  #trusts(address: string): boolean {
    return this.#list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
  }
}
