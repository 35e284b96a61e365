/** What is known of the relay where its addresses are not stated one by one. */
export interface RelayPlace {
  /** The server's name. */
  readonly domain: string;
  /** Whether the relay has the certificate for its name. */
  readonly tls: boolean;
  /** The name of its second address, where it listens on port 443 too; then the certificate is for this name. */
  readonly name443: string | undefined;
}

/**
 * Addresses of the relay (RFC 7065), from what is fastest to what passes the narrowest network: browsers try all of them.
 * turn/entrypoint.sh has the same ports.
 */
export function turnUrls({ domain, tls, name443 }: RelayPlace): string[] {
  const urls = [`turn:${domain}:3478?transport=udp`, `turn:${domain}:3478?transport=tcp`];
  if (tls) urls.push(`turns:${name443 ?? domain}:5349?transport=tcp`);
  if (tls && name443 !== undefined) urls.push(`turns:${name443}:443?transport=tcp`);
  return urls;
}

/**
 * Ports of other services, which browsers connect to nowhere (the Fetch standard, "port blocking"). For a relay on one,
 * Chromium asks nothing, and an Aside in Firefox has to leave it out.
 */
const BLOCKED_PORTS: ReadonlySet<number> = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
  109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
  526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/** `turn:` or `turns:`, a name or an address, a port and a transport, as browsers read them (RFC 7065). */
const RELAY_URL =
  /^turns?:(?:\[[\da-f:.]{2,45}\]|[^\s[\]:/?#@]{1,230})(?::(?<port>\d{1,5}))?(?:\?transport=(?:udp|tcp))?$/i;

/** Why no browser would use a relay at this address, for whoever wrote it; `undefined` where they do. */
export function relayFault(url: string): string | undefined {
  if (!/^turns?:/.test(url)) return 'does not begin with turn: or turns:';
  const found = RELAY_URL.exec(url);
  if (found === null || url.length > 255) return 'is not of the form turn:NAME:PORT?transport=udp';
  const port = Number(found.groups?.port ?? 3478);
  if (port < 1 || port > 65_535) return 'has a port that is none: they go from 1 to 65535';
  return BLOCKED_PORTS.has(port) ? `has port ${port}, to which browsers connect nowhere` : undefined;
}
