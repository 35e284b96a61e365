import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort } from '../src/ports.ts';
import { endWithUs } from './end-with-us.ts';

/** What speaks Redis's protocol and is tested: what people call it, and its program, which the environment may name. */
const PROGRAMS = {
  Redis: process.env.ASIDE_REDIS_SERVER ?? 'redis-server',
  Valkey: process.env.ASIDE_VALKEY_SERVER ?? 'valkey-server',
};

export type Kind = keyof typeof PROGRAMS;

/** Tests of what might differ run on each of these, others on the first. `ASIDE_STORE_ON=Valkey` has all of them on that one. */
export const KINDS = kindsToTest(process.env.ASIDE_STORE_ON);

function kindsToTest(only: string | undefined): [Kind, ...Kind[]] {
  if (only === undefined) return ['Redis', 'Valkey'];
  if (only === 'Redis' || only === 'Valkey') return [only];
  throw new Error(`ASIDE_STORE_ON is Redis or Valkey, and not ${only}`);
}

/** A real Redis or Valkey of the test's own, on loopback. */
export interface TestRedis {
  readonly kind: Kind;
  readonly port: number;
  readonly url: string;
  /** Runs a command with redis-cli. */
  cli(...args: string[]): Promise<string>;
  /** Whether its process is there. */
  readonly living: boolean;
  /** Sends a signal (SIGKILL if absent); a deadly one resolves when the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on its port and its files. */
  again(): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

/** What every Redis of Aside's has. */
export const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always'];

/** From the start of the process to its first answer. Milliseconds. */
const PATIENCE_MS = 20_000;

const run = promisify(execFile);

/** Starts one. Without `settings` as durable as it has to be; in a directory of its own if none is given. */
export async function startRedis({
  kind = KINDS[0],
  settings = DURABLE,
  directory: given,
}: {
  kind?: Kind | undefined;
  settings?: readonly string[];
  directory?: string;
} = {}): Promise<TestRedis> {
  const port = await findFreePort('127.0.0.1');
  const directory = given ?? mkdtempSync(join(tmpdir(), 'aside-redis-'));
  let child: ChildProcess | undefined;
  const cli = async (...args: string[]) => {
    const how = settings.includes('--tls-port') ? ['--tls', '--insecure'] : [];
    const { stdout } = await run('redis-cli', ['-h', '127.0.0.1', '-p', String(port), ...how, ...args]);
    return stdout.trim();
  };
  const start = async () => {
    const args = [
      ...(settings.includes('--tls-port') ? ['--port', '0'] : ['--port', String(port)]),
      '--bind',
      '127.0.0.1',
      '--dir',
      directory,
      '--save',
      '',
      ...settings.map((word, n) => (settings[n - 1] === '--tls-port' ? String(port) : word)),
    ];
    const started = spawn(PROGRAMS[kind], args, { stdio: ['ignore', 'ignore', 'inherit'] });
    child = started;
    endWithUs(started, given === undefined ? directory : '');
    // Whoever leaves it behind is not held up by it.
    started.unref();
    let failed: Error | undefined;
    started.once('error', (error) => {
      failed = new Error(`${kind} is not installed`, { cause: error });
    });
    for (const deadline = Date.now() + PATIENCE_MS; ; ) {
      if (failed !== undefined) throw failed;
      if (started.exitCode !== null) throw new Error(`${kind} ended with ${started.exitCode}`);
      if ((await cli('PING').catch(() => '')) === 'PONG') return;
      if (Date.now() > deadline) throw new Error(`${kind} does not answer`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    const living = child;
    if (living === undefined || living.exitCode !== null || living.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => living.once('exit', () => resolve()));
    living.ref();
    living.kill(signal);
    if (signal === 'SIGKILL' || signal === 'SIGTERM') await gone;
  };
  await start();
  return {
    kind,
    port,
    url: `redis://127.0.0.1:${port}`,
    cli,
    get living() {
      return child?.exitCode === null && child.signalCode === null;
    },
    kill,
    again: start,
    async stop() {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Starts one that speaks TLS and nothing else, with a certificate and its key in PEM files. */
export function startTlsRedis(certificate: string, kind?: Kind): Promise<TestRedis> {
  const files = ['--tls-cert-file', certificate, '--tls-key-file', certificate, '--tls-auth-clients', 'no'];
  // Its port is put behind it.
  return startRedis({ kind, settings: [...DURABLE, '--tls-port', '', ...files] });
}

/** As few as can elect: the masters whose replicas are to take over. */
const MASTERS = 3;

/** Starts a cluster of three masters, all slots given out, each with so many replicas. */
export async function startCluster({
  kind,
  replicas = 0,
}: {
  kind?: Kind;
  replicas?: number;
} = {}): Promise<TestRedis[]> {
  const all: TestRedis[] = [];
  for (let n = 0; n < MASTERS * (1 + replicas); n++) {
    const bus = await findFreePort('127.0.0.1');
    const settings = [
      '--cluster-enabled',
      'yes',
      '--cluster-port',
      String(bus),
      '--cluster-node-timeout',
      '2000',
      // As soon as there is something to take: most of a cluster's start is waiting for this.
      '--repl-diskless-sync-delay',
      '0',
    ];
    all.push(await startRedis({ kind, settings: [...DURABLE, ...settings] }));
  }
  const addresses = all.map(({ port }) => `127.0.0.1:${port}`);
  const how = ['--cluster-replicas', String(replicas), '--cluster-yes'];
  await run('redis-cli', ['--cluster', 'create', ...addresses, ...how]);
  for (const deadline = Date.now() + PATIENCE_MS; ; ) {
    const states = await Promise.all(all.map(({ cli }) => cli('CLUSTER', 'INFO')));
    const roles = await Promise.all(all.map(roleOf));
    const follow = roles.filter((role) => role.of !== undefined && role.inStep).length === MASTERS * replicas;
    if (follow && states.every((state) => state.includes('cluster_state:ok'))) break;
    if (Date.now() > deadline) throw new Error('the cluster does not come up');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (replicas === 0) {
    // Nobody can take over: a master that got no time for two seconds would only end what the others do.
    await Promise.all(all.map(({ cli }) => cli('CONFIG', 'SET', 'cluster-node-timeout', '30000')));
  }
  return all;
}

/** What a Redis is. */
export interface Role {
  /** Port of the primary that it follows; absent if it is one itself. */
  readonly of?: number;
  /** Whether it hears from it. */
  readonly inStep: boolean;
  /** Bytes of the primary's writes that it has. */
  readonly offset: number;
}

export async function roleOf({ cli }: TestRedis): Promise<Role> {
  const [role, second, port, link, offset] = (await cli('ROLE')).split('\n');
  if (role !== 'slave') return { inStep: true, offset: Number(second) };
  return { of: Number(port), inStep: link === 'connected', offset: Number(offset) };
}
