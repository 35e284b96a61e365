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
