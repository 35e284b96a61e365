import { execFile, execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { putDouble } from './testing/doubles.ts';

const entrypoint = fileURLToPath(new URL('./entrypoint.sh', import.meta.url));

/**
 * What entrypoint.sh decides before it becomes turnserver, with doubles for the programs that it asks: a turnserver that
 * tells a version and ends, a DNS, and the kernel's tables of addresses and routes. turn.test.ts has the real server.
 */
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'aside-entrypoint-'));
  program('turnserver', 'echo 4.18.0');
  resolves({});
  network({ eth0: '10.0.0.5/24' }, 'eth0');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function program(name: string, script: string): void {
  putDouble(directory, name, script);
}

/** DNS answers; the name service of the machine answers nothing. */
function resolves(answers: { A?: string; AAAA?: string }): void {
  program('getent', 'exit 2');
  program(
    'dig',
    // Nothing for who would wait longer than an impatient operator.
    `ask=$*; case \${ask#+short +time=3 +tries=2 chat.example.org } in AAAA) echo "${answers.AAAA ?? ''}" ;; A) echo "${answers.A ?? ''}" ;; esac`,
  );
}

/** A path under the kernel's tables, its directory made. */
function proc(path: string): string {
  const place = join(directory, 'proc', path);
  mkdirSync(dirname(place), { recursive: true });
  return place;
}

const hex = (value: number) => (value >>> 0).toString(16).toUpperCase().padStart(8, '0');
/** As /proc/net/route writes it: the bytes of an address from last to first. */
function littleEndian(value: number): string {
  return Buffer.from(hex(value), 'hex').reverse().toString('hex').toUpperCase();
}

/** /proc/net of a machine with these interfaces (address/bits), the default route over one of them. */
function network(interfaces: Record<string, string>, out: string, ipv6: string[] = []): void {
  const parsed = Object.entries(interfaces).map(([name, text]) => {
    const [address = '', bits = ''] = text.split('/');
    const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    const mask = (0xffffffff << (32 - Number(bits))) >>> 0;
    return { name, address, net: (value & mask) >>> 0, mask, bits };
  });
  const routes = parsed
    .filter(({ bits }) => bits !== '32')
    .map(
      ({ name, net, mask }) =>
        `${name}\t${littleEndian(net)}\t00000000\t0001\t0\t0\t0\t${littleEndian(mask)}\t0\t0\t0`,
    );
  const head = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';
  // A network behind a container, which holds the address of this machine that leads out.
  const behind = 'docker0\t0000000A\t020011AC\t0003\t0\t0\t0\t000000FF\t0\t0\t0';
  const gateway = `${out}\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0`;
  writeFileSync(proc('net/route'), `${[head, gateway, behind, ...routes].join('\n')}\n`);
  const leaves = ['127.0.0.1', ...parsed.map(({ address }) => address)].map(
    (address) => `        |-- ${address}\n           /32 host LOCAL\n`,
  );
  // Both tables name each address.
  writeFileSync(proc('net/fib_trie'), `Main:\n${leaves.join('')}Local:\n${leaves.join('')}`);
  writeFileSync(proc('net/if_inet6'), ipv6.map((text) => `${text} 02 40 00 80     eth0\n`).join(''));
}

/** Secrets that coturn finds in the database of a run directory. */
function inDatabase(run = 'run'): string[] {
  const database = join(directory, run, 'turndb');
  const { pid, stdout } = spawnSync('turnadmin', ['-S', '-r', 'chat.example.org', '-b', database], {
    encoding: 'utf8',
  });
  // It leaves a log behind wherever it may write.
  for (const name of readdirSync('/var/log')) {
    if (name.startsWith(`turn_${pid}_`)) rmSync(join('/var/log', name));
  }
  return [...stdout.matchAll(/^(\S+)\[chat\.example\.org\]$/gm)].map(([, value = '']) => value);
}

interface Outcome {
  code: number;
  said: string;
  config: string[];
}

