import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { buildSignal } from '../signal/build.mjs';
import { startSignal } from '../signal/launch/server.mjs';
import { dashboards, folder, read, runPromtool } from './testing/monitoring.ts';

const run = promisify(execFile);

interface Rule {
  alert: string;
  expr: string;
  annotations: { summary: string; action: string };
  labels: { severity: string };
}
const rules = (parse(read('alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);

/** What coturn says of itself: the names in its src/apps/relay/prom_server.c (releases 4.15 and newer). */
const OF_COTURN = [
  'stun_binding_request',
  'stun_binding_response',
  'stun_binding_error',
  'turn_total_traffic_rcvb',
  'turn_total_traffic_sentb',
  'turn_total_traffic_peer_rcvb',
  'turn_total_traffic_peer_sentb',
  'turn_total_allocations',
];
/** What Prometheus makes by itself. */
const OF_PROMETHEUS = ['up', 'ALERTS'];

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'aside-monitoring-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const promtool = (...args: string[]) => runPromtool(directory, ...args);

/** Names of metrics in a query, without the words, labels and durations of the language. */
function namesIn(query: string): string[] {
  const bare = query
    .replace(/\{[^}]*\}/g, '')
    .replace(/\b(?:by|without)\s*\([^)]*\)/g, '')
    .replace(/\[[^\]]*\]/g, '');
  return [...bare.matchAll(/[a-zA-Z_:][\w:]*(?!\w*\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !['or', 'and', 'unless', 'on'].includes(name));
}

const targets = dashboards.flatMap(({ panels }) => panels.flatMap((panel) => panel.targets));
const queries = [
  ...rules.map(({ expr }) => expr),
  ...targets.filter(({ datasource }) => datasource.uid === 'prometheus').map(({ expr }) => expr),
];

describe('dashboards and alerts', () => {
  it('ask only for what the server and the relay really count', async () => {
    await buildSignal();
    const server = await startSignal({ env: { METRICS_PORT: '0' } });
    try {
      const answer = await fetch(`http://127.0.0.1:${server.log[0]?.metricsPort}/metrics`);
      const text = await answer.text();
      const served = [...text.matchAll(/^([a-z_]+)[ {]/gm)].map(([, name = '']) => name);
      const known = new Set([...served, ...OF_COTURN, ...OF_PROMETHEUS]);
      const asked = [...new Set(queries.flatMap(namesIn))];
      expect(asked).toContain('aside_sockets');
      expect(asked).toContain('turn_total_allocations');
      expect(asked.filter((name) => !known.has(name))).toEqual([]);
      const reasons = queries.flatMap((query) =>
        [...query.matchAll(/aside_refusals_total\{[^}]*reason=~?"([^"]*)"/g)].flatMap(([, of = '']) =>
          of.split('|'),
        ),
      );
      expect(reasons).toContain('server-busy');
      for (const reason of reasons) expect(text).toContain(`aside_refusals_total{reason="${reason}"}`);
      // Every number of the server's own is on a dashboard or in an alert.
      const own = served.filter((name) => /^aside_/.test(name) && !/_(sum|count)$/.test(name));
      expect([...new Set(own)].filter((name) => !asked.includes(name))).toEqual([]);
    } finally {
      await server.stop();
    }
  });

  it('are in the query languages of Prometheus and Loki', async () => {
    const records = queries.map((expr, index) => ({ record: `query${index}`, expr }));
    writeFileSync(
      join(directory, 'queries.yml'),
      stringify({ groups: [{ name: 'queries', rules: records }] }),
    );
    expect(await promtool('check', 'rules', 'queries.yml')).toContain(`${records.length} rules found`);
    for (const { expr, datasource } of targets) {
      expect(['prometheus', 'loki']).toContain(datasource.uid);
      if (datasource.uid === 'loki') expect(expr).toMatch(/^\{service(="turn"|=~"signal\.\*")\}$/);
    }
  });

  it('have names and panels that Grafana tells apart', () => {
    expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(dashboards.length);
    for (const { panels } of dashboards) {
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      for (const panel of panels) expect(panel.title).not.toBe('');
    }
    const sources = parse(read('grafana/datasources.yml')) as { datasources: { uid: string; url: string }[] };
    expect(sources.datasources.map(({ uid, url }) => [uid, url])).toEqual([
      ['prometheus', 'http://prometheus:9090'],
      ['loki', 'http://loki:3100'],
    ]);
  });
});

describe('the alerts', () => {
  it('and what is measured are a configuration that Prometheus takes', async () => {
    cpSync(folder, join(directory, 'etc'), { recursive: true });
    expect(await promtool('check', 'config', 'etc/prometheus.yml')).toContain(`${rules.length} rules found`);
  });

  it('say what to do, and how soon', () => {
    for (const { annotations, labels } of rules) {
      expect(annotations.summary).toMatch(/\.$/);
      expect(annotations.action.length).toBeGreaterThan(20);
      expect(['urgent', 'look']).toContain(labels.severity);
    }
  });

  it('ask for jobs that somebody measures', () => {
    const measured = parse(read('prometheus.yml')) as { scrape_configs: { job_name: string }[] };
    const jobs = new Set([
      ...measured.scrape_configs.map(({ job_name }) => job_name),
      ...[...read('config.alloy').matchAll(/job_name += "(\w+)"/g)].map(([, name]) => name),
    ]);
    const asked = queries.flatMap((query) => [...query.matchAll(/job="(\w+)"/g)].map(([, name]) => name));
    expect(new Set(asked)).toEqual(new Set(['signal', 'turn']));
    for (const job of asked) expect([...jobs]).toContain(job);
  });

  it('know the relay’s limit', () => {
    const quota = Number(
      /TURN_TOTAL_QUOTA:=(\d+)/.exec(readFileSync(new URL('./entrypoint.sh', import.meta.url), 'utf8'))?.[1],
    );
    const full = rules.find(({ alert }) => alert === 'AsideRelayFull');
    expect(full?.expr).toContain(`> ${0.8 * quota}`);
    // A rule cannot read the quota: whoever raises it is told, or it rings for ever.
    const page = readFileSync(new URL('../signal/OPERATING.md', import.meta.url), 'utf8');
    for (const words of [full?.annotations.action, page]) expect(words).toContain(`the ${0.8 * quota} of`);
  });

  /** Numbers of two hours, a value a minute. An ordinary day, and for each alert the one thing that is wrong; '' rings nothing. */
  const ORDINARY: Record<string, string> = {
    'up{job="signal"}': '1x120',
    'up{job="turn"}': '1x120',
    'process_start_time_seconds{job="signal"}': '1000x120',
    'aside_refusals_total{job="signal",reason="server-busy"}': '0x120',
    'aside_refusals_total{job="signal",reason="too-many-openings"}': '0x120',
    'aside_refusals_total{job="signal",reason="no-turn-secret"}': '0x120',
    'aside_refusals_total{job="signal",reason="rate"}': '0+30x120',
    'aside_store_seconds_bucket{job="signal",operation="put",le="0.005"}': '0+1000x120',
    'aside_store_seconds_bucket{job="signal",operation="put",le="1"}': '0+1000x120',
    'aside_store_seconds_bucket{job="signal",operation="put",le="+Inf"}': '0+1000x120',
    'aside_event_loop_lag_seconds{job="signal",quantile="0.99"}': '0.004x120',
    'process_open_fds{job="signal"}': '500x120',
    'process_max_fds{job="signal"}': '65536x120',
    'turn_total_allocations{job="turn",type="UDP"}': '300x120',
  };
  const refused = (reason: string) => `aside_refusals_total{job="signal",reason="${reason}"}`;
  const WRONG: [string, Record<string, string>][] = [
    ['AsideServerDown', { 'up{job="signal"}': '1x60 0x60' }],
    // Its name leads nowhere any more.
    ['AsideServerDown', { 'up{job="signal"}': '1x60 _x60' }],
    ['AsideServerDown', { 'up{job="signal",instance="another"}': '1x60 0x60' }],
    // One of two; the other day the second one came back, or was begun with.
    ['AsideServerMissing', { 'up{job="signal",instance="another"}': '1x60 _x60' }],
    ['', { 'up{job="signal",instance="another"}': '1x60 _x3 1x60' }],
    ['', { 'up{job="signal",instance="another"}': '_x60 1x60' }],
    ['AsideServerRestarts', { 'process_start_time_seconds{job="signal"}': '0+60x120' }],
    ['AsideServerBusy', { [refused('server-busy')]: '0x60 1+5x60' }],
    // A town that comes back after an outage is let in within minutes.
    ['', { [refused('too-many-openings')]: '0x95 0+9000x4 36000x20' }],
    ['AsideServerCrowded', { [refused('too-many-openings')]: '0x60 1+900x60' }],
    [
      'AsideStoreSlow',
      { 'aside_store_seconds_bucket{job="signal",operation="put",le="0.005"}': '0+900x120' },
    ],
    ['AsideServerLate', { 'aside_event_loop_lag_seconds{job="signal",quantile="0.99"}': '0.004x60 0.9x60' }],
    ['AsideFewFileDescriptors', { 'process_open_fds{job="signal"}': '500x60 60000x60' }],
    ['AsideTurnedAway', { [refused('rate')]: '0+6000x120' }],
    ['AsideTurnedAway', { [refused('too-many-sockets')]: '0+6000x120' }],
    ['AsideTurnedAway', { [refused('too-many-arrivals')]: '0+6000x120' }],
    ['AsideTurnedAway', { [refused('too-many-requests')]: '0+6000x120' }],
    // Alloy says nothing, or says that the relay does not answer.
    ['AsideRelayDown', { 'up{job="turn"}': '1x60 _x60' }],
    ['AsideRelayDown', { 'up{job="turn"}': '1x60 0x60' }],
    // The relay writes its secret a moment after the server's start.
    ['', { [refused('no-turn-secret')]: '0x100 3x20' }],
    ['AsideRelaySecretMissing', { [refused('no-turn-secret')]: '0x60 1+5x60' }],
    ['AsideRelayFull', { 'turn_total_allocations{job="turn",type="UDP"}': '300x60 1100x60' }],
  ];

  it('each ring when their one thing is wrong, and all are silent on an ordinary day', async () => {
    const all = WRONG.map(([alert]) => alert).filter((alert) => alert !== '');
    expect([...new Set(all)]).toEqual(rules.map(({ alert }) => alert));
    const days = [{ ringing: '', series: ORDINARY }].concat(
      WRONG.map(([ringing, series]) => ({ ringing, series: { ...ORDINARY, ...series } })),
    );
    const seconds = 110 * 60;
    const tests = days.map(({ ringing, series }) => ({
      interval: '1m',
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      promql_expr_test: [
        {
          expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
          eval_time: `${seconds}s`,
          exp_samples: ringing === '' ? [] : [{ labels: `{alertname="${ringing}"}`, value: 1 }],
        },
      ],
    }));
    cpSync(join(folder, 'alerts.yml'), join(directory, 'alerts.yml'));
    writeFileSync(
      join(directory, 'days.yml'),
      stringify({ rule_files: ['alerts.yml'], evaluation_interval: '1m', tests }),
    );
    expect(await promtool('test', 'rules', 'days.yml')).toContain('SUCCESS');
    // Two hours of minutes for each of the days: seconds of work, which have to be found on a busy machine.
  }, 120_000);
});

describe('Grafana', () => {
  const data = () => join(directory, 'grafana');
  const password = () => join(data(), 'admin-password');
  beforeEach(() => {
    rmSync(data(), { recursive: true, force: true });
    mkdirSync(data());
  });

  /** Starts it, with a double for Grafana itself that says what it was given. */
  async function start(): Promise<{ password: string; given: string[] }> {
    const program = join(directory, 'run.sh');
    const says = ['echo $$', 'cat "$GF_SECURITY_ADMIN_PASSWORD__FILE"', `printf '%s\\n' "$@"`];
    writeFileSync(program, ['#!/bin/sh', ...says, ''].join('\n'), { mode: 0o755 });
    const env = { PATH: process.env.PATH ?? '', GF_PATHS_DATA: data(), GRAFANA_RUN: program };
    const script = join(folder, 'grafana/start.sh');
    const running = run('/bin/sh', [script, '--one', 'and two'], { env });
    const [pid, said = '', ...given] = (await running).stdout.trim().split('\n');
    // A shell between it and Docker would hear its signals.
    expect(Number(pid)).toBe(running.child.pid);
    return { password: said, given };
  }

  it('gets a password at its first start that nobody else has, and keeps it', async () => {
    const first = await start();
    expect(first.password).toMatch(/^[A-Za-z0-9+/]{24}$/);
    expect((await start()).password).toBe(first.password);
    expect(statSync(password()).mode & 0o777).toBe(0o600);
    expect(readdirSync(data())).toEqual(['admin-password']);
    rmSync(password());
    expect((await start()).password).not.toBe(first.password);
  });

  it('makes it where a start was cut short, of which nothing is left', async () => {
    writeFileSync(password(), '');
    writeFileSync(`${password()}.new`, 'half');
    expect((await start()).password).toMatch(/^[A-Za-z0-9+/]{24}$/);
    expect(readdirSync(data())).toEqual(['admin-password']);
  });

  it('is given what Compose says behind it', async () => {
    expect((await start()).given).toEqual(['--one', 'and two']);
  });

  it('does not start without a password', async () => {
    mkdirSync(`${password()}.new`);
    await expect(start()).rejects.toThrow('admin-password.new');
  });
});

describe('the log shipper', () => {
  it('takes only what Compose tags as ours, and knows where the relay’s numbers are', () => {
    const compose = readFileSync(new URL('../docker-compose.yml', import.meta.url), 'utf8');
    const config = read('config.alloy');
    expect(compose).toContain('tag: "{{.Name}}"');
    expect(compose).toMatch(/^name: aside$/m);
    const ours = new RegExp((/expression = "(.*)"/.exec(config)?.[1] ?? '').replace('?P<', '?<'));
    expect(ours.exec('aside-signal-1')?.groups?.service).toBe('signal');
    expect(ours.test('somebody-elses-1')).toBe(false);
    // Whose tag is not ours has no service, and what is called so is dropped.
    const others = /template = "\{\{ if \.service \}\}ours\{\{ else \}\}(\w+)\{\{ end \}\}"/.exec(
      config,
    )?.[1];
    expect(config).toMatch(
      new RegExp(`stage\\.drop \\{\\s+source = "whose"\\s+value {2}= "${others}"\\s+\\}`),
    );
    const port = /TURN_METRICS_PORT:=(\d+)/.exec(
      readFileSync(new URL('./entrypoint.sh', import.meta.url), 'utf8'),
    )?.[1];
    expect(config).toContain(`"127.0.0.1:${port}"`);
    for (const name of ['prometheus', 'loki']) {
      const [, published] =
        new RegExp(`\\n {2}${name}:[^]*?ports: \\["(127\\.0\\.0\\.1:\\d+):`).exec(compose) ?? [];
      expect(config).toContain(`http://${published}/`);
    }
  });
});
