import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { mounts, read as readFile, service } from './testing/compose.ts';
import { dashboards, read } from './testing/monitoring.ts';

/** A line as Docker's json-file driver writes it, with the tag of docker-compose.yml. */
const dockers = (tag: string) => ({
  log: '{"event":"listening"}\n',
  stream: 'stdout',
  attrs: { tag },
  time: '2026-11-29T06:00:00.123456789Z',
});

const config = read('config.alloy').replace(/^\s*\/\/.*$/gm, '');
const blocks = [...config.matchAll(/^([a-z_.]+) "(\w+)" \{\n([\s\S]*?)^\}/gm)].map(
  ([, kind = '', name = '', body = '']) => ({ name: `${kind}.${name}`, body }),
);
const body = (name: string) => blocks.find((block) => block.name === name)?.body ?? '';
const quoted = (text: string) =>
  Object.fromEntries(
    [...text.matchAll(/"(\w+)" = "([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
  );
const setting = (text: string, key: string) =>
  new RegExp(`\\b${key}\\s*= "((?:[^"\\\\]|\\\\.)*)"`).exec(text)?.[1];

/** What the stages of `loki.process` make of a line: nothing, or what Loki gets. */
function processed(line: ReturnType<typeof dockers>) {
  const known: Record<string, string | undefined> = {};
  const labels: Record<string, string | undefined> = { filename: '/somewhere' };
  let output = JSON.stringify(line);
  let time: string | undefined;
  for (const [, kind, stage = ''] of body('loki.process.ours').matchAll(
    /stage\.(\w+) \{([\s\S]*?)^ {2}\}/gm,
  )) {
    const source = () => {
      const name = setting(stage, 'source') ?? '';
      // A stage that looks at what no stage before it has made does nothing, and says nothing.
      expect(Object.keys(known)).toContain(name);
      return known[name];
    };
    if (kind === 'json') {
      for (const [name, path] of Object.entries(quoted(stage))) {
        const found = path
          .split('.')
          .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], line);
        known[name] = found as string | undefined;
      }
    } else if (kind === 'regex') {
      const groups = new RegExp((setting(stage, 'expression') ?? '').replace(/\?P</g, '?<')).exec(
        source() ?? '',
      )?.groups;
      Object.assign(known, groups);
    } else if (kind === 'template') {
      const [, field = '', yes, no] =
        /\{\{ if \.(\w+) \}\}(\w+)\{\{ else \}\}(\w+)\{\{ end \}\}/.exec(stage) ?? [];
      known[setting(stage, 'source') ?? ''] = known[field] === undefined ? no : yes;
    } else if (kind === 'drop') {
      if (source() === setting(stage, 'value')) return undefined;
    } else if (kind === 'timestamp') {
      expect(setting(stage, 'format')).toBe('RFC3339Nano');
      time = source();
    } else if (kind === 'labels') {
      for (const [label, from] of Object.entries(quoted(stage))) labels[label] = known[from || label];
    } else if (kind === 'label_drop') {
      for (const [, label = ''] of stage.matchAll(/"(\w+)"/g)) delete labels[label];
    } else if (kind === 'output') {
      output = source() ?? '';
    } else {
      throw new Error(`nobody here knows the stage ${kind}`);
    }
  }
  return { output, labels, time };
}