function start(
  env: Record<string, string> = {},
  script = entrypoint,
  words: readonly string[] = [],
  heard: (output: string) => void = () => {},
): Promise<Outcome> {
  const variables = {
    PATH: `${directory}:${process.env.PATH ?? ''}`,
    DOMAIN: 'chat.example.org',
    TURN_SECRET_FILE: join(directory, 'secret'),
    TURN_RUN_DIRECTORY: join(directory, 'run'),
    TURN_PROC: join(directory, 'proc'),
    ...env,
  };
  return new Promise((resolve) => {
    const child = execFile('/bin/sh', [script, ...words], { env: variables }, (error, stdout, stderr) => {
      const path = join(directory, 'run', 'turnserver.conf');
      resolve({
        code: typeof error?.code === 'number' ? error.code : 0,
        said: stdout + stderr,
        config: existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [],
      });
    });
    child.stdout?.on('data', heard);
  });
}

function values(config: string[], key: string): string[] {
  return config.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1));
}

describe('mistakes in the environment', () => {
  it('are all named at once, and nothing is written', async () => {
    const { code, said, config } = await start({
      DOMAIN: 'https://chat.example.org',
      TURN_PORT: '70000',
      TURN_USER_QUOTA: 'many',
      TURN_EXTERNAL_ADDRESS: '300.1.1.1',
      TURN_IPV6_ADDRESS: 'fe80',
      TURN_SECRET_FILE: 'secret',
    });
    expect(code).toBe(64);
    for (const name of [
      'DOMAIN',
      'TURN_PORT',
      'TURN_USER_QUOTA',
      'TURN_EXTERNAL_ADDRESS',
      'TURN_IPV6_ADDRESS',
      'TURN_SECRET_FILE',
    ]) {
      expect(said).toContain(`turn: ${name} `);
    }
    expect(config).toEqual([]);
  });

  /** For each variable what is wrong in every way that it can be, and how that is told. */
  const WRONG: Record<string, { values: string[]; said: string }> = {
    DOMAIN: {
      values: ['https://chat.example.org', 'a.test\nno-auth', '-a.test', 'a'.repeat(128)],
      said: 'must be a plain host name',
    },
    TURN_443_NAME: {
      values: ['turn.example.org:443', 'a.test\nno-auth', 'a..test', 'a'.repeat(231)],
      said: 'must be a plain host name',
    },
    TURN_IPV6_ADDRESS: {
      values: ['fe80', '2a00::1\nno-auth', '10.0.0.5', '2a00::1%eth0'],
      said: 'must be an IPv6 address',
    },
    ...Object.fromEntries(
      ['TURN_EXTERNAL_ADDRESS', 'TURN_LISTEN_ADDRESS', 'TURN_443_ADDRESS', 'TURN_METRICS_ADDRESS'].map(
        (name) => [
          name,
          { values: ['300.1.1.1', '10.0.0.5\nno-auth', '10.0.0', 'a.test'], said: 'must be an IPv4 address' },
        ],
      ),
    ),
    ...Object.fromEntries(
      ['TURN_SECRET_FILE', 'TURN_RUN_DIRECTORY', 'TURN_CERTIFICATE'].map((name) => [
        name,
        { values: ['a/file', '/a/file\nno-auth', './file', 'file'], said: 'must be ' },
      ]),
    ),
  };
  const LIMITS: Record<string, [least: number, most: number]> = {
    TURN_PORT: [1, 65_535],
    TURN_TLS_PORT: [1, 65_535],
    TURN_443_PORT: [1, 65_535],
    TURN_METRICS_PORT: [1, 65_535],
    TURN_MIN_PORT: [1024, 65_535],
    TURN_MAX_PORT: [1024, 65_535],
    TURN_SECRET_LIFETIME: [0, 1e9],
    TURN_SECRET_OVERLAP: [0, 1e9],
    TURN_CHECK_SECONDS: [1, 3600],
    TURN_USER_QUOTA: [1, 100_000],
    TURN_TOTAL_QUOTA: [1, 1e6],
    TURN_MAX_BPS: [1, 1e10],
    TURN_BPS_CAPACITY: [0, 1e11],
    TURN_ALLOW_LOOPBACK: [0, 1],
    TURN_END_WITH_STDIN: [0, 1],
  };
  const wrongNumber = ([name, [least, most]]: [string, [number, number]], n: number): [string, string] => [
    name,
    [least === 0 ? 'many' : `${least - 1}`, `${most + 1}`, '1\nno-auth', '9'.repeat(30)][n]!,
  ];

  it.each([0, 1, 2, 3])('are found in every variable, however they are made (%i)', async (n) => {
    const { code, said } = await start({
      ...Object.fromEntries(Object.entries(WRONG).map(([name, { values }]) => [name, values[n]!])),
      ...Object.fromEntries(Object.entries(LIMITS).map((limits) => wrongNumber(limits, n))),
    });
    expect(code).toBe(64);
    const unsaid = [
      ...Object.entries(WRONG).map(([name, wrong]) => `turn: ${name} ${wrong.said}`),
      ...Object.entries(LIMITS).map(([name, [least, most]]) => {
        const limits = n === 1 || (n === 0 && least > 0);
        return `turn: ${name} must be ${limits ? `from ${least} to ${most}` : 'a number'}`;
      }),
    ].filter((words) => !said.includes(words));
    expect(unsaid).toEqual([]);
  });

  it('are not found in what lies just within its limits', async () => {
    const fixed = { TURN_EXTERNAL_ADDRESS: '203.0.113.9', TURN_LISTEN_ADDRESS: '10.0.0.5' };
    const name = Array.from({ length: 4 }, () => 'a'.repeat(31)).join('.');
    const numbers = (n: 0 | 1) =>
      Object.fromEntries(
        Object.entries(LIMITS)
          // They bound each other, and the last one ends the start.
          .filter(([of]) => !/TURN_(?:MIN|MAX)_PORT|STDIN/.test(of))
          .map(([of, limits]) => [of, `${limits[n]}`]),
      );
    const place = { TURN_443_ADDRESS: '10.0.0.6', TURN_443_NAME: `${'a'.repeat(226)}.org` };
    const least = await start({ ...fixed, ...numbers(0), DOMAIN: name, TURN_MIN_PORT: '1024' });
    expect([least.code, least.said]).toEqual([0, expect.not.stringContaining('must be')]);
    const most = { ...numbers(1), TURN_MIN_PORT: '65534', TURN_MAX_PORT: '65534' };
    const other = { ...fixed, ...most, ...place, TURN_CERTIFICATE: join(directory, 'turn.pem') };
    const { code, said } = await start(other);
    expect([code, said]).toEqual([0, expect.not.stringContaining('must be')]);
  });

  it.each([
    { env: { DOMAIN: '' }, said: 'DOMAIN is not set' },
    { env: { TURN_MIN_PORT: '60000', TURN_MAX_PORT: '50000' }, said: 'is above TURN_MAX_PORT' },
    { env: { TURN_PORT: '50000' }, said: 'lies within the range for relays' },
    { env: { TURN_PORT: '49152' }, said: 'lies within the range for relays' },
    { env: { TURN_PORT: '65535' }, said: 'lies within the range for relays' },
  ])('$said', async ({ env, said }) => {
    const outcome = await start(env);
    expect(outcome.code).toBe(64);
    expect(outcome.said).toContain(said);
  });

  it('are an entry point without its template', async () => {
    const alone = join(directory, 'alone');
    mkdirSync(alone);
    for (const name of ['entrypoint.sh', 'secrets.sh', 'keeper.sh'])
      copyFileSync(join(dirname(entrypoint), name), join(alone, name));
    const { code, said } = await start({}, join(alone, 'entrypoint.sh'));
    expect(code).toBe(64);
    expect(said).toContain(`the template is missing: ${alone}/turnserver.conf.template`);
  });

  it('are a machine without coturn, or a coturn that is none', async () => {
    program('turnserver', 'echo something');
    expect(await start()).toMatchObject({
      code: 69,
      said: expect.stringContaining('does not tell its version'),
    });
    const tools = join(directory, 'tools');
    mkdirSync(tools);
    for (const name of ['awk', 'cat', 'dirname', 'grep', 'head', 'id', 'sed', 'wc'])
      symlinkSync(
        execFileSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(),
        join(tools, name),
      );
    const { code, said } = await start({ PATH: tools });
    expect(code).toBe(64);
    for (const name of ['turnserver', 'turnadmin'])
      expect(said).toContain(`${name} (coturn) is not installed`);
  });
});

