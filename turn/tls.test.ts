import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Turn } from './launch.mjs';
import { type Certificate, install, makeCertificate } from './testing/certificates.ts';
import { realCoturn, secondsFromNow } from './testing/coturn.ts';
import { restCredential, TurnClient } from './testing/turn-client.ts';

const NAME = 'turn.example.org';
/** A look at the certificate every second, and a machine that is busy. */
const SOON = { timeout: 15_000, interval: 100 };

/** TLS of a real coturn, with certificates of the test's own making. */
let directory: string;
let file: string;
let turn: Turn | undefined;
const clients: TurnClient[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'aside-turn-tls-'));
  file = join(directory, 'turn.pem');
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await turn?.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function start(env: Record<string, string> = {}): Promise<Turn> {
  turn = await realCoturn({ env: { TURN_CERTIFICATE: file, TURN_CHECK_SECONDS: '1', ...env } });
  return turn;
}

async function open(at: Turn, { certificate }: Certificate, place = {}): Promise<TurnClient> {
  const server = { address: at.address, port: at.tlsPort, ...place };
  const client = await TurnClient.openTls(server, NAME, certificate);
  clients.push(client);
  return client;
}

const ours = ({ secret }: Turn) => restCredential(secret, secondsFromNow(600), 'a-keyed-hash');

describe('the relay over TLS', () => {
  it('gives relays, and what is relayed arrives', async () => {
    const certificate = makeCertificate(NAME);
    install(file, certificate);
    const server = await start();
    const [alice, bob] = [await open(server, certificate), await open(server, certificate)];
    const [a, b] = [await alice.allocate(ours(server)), await bob.allocate(ours(server))];
    if (a.state !== 'allocated' || b.state !== 'allocated') throw new Error('refused');
    expect(await alice.permit(b.relay)).toBe('ok');
    expect(await bob.bindChannel(0x4001, a.relay)).toBe('ok');
    const bytes = Uint8Array.from({ length: 1001 }, (_, i) => i & 255);
    alice.send(b.relay, bytes);
    expect([...(await bob.receive()).data]).toEqual([...bytes]);
    bob.sendOnChannel(0x4001, Uint8Array.of(1, 2, 3, 4));
    expect([...(await alice.receive()).data]).toEqual([1, 2, 3, 4]);
    // The same limits as on the other port.
    expect(await alice.permit({ address: '192.168.1.1', port: 9 })).toBe(403);
    expect(await (await open(server, certificate)).allocate()).toEqual({ state: 'refused', error: 401 });
  });

  it('shows the certificate that it was given and speaks nothing older than TLS 1.2', async () => {
    const certificate = makeCertificate(NAME);
    install(file, certificate);
    const server = await start();
    await expect(open(server, makeCertificate(NAME))).rejects.toThrow(/self-signed|unable to verify/i);
    // coturn does not answer such a hello at all: one that comes later is answered first.
    const old = connect({
      host: server.address,
      port: server.tlsPort,
      ca: certificate.certificate,
      servername: NAME,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const states: string[] = [];
    old.once('secureConnect', () => states.push('secure'));
    old.once('error', () => states.push('refused'));
    await once(old, 'connect');
    await open(server, certificate);
    expect(states).not.toContain('secure');
    old.destroy();
  });

  it('takes up a renewed certificate while it runs, and ends no connection for it', async () => {
    const first = makeCertificate(NAME);
    install(file, first);
    const server = await start();
    const alice = await open(server, first);
    expect((await alice.allocate(ours(server))).state).toBe('allocated');
    const second = makeCertificate(NAME);
    install(file, second);
    await expect
      .poll(
        () =>
          open(server, second).then(
            () => 'second',
            () => 'first',
          ),
        SOON,
      )
      .toBe('second');
    expect(await alice.permit({ address: '8.8.8.8', port: 9 })).toBe('ok');
  });

  it('listens on a second address in the place of 443, and for TLS there too', async () => {
    const certificate = makeCertificate(NAME);
    install(file, certificate);
    const server = await start({ TURN_443_ADDRESS: '127.0.0.2', TURN_443_NAME: NAME });
    for (const port of [server.port + 2, server.tlsPort]) {
      const client = await open(server, certificate, { address: '127.0.0.2', port });
      expect((await client.allocate(ours(server))).state).toBe('allocated');
    }
  });

  it('is not there before the first certificate; when that comes, the relay ends to be started with it', async () => {
    const server = await start();
    await expect(open(server, makeCertificate(NAME))).rejects.toThrow(/ECONNREFUSED/);
    const plain = await TurnClient.open({ address: server.address, port: server.port });
    clients.push(plain);
    expect((await plain.allocate(ours(server))).state).toBe('allocated');
    install(file, makeCertificate(NAME));
    expect(await server.ended).toContain('the certificate is there');
  });
});
