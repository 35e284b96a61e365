import { type Config, readConfig } from './config.ts';
import { SignalError } from './error.ts';
import { createLog, type Log } from './log.ts';
import { start } from './start.ts';
import { EmbeddedStore } from './store/embedded-store.ts';
import { openLmdbDisk } from './store/lmdb-disk.ts';
import { RedisStore } from './store/redis/redis-store.ts';
import type { Store } from './store/store.ts';

/** Time for a drain to end before the process ends anyway. Milliseconds. */
const DRAIN_MS = 15_000;

/** What to do when the store cannot go on. */
const REMEDY =
  'look at the disk under DATA_DIR (the system’s log names the error), then start the server again: what was answered stored is there';

async function run(config: Config, log: Log): Promise<void> {
  const store = await openStore(config, log);
  const running = await start(config, store, log);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => {
      log.error({ event: 'drain-took-too-long' });
      process.exit(1);
    }, DRAIN_MS).unref();
    running.drain().then(
      () => {
        log.info({ event: 'stopped' });
        process.exit(0);
      },
      (err: unknown) => {
        log.error({ event: 'drain-failed', err });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => running.reload());
  const { port, metricsPort } = running;
  log.info({ event: 'listening', port, ...(metricsPort === undefined ? {} : { metricsPort }) });
}

function openStore(
  { limits, retention, redis, dataDir, mostBytes }: Config,
  log: Log,
): Store | Promise<Store> {
  const common = {
    limits,
    retention,
    now: () => Date.now(),
    failed: (err: unknown) => log.error({ event: 'store-failed', err }),
  };
  if (redis !== undefined) return RedisStore.connect({ ...common, ...redis });
  const broken = (err: unknown) => {
    log.error({ event: 'store-broken', err, remedy: REMEDY });
    // At once: nothing that waits for an answer may get one.
    process.exit(1);
  };
  // lmdb says what it answers on standard error too, in lines that nobody can read as ours.
  console.error = () => {};
  return new EmbeddedStore({ ...common, disk: openLmdbDisk(dataDir, broken), mostBytes });
}

function fail(error: unknown): void {
  const log = createLog('info');
  if (error instanceof SignalError && error.code === 'bad-config') {
    for (const mistake of error.message.split('\n')) log.error({ event: 'bad-config', mistake });
  } else {
    log.error({ event: 'cannot-start', err: error });
  }
  process.exit(1);
}

try {
  const config = readConfig(process.env);
  run(config, createLog(config.logLevel)).catch(fail);
} catch (error) {
  fail(error);
}