describe('the addresses', () => {
  it('DOMAIN names an address of this machine: no translation', async () => {
    resolves({ A: '203.0.113.9' });
    network({ eth0: '203.0.113.9/24', docker0: '172.17.0.1/16' }, 'eth0');
    const { config } = await start();
    expect(values(config, 'listening-ip')).toEqual(['203.0.113.9']);
    expect(values(config, 'relay-ip')).toEqual(['203.0.113.9']);
    expect(values(config, 'external-ip')).toEqual([]);
    expect(values(config, 'allowed-peer-ip')).toEqual(['203.0.113.9']);
    expect(values(config, 'realm')).toEqual(['chat.example.org']);
    expect(config.filter((line) => line.includes('loopback'))).toEqual([]);
  });

  it.each([
    { how: 'in a network of its own', address: '10.0.0.5/24' },
    { how: 'alone, as some clouds give it', address: '10.128.0.5/32' },
    { how: 'with a name that begins like the outer one', address: '203.0.113.90/32' },
  ])(
    'DOMAIN names the outer side of a translation: the way out is found beside container bridges, $how',
    async ({ address }) => {
      resolves({ A: '203.0.113.9' });
      network({ docker0: '172.17.0.1/16', 'br-1a2b': '172.18.0.1/16', ens4: address }, 'ens4');
      const { config } = await start();
      const inner = address.split('/')[0];
      expect(values(config, 'listening-ip')).toEqual([inner]);
      expect(values(config, 'external-ip')).toEqual([`203.0.113.9/${inner}`]);
      expect(values(config, 'allowed-peer-ip')).toEqual(['203.0.113.9', inner]);
    },
  );

  it('several ways out are a question, answered by TURN_LISTEN_ADDRESS', async () => {
    resolves({ A: '203.0.113.9' });
    network({ eth0: '10.0.0.5/32', eth1: '10.0.1.5/32' }, 'eth0');
    const question = await start();
    expect(question.code).toBe(64);
    expect(question.said).toContain('set TURN_LISTEN_ADDRESS');
    const { config } = await start({ TURN_LISTEN_ADDRESS: '10.0.1.5' });
    expect(values(config, 'external-ip')).toEqual(['203.0.113.9/10.0.1.5']);
  });

  it('of several addresses, the one of this machine is taken, wherever it stands; else the first', async () => {
    resolves({ A: 'alias.example.org.\n300.1.1.1\n198.51.100.1\n203.0.113.9\n198.51.100.2' });
    network({ eth0: '203.0.113.9/24' }, 'eth0');
    expect(values((await start()).config, 'allowed-peer-ip')).toEqual(['203.0.113.9']);
    network({ eth0: '10.0.0.5/24' }, 'eth0');
    expect(values((await start()).config, 'external-ip')).toEqual(['198.51.100.1/10.0.0.5']);
  });

  it('the machine’s name service answers where there is no DNS', async () => {
    program('dig', 'exit 9');
    program(
      'getent',
      `case $1 in
        ahostsv4) echo '127.0.1.1       STREAM chat.example.org'; echo '203.0.113.9     STREAM' ;;
        ahostsv6) echo '2001:db8::5     STREAM chat.example.org' ;;
      esac`,
    );
    network({ eth0: '10.0.0.5/24' }, 'eth0', ['20010db8000000000000000000000005']);
    const { config } = await start();
    expect(values(config, 'external-ip')).toEqual(['203.0.113.9/10.0.0.5']);
    expect(values(config, 'listening-ip')).toEqual(['10.0.0.5', '2001:db8::5']);
  });

  it('a machine whose addresses are all inner ones is asked about', async () => {
    resolves({ A: '203.0.113.9' });
    network({ docker0: '172.17.0.1/16' }, 'eth0');
    const { code, said } = await start();
    expect(code).toBe(64);
    expect(said).toContain('no address of this machine leads out: set TURN_LISTEN_ADDRESS');
  });

  it('a machine without these tables is asked, in one line', async () => {
    resolves({ A: '203.0.113.9', AAAA: '2001:db8::5' });
    rmSync(join(directory, 'proc'), { recursive: true });
    const { code, said } = await start();
    expect([code, said]).toEqual([
      64,
      'turn: no address of this machine leads out: set TURN_LISTEN_ADDRESS\n',
    ]);
    expect(await start({ TURN_LISTEN_ADDRESS: '10.0.0.5' })).toMatchObject({
      code: 0,
      said: expect.not.stringContaining('cannot open'),
    });
  });

  it('a name without an address is said to have none, also where the machine calls itself by it on loopback', async () => {
    resolves({ A: '127.0.1.1' });
    const { code, said } = await start();
    expect(code).toBe(64);
    expect(said).toContain('chat.example.org has no IPv4 address yet');
  });

  it('IPv6 is used where the AAAA record is an address of this machine, else left alone', async () => {
    resolves({ A: '10.0.0.5', AAAA: '2001:db8::1:5' });
    network({ eth0: '10.0.0.5/24' }, 'eth0', ['20010db8000000000000000000010005']);
    const ours = await start();
    expect(values(ours.config, 'listening-ip')).toEqual(['10.0.0.5', '2001:db8::1:5']);
    expect(values(ours.config, 'allowed-peer-ip')).toEqual(['10.0.0.5', '2001:db8::1:5']);
    network({ eth0: '10.0.0.5/24' }, 'eth0', ['20010db8000000000000000000010006']);
    expect(values((await start()).config, 'listening-ip')).toEqual(['10.0.0.5']);
  });

  it.each([
    { AAAA: '2001:db8:1:2:3:4:5:6', is: '20010db8000100020003000400050006' },
    { AAAA: '2001:DB8::', is: '20010db8000000000000000000000000' },
    // One of nobody’s besides, and some of the link and of loopback, which are ours too and lead nowhere.
    {
      AAAA: '::1\nFE80::5\nfebf::5\n2001:db8::7\n2001:db8:1::5',
      is: '20010db8000100000000000000000005',
    },
  ])('IPv6 is known however it is written: $AAAA', async ({ AAAA, is }) => {
    resolves({ A: '10.0.0.5', AAAA });
    const nowhere = ['1', 'fe800000000000000000000000000005', 'febf0000000000000000000000000005'];
    network({ eth0: '10.0.0.5/24' }, 'eth0', [...nowhere.map((text) => text.padStart(32, '0')), is]);
    expect(values((await start()).config, 'relay-ip')).toEqual(['10.0.0.5', AAAA.split('\n').at(-1)]);
  });

  it('IPv6 that was given is used, and none is looked for where the IPv4 address was given', async () => {
    resolves({ A: '10.0.0.5', AAAA: '2001:db8::5' });
    network({ eth0: '10.0.0.5/24' }, 'eth0', ['20010db8000000000000000000000005']);
    const fixed = { TURN_EXTERNAL_ADDRESS: '203.0.113.9' };
    const given = await start({ TURN_IPV6_ADDRESS: '2001:db8::9' });
    expect(values(given.config, 'listening-ip')).toEqual(['10.0.0.5', '2001:db8::9']);
    expect(values((await start(fixed)).config, 'listening-ip')).toEqual(['10.0.0.5']);
  });
});