describe('the log shipper', () => {
  it('hands a line of ours to Loki as the program said it, under the service’s name and its own time', () => {
    for (const [tag, name] of [
      ['aside-signal-1', 'signal'],
      ['aside-signal-2-1', 'signal-2'],
      ['aside-turn-1', 'turn'],
    ] as const) {
      expect(processed(dockers(tag))).toEqual({
        output: '{"event":"listening"}\n',
        labels: { service: name, stream: 'stdout' },
        time: '2026-11-29T06:00:00.123456789Z',
      });
      // What the dashboards ask for is under that name.
      const asked = dashboards
        .flatMap(({ panels }) => panels.flatMap(({ targets }) => targets))
        .filter(({ datasource }) => datasource.uid === 'loki')
        .map(({ expr }) => new RegExp(`^(?:${/service=~?"(.*)"/.exec(expr)?.[1]})$`));
      expect(asked.filter((service) => service.test(name))).toHaveLength(1);
    }
  });

  it.each(['somebody-elses-1', 'not-aside-signal-1', 'aside-signal', ''])('leaves the lines of %s', (tag) => {
    expect(processed(dockers(tag))).toBeUndefined();
  });

  it('has its parts in a row, from Docker’s files and the relay to Loki and Prometheus', () => {
    expect(blocks.map(({ name }) => name)).toEqual([
      'local.file_match.containers',
      'loki.source.file.containers',
      'loki.process.ours',
      'loki.write.here',
      'prometheus.scrape.turn',
      'prometheus.remote_write.here',
    ]);
    const to = (name: string) => /forward_to\s*= \[([\w.]+)\.receiver\]/.exec(body(name))?.[1];
    expect(to('loki.source.file.containers')).toBe('loki.process.ours');
    expect(to('loki.process.ours')).toBe('loki.write.here');
    expect(to('prometheus.scrape.turn')).toBe('prometheus.remote_write.here');
    expect(body('loki.source.file.containers')).toContain('= local.file_match.containers.targets');
    const files =
      setting(body('local.file_match.containers').replace('"__path__"', '__path__'), '__path__') ?? '';
    const mounted = mounts('alloy').filter(({ target }) => files.startsWith(`${target}/`));
    expect(mounted).toMatchObject([{ source: files.split('/*')[0], readOnly: true }]);
    expect(setting(body('prometheus.scrape.turn'), 'job_name')).toBe('turn');
    // Its numbers come as often as the server's, or one rate would be made of fewer.
    const { global } = parse(read('prometheus.yml')) as { global: { scrape_interval: string } };
    expect(setting(body('prometheus.scrape.turn'), 'scrape_interval')).toBe(global.scrape_interval);
    expect(setting(body('loki.write.here'), 'url')).toMatch(/:3100\/loki\/api\/v1\/push$/);
    expect(setting(body('prometheus.remote_write.here'), 'url')).toMatch(/:9090\/api\/v1\/write$/);
  });
});

describe('Loki', () => {
  interface Loki {
    auth_enabled: boolean;
    server: { http_listen_port: number };
    common: {
      path_prefix: string;
      replication_factor: number;
      storage: { filesystem: Record<string, string> };
    };
    schema_config: { configs: { from: string; store: string; object_store: string; schema: string }[] };
    compactor: { working_directory: string; retention_enabled: boolean; delete_request_store: string };
    limits_config: { retention_period: string };
    analytics: { reporting_enabled: boolean };
  }
  const loki = parse(read('loki.yml')) as Loki;

  it('takes lines without a tenant, on one node, at the port that is published for the shipper', () => {
    expect(loki.auth_enabled).toBe(false);
    expect(loki.common.replication_factor).toBe(1);
    expect(service('loki').ports).toEqual([`127.0.0.1:3100:${loki.server.http_listen_port}`]);
    expect(loki.analytics.reporting_enabled).toBe(false);
  });

  it('throws away what is older than the week that OPERATING.md says', () => {
    expect(loki.limits_config.retention_period).toBe(`${7 * 24}h`);
    // Without all three it keeps everything for ever, or does not start.
    expect(loki.compactor).toMatchObject({ retention_enabled: true, delete_request_store: 'filesystem' });
    expect(readFile('signal/OPERATING.md')).toContain('Loki a week');
  });

  it('keeps everything in its volume, in the one format that can be thrown away by age', () => {
    const volume = mounts('loki').find(({ type }) => type === 'volume')?.target ?? '?';
    const places = [...Object.values(loki.common.storage.filesystem), loki.compactor.working_directory];
    for (const place of [loki.common.path_prefix, ...places]) expect(`${place}/`).toContain(`${volume}/`);
    expect(loki.schema_config.configs).toMatchObject([
      { store: 'tsdb', object_store: 'filesystem', schema: 'v13', index: { period: '24h' } },
    ]);
    expect(new Date(loki.schema_config.configs[0]?.from ?? '').getTime()).toBeLessThan(Date.UTC(2026, 1, 1));
  });
});
