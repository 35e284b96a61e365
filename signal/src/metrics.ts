import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { StoreOperation } from './store/measured-store.ts';
import type { Tally } from './tally.ts';

/** What is measured; read when somebody asks and not before. */
export interface MetricsSource {
  readonly tally: Tally;
  readonly sockets: () => number;
  readonly mailboxesOpen: () => number;
  /** Nothing where the store does not know without counting. */
  readonly mailboxesRegistered: () => number | undefined;
}

/** How often the event loop is asked whether it is on time. Milliseconds. */
const LAG_RESOLUTION = 20;

/** From a disk that only remembers to one that is failing. Seconds. */
const STORE_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

const OPERATIONS: readonly StoreOperation[] = ['open', 'put', 'read', 'remove'];

/** The numbers of a server in Prometheus' words. OPERATING.md names each. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #store: Record<StoreOperation, { observe(seconds: number): void }>;
  readonly #lag: IntervalHistogram;

  constructor(source: MetricsSource) {
    const { tally } = source;
    collectDefaultMetrics({ register: this.#registry });
    this.#gauge('aside_sockets', 'Sockets of clients', source.sockets);
    this.#gauge('aside_mailboxes_open', 'Mailboxes that a socket of this node reads', source.mailboxesOpen);
    this.#gauge('aside_mailboxes_registered', 'Mailboxes that exist', source.mailboxesRegistered);
    this.#counter('aside_envelopes_total', 'Envelopes by what became of them', 'outcome', () => ({
      stored: tally.stored,
      delivered: tally.delivered,
      removed: tally.removed,
      expired: tally.expired,
      passed: tally.passed,
      nobody: tally.nobody,
    }));
    this.#counter('aside_bytes_total', 'Bytes of frames', 'direction', () => ({
      in: tally.bytesIn,
      out: tally.bytesOut,
    }));
    this.#counter('aside_refusals_total', 'Requests and sockets refused', 'reason', () => tally.refusals);
    this.#counter('aside_closes_total', 'Sockets that ended', 'reason', () => tally.closes);
    new Counter({
      name: 'aside_turn_credentials_total',
      help: 'TURN credentials given out',
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(tally.turnCredentials);
      },
    });
    const histogram = new Histogram({
      name: 'aside_store_seconds',
      help: 'How long the store took, until it was durable',
      labelNames: ['operation'],
      buckets: STORE_BUCKETS,
      registers: [this.#registry],
    });
    for (const operation of OPERATIONS) histogram.zero({ operation });
    this.#store = {
      open: histogram.labels({ operation: 'open' }),
      put: histogram.labels({ operation: 'put' }),
      read: histogram.labels({ operation: 'read' }),
      remove: histogram.labels({ operation: 'remove' }),
    };
    this.#lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION });
    this.#lag.enable();
    this.#watchLag(this.#lag);
  }

  /** Notes how long the store took. */
  readonly observeStore = (operation: StoreOperation, seconds: number): void => {
    this.#store[operation].observe(seconds);
  };

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All of it as text. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Measures no more. */
  stop(): void {
    this.#lag.disable();
  }

  #gauge(name: string, help: string, read: () => number | undefined): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        const value = read();
        if (value === undefined) this.remove();
        else this.set(value);
      },
    });
  }

  #counter(name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void {
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count);
      },
    });
  }

  /**
   * Since the last time that somebody asked. What the monitor measures is the wait itself with the delay on top. Who asks
   * before its first wait is over hears that nothing was late.
   */
  #watchLag(lag: IntervalHistogram): void {
    const seconds = (nanoseconds: number) =>
      lag.count === 0 ? 0 : Math.max(0, nanoseconds / 1e9 - LAG_RESOLUTION / 1000);
    new Gauge({
      name: 'aside_event_loop_lag_seconds',
      help: 'How late the event loop was since the last scrape',
      labelNames: ['quantile'],
      registers: [this.#registry],
      collect() {
        for (const quantile of [0.5, 0.9, 0.99])
          this.set({ quantile }, seconds(lag.percentile(100 * quantile)));
        this.set({ quantile: 1 }, seconds(lag.max));
        lag.reset();
      },
    });
  }
}