describe('the secret', () => {
  const fixed = { TURN_EXTERNAL_ADDRESS: '203.0.113.9', TURN_LISTEN_ADDRESS: '10.0.0.5' };

  it('is made once, with the key of user parts: 32 random bytes each as text, mode 0640, the same at the next start', async () => {
    const path = join(directory, 'secret');
    const first = await start(fixed);
    const text = readFileSync(path, 'utf8');
    expect(text).toMatch(/^[0-9a-f]{64}\n[0-9a-f]{64}\n$/);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    const [secret = '', users = ''] = text.split('\n');
    expect(secret).not.toBe(users);
    expect(inDatabase()).toEqual([secret]);
    await start(fixed);
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(inDatabase()).toEqual([secret]);
    expect(first.said + first.config.join()).not.toMatch(new RegExp(`${secret}|${users}`));
  });

  it('is one, however many start at once', async () => {
    const starts = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        start({ ...fixed, TURN_RUN_DIRECTORY: join(directory, `run${i}`) }),
      ),
    );
    expect(starts.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
    const used = starts.flatMap((_, i) => inDatabase(`run${i}`));
    expect(new Set(used)).toEqual(new Set([readFileSync(join(directory, 'secret'), 'utf8').split('\n')[0]]));
  });

  it('may be one line that somebody put there', async () => {
    const alone = 'a'.repeat(40);
    writeFileSync(join(directory, 'secret'), alone);
    expect((await start(fixed)).code).toBe(0);
    expect(inDatabase()).toEqual([alone]);
    expect(readFileSync(join(directory, 'secret'), 'utf8')).toBe(alone);
  });

  it.each(['short', 'with space and more than thirty-two characters', `${'a'.repeat(40)}\nno-auth`])(
    'is refused where the file holds %j',
    async (text) => {
      writeFileSync(join(directory, 'secret'), text);
      const { code, said } = await start(fixed);
      expect(code).toBe(65);
      expect(said).toContain('one line of 32 to 128 letters and digits, or two');
    },
  );

  it('names the directory that it cannot write to', async () => {
    const { code, said } = await start({ ...fixed, TURN_SECRET_FILE: join(directory, 'nowhere', 'secret') });
    expect(code).toBe(73);
    expect(said).toContain(join(directory, 'nowhere'));
  });

  it('stands in a database that only its owner reads', async () => {
    await start(fixed);
    for (const name of ['turnserver.conf', 'turndb'])
      expect(statSync(join(directory, 'run', name)).mode & 0o077).toBe(0);
  });

  it('stands in a database that can be read while it is written', async () => {
    await start(fixed);
    // SQLite's file format, 1.3.3: 2 and 2 are a write-ahead log. In any other mode coturn refuses somebody at a rotation.
    expect([...readFileSync(join(directory, 'run', 'turndb')).subarray(18, 20)]).toEqual([2, 2]);
  });
});

