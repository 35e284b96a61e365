import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const good = { DATA_DIR: '/var/lib/aside' };

function mistakes(env: Record<string, string>): string {
  try {
    readConfig(env);
    return '';
  } catch (error) {
    expect(error).toMatchObject({ name: 'SignalError', code: 'bad-config' });
    return (error as Error).message;
  }
}

/** One character more than a relay's address has room for. */
const LONG_NAME = `${'a.'.repeat(114)}abc`;

const many = (count: number, what: string) => Array.from({ length: count }, () => what).join();

describe('the configuration', () => {
  it('needs a directory and nothing else', () => {
    expect(readConfig(good)).toMatchObject({
      host: '127.0.0.1',
      port: 8787,
      retention: 14 * 24 * 3600,
      mostBytes: 10 * 2 ** 30,
      turn: undefined,
    });
    expect(readConfig({ ...good, PORT: '', TURN_URLS: ' ', TURN_SECRET_FILE: '' }).turn).toBeUndefined();
  });

  it('makes the relay’s addresses from the domain', () => {
    const { turn } = readConfig({ ...good, DOMAIN: 'chat.example.org', TURN_SECRET_FILE: '/run/secret' });
    expect(turn).toEqual({
      urls: ['turn:chat.example.org:3478?transport=udp', 'turn:chat.example.org:3478?transport=tcp'],
      source: { file: '/run/secret' },
    });
    expect(readConfig({ ...good, DOMAIN: 'chat.example.org' }).turn).toBeUndefined();
  });

  it('adds TLS where the relay has a certificate, and port 443 where it has a second address', () => {
    const urls = (more: Record<string, string>) =>
      readConfig({ ...good, DOMAIN: 'chat.example.org', TURN_SECRET_FILE: '/run/secret', ...more }).turn
        ?.urls;
    expect(urls({ TURN_TLS: '1' })?.slice(2)).toEqual(['turns:chat.example.org:5349?transport=tcp']);
    expect(urls({ TURN_TLS: '1', TURN_443_NAME: 'turn.example.org' })?.slice(2)).toEqual([
      'turns:turn.example.org:5349?transport=tcp',
      'turns:turn.example.org:443?transport=tcp',
    ]);
    expect(urls({ TURN_TLS: '0' })).toHaveLength(2);
  });

  it('takes no longer name than every relay’s address can be told with', () => {
    const name = LONG_NAME.slice(0, -1);
    const env = { ...good, DOMAIN: name, TURN_443_NAME: name, TURN_TLS: '1', TURN_SECRET_FILE: '/x' };
    const lengths = readConfig(env).turn?.urls.map((url) => url.length) ?? [];
    expect(Math.max(...lengths)).toBe(255);
  });

  it.each([
    [{ ...good, TURN_TLS: 'yes' }, 'TURN_TLS'],
    [{ ...good, TURN_443_NAME: 'turn.example.org' }, 'TURN_443_NAME needs TURN_TLS=1'],
    [{ DATA_DIR: 'relative' }, 'DATA_DIR'],
    [{ ...good, PORT: '-1' }, 'PORT'],
    [{ ...good, PORT: '80.5' }, 'PORT'],
    [{ ...good, RETENTION_DAYS: '0' }, 'RETENTION_DAYS'],
    [{ ...good, STORE_GIB: '1e3' }, 'STORE_GIB'],
    [{ ...good, TURN_URLS: 'turn:x' }, 'TURN_SECRET_FILE'],
    [{ ...good, TURN_SECRET: 'too short', TURN_URLS: 'turn:x' }, 'TURN_SECRET'],
    [{ ...good, TURN_SECRET: '0123456789abcdef' }, 'TURN_URLS'],
    [{ ...good, TURN_SECRET: '0123456789abcdef', TURN_SECRET_FILE: '/x', TURN_URLS: 'turn:x' }, 'not both'],
    [{ ...good, TURN_SECRET_FILE: 'x', TURN_URLS: 'turn:x' }, 'TURN_SECRET_FILE'],
    [{ ...good, DOMAIN: 'https://x' }, 'DOMAIN'],
    [{ ...good, DOMAIN: LONG_NAME }, 'DOMAIN'],
    [{ ...good, TURN_TLS: '1', TURN_443_NAME: LONG_NAME }, 'TURN_443_NAME must be a name'],
    [{ ...good, TRUSTED_PROXIES: 'caddy' }, 'TRUSTED_PROXIES'],
    [{ ...good, PASSES: 'too-short' }, 'PASSES: pass 1'],
    [{ ...good, PASSES: '0123456789abcdef, with spaces and more' }, 'PASSES: pass 2'],
    [{ ...good, PASSES: ' , ' }, 'PASSES: there is no pass'],
    [{ ...good, PASSES: Array.from({ length: 17 }, (_, n) => `pass-number-${n}-of-many`).join() }, 'at most'],
    [{ ...good, PASSES: '0123456789abcdef', PASSES_FILE: '/x' }, 'not both'],
    [{ ...good, PASSES_FILE: 'passes' }, 'PASSES_FILE must be'],
    [{ ...good, PASSES_FILE: '/nowhere/at/all' }, 'PASSES_FILE: the file cannot be read'],
    [{ ...good, METRICS_PORT: 'on' }, 'METRICS_PORT'],
    [{ ...good, PORT: '9000', METRICS_PORT: '9000' }, 'another port'],
    [{ REDIS_URLS: 'redis.example.org:6379' }, 'REDIS_URLS'],
    [{ REDIS_URLS: 'redis://a/3' }, 'REDIS_URLS'],
    [{ REDIS_URLS: 'redis://:100%zz@a' }, 'REDIS_URLS: a % in a user or a password'],
    [{ REDIS_URLS: 'redis://a,rediss://b' }, 'same scheme'],
    [{ REDIS_URLS: many(65, 'redis://a') }, 'REDIS_URLS: at most 64'],
    [{ REDIS_URLS: `redis://:${'x'.repeat(1024)}@a` }, 'REDIS_URLS: an address has more than'],
    [{ ...good, HOST: 'http://0.0.0.0' }, 'HOST must be'],
    [{ ...good, HOST: `${'a.'.repeat(126)}ab` }, 'HOST must be'],
    [{ ...good, METRICS_HOST: '0.0.0.0:9464' }, 'METRICS_HOST must be'],
    [{ DATA_DIR: `/${'x'.repeat(1024)}` }, 'DATA_DIR may have'],
    [{ ...good, TURN_SECRET_FILE: `/${'x'.repeat(1024)}`, TURN_URLS: 'turn:x' }, 'TURN_SECRET_FILE may have'],
    [{ ...good, PASSES_FILE: `/${'x'.repeat(1024)}` }, 'PASSES_FILE may have'],
    [{ ...good, TURN_SECRET: 'x'.repeat(1025), TURN_URLS: 'turn:x' }, 'at most 1024'],
    [
      { ...good, TURN_SECRET: '0123456789abcdef', TURN_URLS: `turn:${'x'.repeat(241)}` },
      'is not of the form',
    ],
    [{ ...good, TURN_SECRET: '0123456789abcdef', TURN_URLS: many(17, 'turn:x') }, 'at most 16 addresses'],
    [{ ...good, TRUSTED_PROXIES: many(257, '10.0.0.0/8') }, 'TRUSTED_PROXIES: at most 256'],
    [{ ...good, TRUSTED_PROXIES: '10.0.0.0/8/8' }, 'TRUSTED_PROXIES'],
    [{ ...good, TRUSTED_PROXIES: '10.0.0.0/33' }, 'TRUSTED_PROXIES'],
    [{ ...good, TRUSTED_PROXIES: '10.0.0.0/' }, 'TRUSTED_PROXIES'],
  ])('names the mistake in %o', (env, name) => expect(mistakes(env)).toContain(name));

  it('takes as much as may be', () => {
    const name = `${'a.'.repeat(126)}a`;
    const path = `/${'x'.repeat(1023)}`;
    const most = { HOST: name, METRICS_HOST: '::1', METRICS_PORT: '1', TURN_SECRET_FILE: path, DOMAIN: 'x' };
    const config = readConfig({ DATA_DIR: path, ...most, TRUSTED_PROXIES: many(256, '10.0.0.0/8') });
    expect(config).toMatchObject({ host: name, dataDir: path, metrics: { host: '::1', port: 1 } });
    expect(readConfig({ REDIS_URLS: many(64, 'redis://a') }).redis?.seeds).toHaveLength(64);
    expect(mistakes({ ...good, TURN_SECRET: 'x'.repeat(1024), TURN_URLS: 'turn:x' })).toBe('');
  });

  it('names every mistake at once, and no more of a value than shows which one', () => {
    const long = `no-proxy-${'x'.repeat(5000)}`;
    const all = mistakes({
      HOST: '?',
      METRICS_HOST: '?',
      PORT: '-1',
      DOMAIN: '?',
      TURN_URLS: `${long},turn:`,
      TRUSTED_PROXIES: `first,10.0.0.1,second,${long}`,
      REDIS_URLS: 'here',
    }).split('\n');
    expect(all.map((mistake) => /^\w+/.exec(mistake)?.[0])).toEqual([
      'REDIS_URLS',
      'DATA_DIR',
      'HOST',
      'METRICS_HOST',
      'PORT',
      ...['DOMAIN', 'TURN_URLS', 'TURN_URLS', 'TURN_URLS'],
      ...['TRUSTED_PROXIES', 'TRUSTED_PROXIES', 'TRUSTED_PROXIES'],
    ]);
    expect(all.filter((mistake) => mistake.length > 200)).toEqual([]);
  });

  const relays = (urls: string) => ({ ...good, TURN_SECRET_FILE: '/x', TURN_URLS: urls });

  it.each([
    ['http://x', 'http://x does not begin'],
    ['turn:x:9', 'turn:x:9 has port 9, to which browsers connect nowhere'],
    ['turns:x:6697?transport=tcp', 'port 6697'],
    ['turn:[2001:db8::1]:2049', 'port 2049'],
    ['turn:x:0', 'a port that is none'],
    ['turn:x:65536', 'a port that is none'],
    ['turn:', 'is not of the form'],
    ['turn:x?transport=sctp', 'is not of the form'],
    ['turn://x', 'is not of the form'],
    ['turn:x:3478:1', 'is not of the form'],
    [`turn:${'x'.repeat(250)}`, 'is not of the form'],
  ])('names a relay that no browser would use: %s', (url, mistake) => {
    expect(mistakes(relays(url))).toContain(`TURN_URLS: ${url.slice(0, 80)}`);
    expect(mistakes(relays(`${url}, turn:y:10080`)).split('\n')).toEqual([
      expect.stringContaining(mistake),
      expect.stringContaining('port 10080'),
    ]);
  });

  it('takes every form of address that a browser reads', () => {
    const urls = [
      'turn:x',
      'turn:x:443',
      'turns:x.example:5349?transport=tcp',
      'turn:[::1]:3478?transport=udp',
    ];
    expect(readConfig(relays(urls.join())).turn?.urls).toEqual(urls);
  });

  it('gives numbers away only where it is told to, and then to this machine', () => {
    expect(readConfig({ ...good, METRICS_HOST: '0.0.0.0' }).metrics).toBeUndefined();
    expect(readConfig({ ...good, METRICS_PORT: '9464' }).metrics).toEqual({ host: '127.0.0.1', port: 9464 });
  });

  it('takes Redis in the place of a directory', () => {
    expect(
      readConfig({ REDIS_URLS: 'rediss://me:a%20b@one.example.org:7000, rediss://me:a%20b@[::1]' }),
    ).toMatchObject({
      redis: {
        seeds: [
          { host: 'one.example.org', port: 7000 },
          { host: '::1', port: 6379 },
        ],
        access: { tls: true, username: 'me', password: 'a b' },
      },
    });
    expect(readConfig(good).redis).toBeUndefined();
  });

  it('takes several passes, so that one can follow another', () => {
    const passes = '0123456789abcdef,abcdef0123456789,0123456789abcdef';
    expect(readConfig({ ...good, PASSES: passes }).passes).toEqual({
      list: ['0123456789abcdef', 'abcdef0123456789'],
    });
    expect(readConfig({ ...good, PASSES: '', PASSES_FILE: '' }).passes).toBeUndefined();
  });

  it('never repeats a secret', () => {
    expect(mistakes({ REDIS_URLS: 'redis://me:confidential@host/x' })).not.toContain('confidential');
    expect(mistakes({ REDIS_URLS: 'redis://:confidential%@host' })).not.toContain('confidential');
    expect(mistakes({ ...good, TURN_SECRET: 'too short', TURN_URLS: 'turn:x' })).not.toContain('too short');
    expect(mistakes({ ...good, PASSES: 'a-good-one-of-many,not one' })).not.toMatch(/not one|a-good-one/);
  });

  it('has every name in OPERATING.md, and no other', () => {
    const source = readFileSync(new URL('./config.ts', import.meta.url), 'utf8');
    const read = new Set([...source.matchAll(/(?:text|number)\('([A-Z0-9_]+)'/g)].map(([, name]) => name));
    const page = readFileSync(new URL('../OPERATING.md', import.meta.url), 'utf8');
    const written = new Set([...page.matchAll(/^\| `([A-Z0-9_]+)`/gm)].map(([, name]) => name));
    expect(written).toEqual(read);
  });
});
