import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ipv6Bytes } from './testing/stun.ts';

const template = readFileSync(new URL('./turnserver.conf.template', import.meta.url), 'utf8');
const lines = template.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

/** An address as one number, IPv4 and IPv6 apart. */
function toNumber(address: string): { family: 4 | 6; value: bigint } {
  const bytes = isIPv4(address) ? address.split('.').map(Number) : [...ipv6Bytes(address)];
  const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return { family: bytes.length === 4 ? 4 : 6, value };
}

const denied = lines
  .filter((line) => line.startsWith('denied-peer-ip='))
  .map((line) => line.slice('denied-peer-ip='.length))
  .map((text) => {
    const [from = '', to = ''] = text.split('-');
    return { text, from: toNumber(from), to: toNumber(to) };
  });

/** Whether one denied range holds all of a network, given as CIDR. */
function holds(cidr: string): boolean {
  const [address = '', bits = ''] = cidr.split('/');
  const { family, value } = toNumber(address);
  const size = 1n << (BigInt(family === 4 ? 32 : 128) - BigInt(bits));
  // :: itself cannot begin a range (see the template); coturn refuses that address without being told.
  const first = value === 0n && family === 6 ? 1n : value;
  return denied.some(
    ({ from, to }) => from.family === family && from.value <= first && value + size - 1n <= to.value,
  );
}

describe('the peers that are refused', () => {
  // IANA IPv4 and IPv6 Special-Purpose Address Registries, multicast, and what the IPv6 plan leaves unassigned.
  it.each([
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.31.196.0/24',
    '192.52.193.0/24',
    '192.88.99.0/24',
    '192.168.0.0/16',
    '192.175.48.0/24',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '224.0.0.0/4',
    '240.0.0.0/4',
    '255.255.255.255/32',
    '::/96',
    '::1/128',
    '::ffff:0:0/96',
    '::ffff:0:0:0/96',
    '64:ff9b::/96',
    '64:ff9b:1::/48',
    '100::/64',
    '2001::/23',
    '2001::/32',
    '2001:2::/48',
    '2001:10::/28',
    '2001:20::/28',
    '2001:db8::/32',
    '2002::/16',
    '2620:4f:8000::/48',
    '3fff::/20',
    '5f00::/16',
    'fc00::/7',
    'fe80::/10',
    'fec0::/10',
    'ff00::/8',
  ])('hold all of %s', (cidr) => {
    expect(holds(cidr)).toBe(true);
  });

  it.each(['1.1.1.1/32', '8.8.8.8/32', '100.128.0.0/32', '172.32.0.0/32', '2a00::/16', '2606:4700::/32'])(
    'leave %s alone',
    (cidr) => {
      expect(holds(cidr)).toBe(false);
    },
  );

  it('are ranges, from low to high, never CIDR, and never begin at ::', () => {
    for (const { text, from, to } of denied) {
      expect(text).toMatch(/^[0-9a-f.:]+-[0-9a-f.:]+$/);
      expect(text).not.toMatch(/^::-/);
      expect(from.family).toBe(to.family);
      expect(from.value).toBeLessThan(to.value);
    }
  });

  it('have one exception only, the server itself', () => {
    expect(lines.filter((line) => line.startsWith('allowed-peer-ip'))).toEqual([
      'allowed-peer-ip={{ALLOWED_PEER}}',
    ]);
    expect(lines.filter((line) => line.includes('loopback'))).toEqual([]);
  });
});

describe('the hardening', () => {
  it.each([
    'use-auth-secret',
    'no-tcp-relay',
    'no-multicast-peers',
    'fingerprint',
    'stale-nonce=600',
    '{{NO_TLS}}',
    'tls-listening-port={{TLS_PORT}}',
    'bps-capacity={{BPS_CAPACITY}}',
    'log-file=stdout',
    'user-quota={{USER_QUOTA}}',
    'total-quota={{TOTAL_QUOTA}}',
    'max-bps={{MAX_BPS}}',
    '@before 4.10 no-cli',
    '@before 4.17 no-dtls',
    '@before 4.7 no-tlsv1',
    '@before 4.7 no-tlsv1_1',
  ])('has %s', (line) => {
    expect(lines).toContain(line);
  });

  it('keeps no secret, logs no more than it must, and opens no door for an administrator', () => {
    expect(lines.filter((line) => /secret|password|user=|key/i.test(line))).toEqual([
      'pkey={{CERTIFICATE}}',
      'use-auth-secret',
    ]);
    expect(
      lines.filter((line) =>
        /^(?:@\S+ \S+ )?(verbose|log-binding|cli|web-admin|no-auth|lt-cred-mech)/i.test(line),
      ),
    ).toEqual([]);
  });

  it('serves metrics only where it can be told the address, and names no user in them', () => {
    expect(lines.filter((line) => line.includes('prometheus'))).toEqual([
      '@knows prometheus-address {{METRICS}}',
      '@knows prometheus-address prometheus-address={{METRICS_ADDRESS}}',
      '@knows prometheus-address prometheus-port={{METRICS_PORT}}',
    ]);
  });
});