describe('the configuration', () => {
  const fixed = { TURN_EXTERNAL_ADDRESS: '203.0.113.9', TURN_LISTEN_ADDRESS: '10.0.0.5' };

  it('has every number in its place', async () => {
    const { config } = await start({
      ...fixed,
      TURN_PORT: '1001',
      TURN_MIN_PORT: '50002',
      TURN_MAX_PORT: '50003',
      TURN_USER_QUOTA: '4',
      TURN_TOTAL_QUOTA: '5',
      TURN_MAX_BPS: '6',
      TURN_BPS_CAPACITY: '7',
    });
    const places = {
      'listening-port': '1001',
      'min-port': '50002',
      'max-port': '50003',
      'user-quota': '4',
      'total-quota': '5',
      'max-bps': '6',
      'bps-capacity': '7',
    };
    expect(Object.keys(places).map((key) => [key, values(config, key)])).toEqual(
      Object.entries(places).map(([key, value]) => [key, [value]]),
    );
  });

  it('goes with a keeper that knows nothing of what was asked of the one before', async () => {
    mkdirSync(join(directory, 'run'));
    for (const left of ['request', 'answer']) writeFileSync(join(directory, 'run', left), 'revoke\n');
    expect((await start(fixed)).code).toBe(0);
    for (const left of ['request', 'answer']) expect(existsSync(join(directory, 'run', left))).toBe(false);
  });

  it('says that it is without TLS where a certificate is still to come', async () => {
    const certificate = join(directory, 'turn.pem');
    expect((await start({ ...fixed, TURN_CERTIFICATE: certificate })).said).toContain(
      `no certificate in ${certificate} yet: starting without TLS`,
    );
    expect((await start(fixed)).said).not.toContain('certificate');
  });
});

