import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { buildSignal } from '../signal/build.mjs';
import { startSignal } from '../signal/launch/server.mjs';
import { dashboards, runPromtool } from './testing/monitoring.ts';

/** What coturn says of itself: its src/apps/relay/prom_server.c (releases 4.15 and newer), without labels for users. */
const OF_COTURN = [
  ...['stun_binding_request', 'stun_binding_response', 'stun_binding_error'],
  ...['turn_total_traffic_rcvb', 'turn_total_traffic_sentb'],
  ...['turn_total_traffic_peer_rcvb', 'turn_total_traffic_peer_sentb'],
].map((name) => `${name}{job="turn",instance="127.0.0.1:9641"}`);
const ALLOCATIONS = ['UDP', 'TCP', 'TLS'].map(
  (type) => `turn_total_allocations{job="turn",instance="127.0.0.1:9641",type="${type}"}`,
);

let directory: string;
/** Every series that two real servers and the relay have, as Prometheus keeps them; all of them grow. */
let series: string[];
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'aside-dashboards-'));
  await buildSignal();
  const server = await startSignal({ env: { METRICS_PORT: '0' } });
  try {
    const answer = await fetch(`http://127.0.0.1:${server.log[0]?.metricsPort}/metrics`);
    const served = [...(await answer.text()).matchAll(/^([a-z_]+)(?:\{(.*)\})? \S+$/gm)];
    const ofServers = ['signal:1', 'signal:2'].flatMap((instance) =>
      served.map(([, name, labels]) => {
        const all = ['job="signal"', `instance="${instance}"`, ...(labels ? [labels] : [])];
        return `${name}{${all.join()}}`;
      }),
    );
    series = [...ofServers, ...OF_COTURN, ...ALLOCATIONS];
  } finally {
    await server.stop();
  }
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Panels of numbers: what their titles say, by what they are made of. */
const MADE_OF: Record<string, string[]> = {
  Sockets: ['aside_sockets'],
  'Mailboxes being read': ['aside_mailboxes_open'],
  'Mailboxes that exist': ['aside_mailboxes_registered'],
  'Running since': ['process_start_time_seconds'],
  Alerts: ['ALERTS'],
  'Envelopes by what became of them': ['aside_envelopes_total'],
  Bytes: ['aside_bytes_total'],
  'How long the store takes': Array.from({ length: 3 }, () => 'aside_store_seconds_bucket'),
  "How late the server's thread is": ['aside_event_loop_lag_seconds'],
  Refused: ['aside_refusals_total'],
  'Sockets that ended': ['aside_closes_total'],
  Memory: ['process_resident_memory_bytes', 'nodejs_heap_size_used_bytes'],
  Processor: ['process_cpu_seconds_total'],
  'File descriptors': ['process_open_fds', 'process_max_fds'],
  'TURN credentials given out': ['aside_turn_credentials_total'],
  'Relayed connections now': ['turn_total_allocations'],
  'In, last day': ['turn_total_traffic_rcvb'],
  'Out, last day': ['turn_total_traffic_sentb'],
  'STUN requests a second': ['stun_binding_request'],
  'Relayed connections by how browsers come in': ['turn_total_allocations'],
  'Traffic with browsers, of ended connections': ['turn_total_traffic_rcvb', 'turn_total_traffic_sentb'],
  'Traffic with peers, of ended connections': [
    'turn_total_traffic_peer_rcvb',
    'turn_total_traffic_peer_sentb',
  ],
  STUN: ['stun_binding_request', 'stun_binding_response', 'stun_binding_error'],
};

const panels = dashboards
  .flatMap((dashboard) => dashboard.panels)
  .filter(({ targets }) => targets.some(({ datasource }) => datasource.uid === 'prometheus'));

describe('the panels', () => {
  it('are those of which is said here what they show', () => {
    expect(panels.map(({ title }) => title).sort()).toEqual(Object.keys(MADE_OF).sort());
  });

  it.each(panels)('$title shows what the servers really count', async ({ title, targets }) => {
    const names = targets.map(({ expr }) => /[a-zA-Z_]+(?=\{)/.exec(expr)?.[0]);
    expect(names).toEqual(MADE_OF[title]);
    // Two lines of one panel that say the same are one too many.
    expect(new Set(targets.map(({ expr }) => expr)).size).toBe(targets.length);
    const expected = targets.flatMap(({ expr, legendFormat = '' }) => {
      const labels = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
      // Without a name behind it a line has all there is in one.
      expect(labels.length > 0 || !/ by \((?!le\))/.test(expr) || legendFormat === '').toBe(true);
      return [
        `count(${expr}) > bool 0`,
        ...labels.map((label) => `count(count by (${label}) (${expr})) > bool 1`),
      ];
    });
    const firing = 'ALERTS{alertname="A",alertstate="firing",job="signal"}';
    const tests = [
      {
        interval: '1m',
        input_series: [...series, firing].map((name) => ({ series: name, values: '0+10x120' })),
        promql_expr_test: expected.map((expr) => ({
          expr,
          eval_time: '100m',
          exp_samples: [{ labels: '{}', value: 1 }],
        })),
      },
    ];
    writeFileSync(join(directory, 'panel.yml'), stringify({ evaluation_interval: '1m', tests }));
    expect(await runPromtool(directory, 'test', 'rules', 'panel.yml')).toContain('SUCCESS');
  });
});
