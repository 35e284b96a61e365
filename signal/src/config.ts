import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import { isRange, TrustedProxies } from './client-address.ts';
import { SignalError } from './error.ts';
import { LIMITS, type Limits, limitsFor } from './limits.ts';
import { type PassSource, readPasses, readPassFile } from './pass-list.ts';
import type { Access, Address } from './store/redis/redis-link.ts';
import type { TurnSecretSource } from './turn-secret.ts';
import { relayFault, turnUrls } from './turn-urls.ts';

/** What the environment says, checked. OPERATING.md has the same table. */
export interface Config {
  readonly host: string;
  /** 0: one that is free; the `listening` line of the log names it. */
  readonly port: number;
  /** Empty where `redis` holds the mailboxes. */
  readonly dataDir: string;
  readonly redis: RedisAddress | undefined;
  /** Seconds. */
  readonly retention: number;
  /** Bytes of disk after which nothing more is stored. */
  readonly mostBytes: number;
  readonly turn: { readonly urls: readonly string[]; readonly source: TurnSecretSource } | undefined;
  readonly proxies: TrustedProxies;
  /** Nothing: everybody may use this server. */
  readonly passes: PassSource | undefined;
  readonly limits: Limits;
  /** Where Prometheus asks, if it does. Port 0: one that is free. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
  readonly logLevel: string;
}

/** A Redis, or some processes of a cluster, and how to come in. */
export interface RedisAddress {
  readonly seeds: readonly Address[];
  readonly access: Access;
}

const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'];

/** A day in seconds. */
const DAY = 24 * 3600;

const GIB = 1024 * 1024 * 1024;

/** Short secrets can be guessed from one credential. Characters. */
const SECRET_LENGTH = 16;

/** What nobody writes by hand and every tool takes: more is a file that was given in the place of a value. Characters. */
const LONGEST_SECRET = 1024;
const LONGEST_PATH = 1024;
const LONGEST_URL = 1024;

/** Processes of a Redis that are named: the others are found, and these are all asked at the start. */
const MOST_SEEDS = 64;

/** Ranges of proxies, each of which is looked at for every socket: a content network names some twenty. */
const MOST_PROXIES = 256;

/** Reads the environment; an empty value is none. Throws SignalError `bad-config` that names every mistake. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const mistakes: string[] = [];
  const text = (name: string) => env[name]?.trim() || undefined;
  const number: WholeNumber = (name, usual, least, most) => {
    const value = text(name);
    if (value === undefined) return usual;
    if (/^\d{1,12}$/.test(value) && Number(value) >= least && Number(value) <= most) return Number(value);
    mistakes.push(`${name} must be a whole number from ${least} to ${most}`);
    return usual;
  };
  const redis = readRedis(text, mistakes);
  const dataDir = text('DATA_DIR') ?? '';
  if (redis === undefined && !isAbsolute(dataDir))
    mistakes.push(
      'DATA_DIR must be the absolute path of a directory for the mailboxes, or REDIS_URLS name a Redis',
    );
  for (const name of ['DATA_DIR', 'TURN_SECRET_FILE', 'PASSES_FILE']) {
    if ((text(name)?.length ?? 0) > LONGEST_PATH)
      mistakes.push(`${name} may have at most ${LONGEST_PATH} characters`);
  }
  for (const name of ['HOST', 'METRICS_HOST']) {
    if (!isHost(text(name) ?? 'localhost'))
      mistakes.push(`${name} must be an IP address or a name of this machine`);
  }
  const logLevel = text('LOG_LEVEL') ?? 'info';
  if (!LOG_LEVELS.includes(logLevel)) mistakes.push(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}`);
  const config: Config = {
    host: text('HOST') ?? '127.0.0.1',
    port: number('PORT', 8787, 0, 65_535),
    dataDir,
    redis,
    retention: number('RETENTION_DAYS', 14, 1, 365) * DAY,
    mostBytes: number('STORE_GIB', 10, 1, 100_000) * GIB,
    turn: readTurn(text, mistakes),
    proxies: readProxies(text, mistakes),
    passes: readPassSource(text, mistakes),
    limits: limitsFor(number('SOCKETS_PER_ADDRESS', LIMITS.socketsPerAddress, 1, 10_000_000)),
    metrics: readMetrics(text, number),
    logLevel,
  };
  if (config.metrics !== undefined && config.metrics.port !== 0 && config.metrics.port === config.port) {
    mistakes.push('METRICS_PORT must be another port than PORT');
  }
  if (mistakes.length > 0) throw new SignalError('bad-config', mistakes.join('\n'));
  return config;
}

/** No longer than fits between `turns:` and `:5349?transport=tcp` in the 255 bytes that a client is told. */
const LONGEST_RELAY_NAME = 230;

/** What a name in DNS has room for. */
const LONGEST_HOST = 253;

/** As many addresses of the relay as a client is told. */
const MOST_RELAYS = 16;

function isName(text: string, longest: number): boolean {
  return text.length <= longest && /^[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(text);
}

function isHost(text: string): boolean {
  return text.length <= LONGEST_HOST && (isIP(text) !== 0 || isName(text, LONGEST_HOST));
}

/** A value in words about it: as much as shows which one is meant. */
function shortened(value: string): string {
  return value.length > 80 ? `${value.slice(0, 80)}…` : value;
}

type Text = (name: string) => string | undefined;
type WholeNumber = (name: string, usual: number, least: number, most: number) => number;

function readMetrics(text: Text, number: WholeNumber): Config['metrics'] {
  if (text('METRICS_PORT') === undefined) return undefined;
  return { host: text('METRICS_HOST') ?? '127.0.0.1', port: number('METRICS_PORT', 9464, 0, 65_535) };
}

function readTurn(text: Text, mistakes: string[]): Config['turn'] {
  const secret = text('TURN_SECRET');
  const file = text('TURN_SECRET_FILE');
  const domain = text('DOMAIN');
  const urls = list(text('TURN_URLS'));
  const tls = text('TURN_TLS');
  const name443 = text('TURN_443_NAME');
  if (domain !== undefined && !isName(domain, LONGEST_RELAY_NAME)) {
    mistakes.push(
      `DOMAIN must be the name of this server, of at most ${LONGEST_RELAY_NAME} characters, without scheme or port`,
    );
  }
  if (tls !== undefined && tls !== '0' && tls !== '1') mistakes.push('TURN_TLS must be 0 or 1');
  if (name443 !== undefined && !isName(name443, LONGEST_RELAY_NAME)) {
    mistakes.push(
      `TURN_443_NAME must be a name of at most ${LONGEST_RELAY_NAME} characters, without scheme or port`,
    );
  }
  if (name443 !== undefined && tls !== '1') mistakes.push('TURN_443_NAME needs TURN_TLS=1');
  for (const url of urls.slice(0, MOST_RELAYS)) {
    const fault = relayFault(url);
    if (fault !== undefined) mistakes.push(`TURN_URLS: ${shortened(url)} ${fault}`);
  }
  if (urls.length > MOST_RELAYS) mistakes.push(`TURN_URLS: at most ${MOST_RELAYS} addresses`);
  if (secret !== undefined && file !== undefined) mistakes.push('TURN_SECRET or TURN_SECRET_FILE, not both');
  if (secret !== undefined && (secret.length < SECRET_LENGTH || secret.length > LONGEST_SECRET)) {
    mistakes.push(
      `TURN_SECRET must have at least ${SECRET_LENGTH} characters, and at most ${LONGEST_SECRET}`,
    );
  }
  if (file !== undefined && !isAbsolute(file)) mistakes.push('TURN_SECRET_FILE must be an absolute path');
  if (secret === undefined && file === undefined) {
    if (urls.length > 0) mistakes.push('TURN_URLS needs TURN_SECRET_FILE or TURN_SECRET');
    return undefined;
  }
  if (urls.length === 0 && domain !== undefined) {
    urls.push(...turnUrls({ domain, tls: tls === '1', name443 }));
  }
  if (urls.length === 0) mistakes.push('a TURN secret needs TURN_URLS, or DOMAIN to make them from');
  return { urls, source: secret !== undefined ? { secret } : { file: file ?? '' } };
}

function readRedis(text: Text, mistakes: string[]): RedisAddress | undefined {
  const seeds: Address[] = [];
  const accesses: Access[] = [];
  const items = list(text('REDIS_URLS'));
  if (items.length > MOST_SEEDS)
    mistakes.push(`REDIS_URLS: at most ${MOST_SEEDS} addresses; others are found`);
  for (const item of items.slice(0, MOST_SEEDS)) {
    if (item.length > LONGEST_URL) {
      mistakes.push(`REDIS_URLS: an address has more than ${LONGEST_URL} characters`);
      continue;
    }
    const url = URL.canParse(item) ? new URL(item) : undefined;
    const path = url?.pathname.replace(/^\/(0?)$/, '');
    // None of it is repeated: it may hold a password.
    if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === '' || path !== '') {
      mistakes.push('REDIS_URLS: every address is redis://HOST:PORT or, with TLS, rediss://HOST:PORT');
      continue;
    }
    const [username, password] = [decoded(url.username), decoded(url.password)];
    if (username === undefined || password === undefined) {
      mistakes.push('REDIS_URLS: a % in a user or a password is written %25');
      continue;
    }
    seeds.push({ host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || '6379') });
    accesses.push({
      tls: url.protocol === 'rediss:',
      username: username || undefined,
      password: password || undefined,
    });
  }
  const [access] = accesses;
  if (access === undefined) return undefined;
  if (accesses.some((other) => JSON.stringify(other) !== JSON.stringify(access))) {
    mistakes.push('REDIS_URLS: all addresses need the same scheme, user and password');
  }
  return { seeds, access };
}