describe('the relay’s log', () => {
  const fixed = { TURN_EXTERNAL_ADDRESS: '203.0.113.9', TURN_LISTEN_ADDRESS: '10.0.0.5' };
  const says = (script: string) =>
    program('turnserver', `case $* in *-c*) ;; *) echo 4.18.0; exit ;; esac\n${script}`);

  it('has no address and no user, however coturn writes them, and to whichever output', async () => {
    const lines = {
      'IP 192.168.77.88 denied': 'IP [address] denied',
      'from 192.168.77.88:4321 to 10.0.0.9:5, twice': 'from [address] to [address], twice',
      'IP fd12:3456::7 and FD12:ABCD::EF denied': 'IP [address] and [address] denied',
      'IP fd12:3456:1:2:3:4:5:6, FD12:3456:1:2:3:4:5:ABCD': 'IP [address], [address]',
      'IP ::ffff:10.0.0.9 denied': 'IP [address] denied',
      'realm=<x>, username=<1795915933:01ab>, user = <2:b>, rp=1': 'realm=<x>, user <->, user <->, rp=1',
      'user <1795915933:fedc> remote user <3:c>: incoming': 'user <-> remote user <->: incoming',
    };
    says(
      `{ ${Object.keys(lines)
        .map((line) => `echo '${line}'; echo '${line}' >&2; `)
        .join('')}}`,
    );
    const { said } = await start(fixed);
    const [log] = said.split('turn: coturn');
    expect(log?.trim().split('\n')).toEqual(Object.values(lines).flatMap((line) => [line, line]));
  });

  it('has every line as soon as it is said', async () => {
    // It waits with the second until the first has come through.
    const told = join(directory, 'told');
    says(`echo first; while [ ! -e '${told}' ]; do sleep 0.05; done; echo second`);
    const { said } = await start(fixed, entrypoint, [], (output) => {
      if (output.includes('first')) writeFileSync(told, '');
    });
    expect(said).toContain('first\nsecond\n');
  });

  it('goes on where one that was killed has left its own', async () => {
    mkdirSync(join(directory, 'run'));
    execFileSync('mkfifo', [join(directory, 'run', 'log')]);
    says('echo through');
    expect(await start(fixed)).toMatchObject({ code: 0, said: expect.stringContaining('through\n') });
  });
});

