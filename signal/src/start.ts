import type { Config } from './config.ts';
import type { Log } from './log.ts';
import { Office } from './office.ts';
import { pagesFor } from './pages.ts';
import type { Store } from './store/store.ts';
import { TurnIssuer } from './turn-issuer.ts';
import { turnSecret } from './turn-secret.ts';
import { listen } from './uws-server.ts';

/** A server that runs. */
export interface Running {
  readonly port: number;
  /** Sends every client away, finishes what is being stored, listens no more. */
  drain(): Promise<void>;
}

/** How often expired envelopes and forgotten mailboxes are looked for. Milliseconds. */
const SWEEP_EVERY_MS = 3600_000;

/** Puts office, pages and sockets around a store. Rejects with SignalError `cannot-listen`. */
export async function start(config: Config, store: Store, log: Log): Promise<Running> {
  const { limits, retention, turn } = config;
  const now = () => Date.now();
  const issuer = turn && new TurnIssuer({ urls: turn.urls, secret: turnSecret(turn.source, now) });
  const office = new Office({ store, limits, retention, turn: issuer, now });
  const pageAt = pagesFor({ relay: turn !== undefined, draining: () => office.draining });
  const { host, port, proxies } = config;
  const listening = await listen({ host, port, office, limits, proxies, pageAt });
  const sweeping = setInterval(() => void sweep(store, log), SWEEP_EVERY_MS);
  sweeping.unref();
  void sweep(store, log);
  return {
    port: listening.port,
    async drain() {
      log.info({ event: 'draining', sockets: office.sockets });
      clearInterval(sweeping);
      await office.drain();
      listening.close();
    },
  };
}

async function sweep(store: Store, log: Log): Promise<void> {
  try {
    const { envelopes, mailboxes } = await store.sweep();
    if (envelopes + mailboxes > 0) log.info({ event: 'swept', envelopes, mailboxes });
  } catch (error) {
    log.error({ event: 'sweep-failed', err: error });
  }
}