/** What stands in an address in percent-encoding, or nothing where that is broken. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function readPassSource(text: Text, mistakes: string[]): PassSource | undefined {
  const given = text('PASSES');
  const file = text('PASSES_FILE');
  if (given === undefined && file === undefined) return undefined;
  if (given !== undefined && file !== undefined) {
    mistakes.push('PASSES or PASSES_FILE, not both');
    return undefined;
  }
  if (given !== undefined) {
    const read = readPasses(given);
    mistakes.push(...read.mistakes.map((mistake) => `PASSES: ${mistake}`));
    return { list: read.passes };
  }
  if (!isAbsolute(file ?? '')) {
    mistakes.push('PASSES_FILE must be an absolute path');
    return undefined;
  }
  const read = readPassFile(file ?? '');
  mistakes.push(...read.mistakes.map((mistake) => `PASSES_FILE: ${mistake}`));
  return { list: read.passes, file: file ?? '' };
}

function readProxies(text: Text, mistakes: string[]): TrustedProxies {
  const entries = list(text('TRUSTED_PROXIES'));
  if (entries.length > MOST_PROXIES)
    mistakes.push(`TRUSTED_PROXIES: at most ${MOST_PROXIES} addresses and ranges`);
  const good = entries.slice(0, MOST_PROXIES).filter((entry) => {
    if (isRange(entry)) return true;
    mistakes.push(`TRUSTED_PROXIES: ${shortened(entry)} is no address or range`);
    return false;
  });
  return new TrustedProxies(good);
}

function list(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