describe('the health check', () => {
  const health = () => start({}, entrypoint, ['health']);

  it('is content with what the relay answers at the first address that it listens on, and with nothing else', async () => {
    resolves({ A: '10.0.0.5', AAAA: '2001:db8::5' });
    network({ eth0: '10.0.0.5/24' }, 'eth0', ['20010db8000000000000000000000005']);
    const { config } = await start({ TURN_PORT: '3479' });
    expect(values(config, 'listening-ip')).toEqual(['10.0.0.5', '2001:db8::5']);
    const answers = (words: string) =>
      program(
        'turnutils_stunclient',
        `[ "$*" = '-p 3479 10.0.0.5' ] && echo '0: : IPv4. ${words}: 10.0.0.5:50000'`,
      );
    answers('UDP reflexive addr');
    expect(await health()).toMatchObject({ code: 0, said: '' });
    // What it says where nobody answers, and it ends well all the same.
    answers('Local addr');
    expect((await health()).code).toBe(1);
    // In whichever case, and to whichever output.
    program('turnutils_stunclient', 'echo UDP Reflexive Addr >&2; exit 1');
    expect((await health()).code).toBe(0);
  });

  it('ends by itself where nobody answers, before Compose gives it up', async () => {
    await start({ TURN_EXTERNAL_ADDRESS: '203.0.113.9', TURN_LISTEN_ADDRESS: '10.0.0.5' });
    program('turnutils_stunclient', 'exec sleep 600');
    expect((await health()).code).toBe(1);
  });
});

describe('TLS', () => {
  const fixed = { TURN_EXTERNAL_ADDRESS: '203.0.113.9', TURN_LISTEN_ADDRESS: '10.0.0.5' };

  it('is there with a certificate, on 443 too where a second address has a name', async () => {
    const certificate = join(directory, 'turn.pem');
    const place = { TURN_443_ADDRESS: '10.0.0.6', TURN_443_NAME: 'turn.example.org' };
    const without = await start({ ...fixed, ...place, TURN_CERTIFICATE: certificate });
    expect(without.config).toContain('no-tls');
    expect(values(without.config, 'aux-server')).toEqual([]);
    writeFileSync(certificate, 'certificate and key');
    const { config } = await start({ ...fixed, ...place, TURN_CERTIFICATE: certificate });
    expect(config).not.toContain('no-tls');
    expect(values(config, 'cert')).toEqual([certificate]);
    expect(values(config, 'pkey')).toEqual([certificate]);
    expect(values(config, 'tls-listening-port')).toEqual(['5349']);
    expect(values(config, 'aux-server')).toEqual(['10.0.0.6:443', '10.0.0.6:5349']);
    // The second address is a door: nothing is relayed from it.
    expect(values(config, 'relay-ip')).toEqual(['10.0.0.5']);
  });

  it.each([
    { env: { TURN_443_ADDRESS: '10.0.0.6' }, said: 'TURN_443_ADDRESS needs TURN_443_NAME' },
    { env: { TURN_443_NAME: 'turn.example.org' }, said: 'TURN_443_NAME needs TURN_443_ADDRESS' },
    {
      env: {
        TURN_443_NAME: 'chat.example.org',
        TURN_443_ADDRESS: '10.0.0.6',
        TURN_CERTIFICATE: '/x',
      },
      said: 'must be another name than DOMAIN',
    },
    { env: { TURN_CERTIFICATE: 'x' }, said: 'TURN_CERTIFICATE must be an absolute path' },
  ])('says: $said', async ({ env, said }) => {
    const outcome = await start({ ...fixed, ...env });
    expect(outcome.code).toBe(64);
    expect(outcome.said).toContain(said);
  });
});

