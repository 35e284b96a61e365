import { steadyClock } from './clock.ts';
import type { Config } from './config.ts';
import type { Log } from './log.ts';
import { Metrics } from './metrics.ts';
import { listenForMetrics } from './metrics-server.ts';
import { Office } from './office.ts';
import { pagesFor } from './pages.ts';
import { PassList } from './pass-list.ts';
import { Passes } from './passes.ts';
import { MeasuredStore } from './store/measured-store.ts';
import type { Store } from './store/store.ts';
import { Tally } from './tally.ts';
import { TurnIssuer } from './turn-issuer.ts';
import { turnKeys } from './turn-secret.ts';
import { listen } from './uws-server.ts';
import { MemoryWordBook } from './words/memory-word-book.ts';

/** A server that runs. */
export interface Running {
  readonly port: number;
  /** Where numbers are asked for, if anywhere. */
  readonly metricsPort: number | undefined;
  /** Reads again what may have changed while it runs: the file of passes. */
  reload(): void;
  /** Sends every client away, finishes what is being stored, listens no more. */
  drain(): Promise<void>;
}

/** How often expired envelopes and forgotten mailboxes are looked for. Milliseconds. */
const SWEEP_EVERY_MS = 3600_000;

/** Puts office, pages, sockets and numbers around a store. Rejects with SignalError `cannot-listen`. */
export async function start(config: Config, bareStore: Store, log: Log): Promise<Running> {
  const { limits, retention, turn } = config;
  const now = () => Date.now();
  const tally = new Tally((event, reason) => log.debug({ event, reason }));
  const metrics: Metrics | undefined =
    config.metrics &&
    new Metrics({
      tally,
      sockets: () => office.sockets,
      mailboxesOpen: () => office.mailboxes,
      mailboxesRegistered: () => bareStore.registered,
    });
  const store = metrics === undefined ? bareStore : new MeasuredStore(bareStore, metrics.observeStore);
  const issuer = turn && new TurnIssuer({ urls: turn.urls, keys: turnKeys(turn.source, steadyClock) });
  const words = bareStore.words ?? new MemoryWordBook(limits, steadyClock);
  const passList =
    config.passes &&
    new PassList(config.passes, steadyClock, (mistakes) => {
      if (mistakes.length === 0) log.info({ event: 'passes-read' });
      else log.error({ event: 'passes-unusable', mistakes });
    });
  const passes = passList && new Passes({ list: passList.current, limits, now });
  const office: Office = new Office({
    store,
    words,
    limits,
    tally,
    retention,
    turn: issuer,
    passes,
    now,
    clock: steadyClock,
  });
  const pageAt = pagesFor({
    relay: turn !== undefined,
    pass: passes !== undefined,
    draining: () => office.draining,
    ready: () => store.ready,
  });
  const { host, port, proxies } = config;
  const forMetrics = config.metrics && metrics ? await listenForMetrics(config.metrics, metrics) : undefined;
  const listening = await listen({ host, port, office, limits, proxies, pageAt });
  const sweeping = setInterval(() => void sweep(store, tally, log), SWEEP_EVERY_MS);
  sweeping.unref();
  void sweep(store, tally, log);
  return {
    port: listening.port,
    metricsPort: forMetrics?.port,
    reload: () => passList?.reload(),
    async drain() {
      log.info({ event: 'draining', sockets: office.sockets });
      clearInterval(sweeping);
      await office.drain();
      listening.close();
      forMetrics?.close();
      metrics?.stop();
    },
  };
}

async function sweep(store: Store, tally: Tally, log: Log): Promise<void> {
  try {
    const { envelopes, mailboxes } = await store.sweep();
    tally.expired += envelopes;
    if (envelopes + mailboxes > 0) log.info({ event: 'swept', envelopes, mailboxes });
  } catch (error) {
    log.error({ event: 'sweep-failed', err: error });
  }
}