describe('port 443', () => {
  const env = {
    TURN_EXTERNAL_ADDRESS: '203.0.113.9',
    TURN_LISTEN_ADDRESS: '10.0.0.5',
    TURN_443_ADDRESS: '10.0.0.6',
    TURN_443_NAME: 'turn.example.org',
    TURN_CERTIFICATE: '/nowhere/turn.pem',
  };

  it('is asked for in one line where the machine keeps it for root, as in the container', async () => {
    program('id', 'echo 65534');
    writeFileSync(proc('self/status'), 'Name:\tsh\nNoNewPrivs:\t1\n');
    writeFileSync(proc('sys/net/ipv4/ip_unprivileged_port_start'), '1024\n');
    const refused = await start(env);
    expect(refused.code).toBe(64);
    expect(refused.said).toContain('sysctl -w net.ipv4.ip_unprivileged_port_start=443');
    writeFileSync(proc('sys/net/ipv4/ip_unprivileged_port_start'), '443\n');
    expect((await start(env)).code).toBe(0);
  });
});

describe('metrics', () => {
  const env = {
    TURN_EXTERNAL_ADDRESS: '203.0.113.9',
    TURN_LISTEN_ADDRESS: '10.0.0.5',
    TURN_METRICS_ADDRESS: '127.0.0.1',
  };

  it('are served at the address that was asked for, by a coturn that can be told', async () => {
    program('turnserver', 'case $1 in --help) echo " --prometheus-address <ip>" ;; *) echo 4.18.0 ;; esac');
    const { config } = await start(env);
    expect(config.filter((line) => line.includes('prometheus'))).toEqual([
      'prometheus',
      'prometheus-address=127.0.0.1',
      'prometheus-port=9641',
    ]);
    expect((await start({ ...env, TURN_METRICS_ADDRESS: '' })).config.join()).not.toContain('prometheus');
  });

  it('are left away by one that would serve them everywhere', async () => {
    program('turnserver', 'case $1 in --help) echo " --prometheus" ;; *) echo 4.18.0 ;; esac');
    expect((await start(env)).config.join()).not.toContain('prometheus');
  });
});

describe('options that changed between releases', () => {
  const fixed = { TURN_EXTERNAL_ADDRESS: '203.0.113.9', TURN_LISTEN_ADDRESS: '10.0.0.5' };
  const old = ['no-cli', 'no-dtls', 'no-tlsv1', 'no-tlsv1_1', 'no-rfc5780', 'no-software-attribute'];

  it('4.6.1 is told what newer ones do by themselves', async () => {
    program('turnserver', 'echo 4.6.1');
    expect((await start(fixed)).config).toEqual(expect.arrayContaining(old));
  });

  it('4.12.0 is told of DTLS only', async () => {
    program('turnserver', 'echo 4.12.0');
    const { config } = await start(fixed);
    expect(old.filter((line) => config.includes(line))).toEqual(['no-dtls']);
  });

  it('4.18.0 is given no option that it does not know', async () => {
    const { config } = await start(fixed);
    expect(old.filter((line) => config.includes(line))).toEqual([]);
    expect(config).toContain('no-tls');
    expect(config.join('\n')).not.toMatch(/[{}@]/);
  });
});
