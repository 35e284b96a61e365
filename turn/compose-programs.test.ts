import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { environment, mounts, read, root, service, services } from './testing/compose.ts';

/** What Compose gives the program in each container: a check of its health, and what it reads and writes. */
describe('Compose', () => {
  it('asks each for its health where it answers, and with what fails when it does not', () => {
    const checks = services.map(
      ([name, { healthcheck }]) => [name, healthcheck as { test: string[] }] as const,
    );
    const said = Object.fromEntries(checks.map(([name, { test }]) => [name, test.slice(1).join(' ')]));
    const answersAt = (url: string) => `wget -q -O /dev/null ${url}`;
    const signal = `node -e fetch('http://127.0.0.1:8080/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`;
    expect(said).toEqual({
      signal,
      'signal-2': signal,
      redis: 'redis-cli ping',
      turn: '/bin/sh /aside/entrypoint.sh health',
      // Two dollars, or Compose would put a variable there.
      certificate: '/bin/sh -c test -n "$$(find /tmp/checked -mmin -1)"',
      caddy: answersAt('http://127.0.0.1:8081/healthz'),
      prometheus: 'promtool check healthy --url=http://127.0.0.1:9090',
      loki: '/usr/bin/loki -health',
      alloy: String.raw`/bin/bash -c exec 3<>/dev/tcp/127.0.0.1/12345 && printf 'GET /-/ready HTTP/1.0\r\n\r\n' >&3 && head -n 1 <&3 | grep -q 200`,
      grafana: answersAt('http://127.0.0.1:3000/api/health'),
    });
    expect(read('signal/Caddyfile')).toContain('http://127.0.0.1:{$ASIDE_HEALTH_PORT:8081} {');
    expect(read('turn/certificate.sh')).toContain('CHECKED:=/tmp/checked}');
    expect(service('alloy').command).toContain('--server.http.listen-addr=127.0.0.1:12345');
    // Who starts slowly is not called ill for it.
    for (const [, check] of checks)
      expect(check).toMatchObject({ start_period: expect.stringMatching(/^[2-6]0s$/) });
  });

  it('gives those that write beside their volumes a place in memory, and those that hand over the time for it', () => {
    const places = services.map(([name, { tmpfs }]) => [
      name,
      ((tmpfs ?? []) as string[]).map((place) => place.split(':')[0]),
    ]);
    expect(Object.fromEntries(places)).toEqual({
      signal: ['/tmp'],
      'signal-2': ['/tmp'],
      redis: [],
      turn: ['/run/turn'],
      certificate: ['/tmp'],
      caddy: ['/config'],
      prometheus: [],
      loki: ['/tmp'],
      alloy: ['/tmp'],
      grafana: ['/tmp'],
    });
    // Signal hands its readers over within seconds; Redis finishes what it writes.
    expect(service('signal').stop_grace_period).toBe('20s');
    expect(service('redis').stop_grace_period).toBe('30s');
    for (const name of ['signal', 'redis', 'turn', 'caddy', 'prometheus', 'loki'])
      expect(service(name).ulimits).toEqual({ nofile: 65536 });
    expect(service('signal').depends_on).toEqual({ turn: { condition: 'service_started' } });
  });

  it('gives every program the files that it is told to read, and its data a volume', () => {
    const targets = (name: string) => mounts(name).map(({ target }) => target);
    const told = (name: string, how: RegExp) => how.exec((service(name).command as string[]).join(' '))?.[1];
    // A path as the configuration says it, and the service in whose container it has to be.
    const configuration = told('prometheus', /--config\.file=(\S+)/) ?? '';
    const rules = (parse(read('signal/monitoring/prometheus.yml')) as { rule_files: string[] }).rule_files;
    const folder = configuration.slice(0, configuration.lastIndexOf('/'));
    const [provider] = (
      parse(read('signal/monitoring/grafana/dashboards.yml')) as {
        providers: { options: { path: string } }[];
      }
    ).providers;
    const home = environment('grafana').GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? '';
    expect(rules).toEqual(['alerts.yml']);
    const needed: [string, string | undefined][] = [
      ['prometheus', configuration],
      ...rules.map((name): [string, string] => ['prometheus', `${folder}/${name}`]),
      ['prometheus', told('prometheus', /--storage\.tsdb\.path=(\S+)/)],
      ['loki', told('loki', /-config\.file=(\S+)/)],
      [
        'loki',
        (parse(read('signal/monitoring/loki.yml')) as { common: { path_prefix: string } }).common.path_prefix,
      ],
      ['alloy', told('alloy', /(\S+)$/)],
      ['alloy', told('alloy', /--storage\.path=(\S+)/)],
      ['grafana', provider?.options.path],
      ['grafana', home.slice(0, home.lastIndexOf('/'))],
      // Where Grafana looks by itself, one folder for each kind.
      ['grafana', '/etc/grafana/provisioning/datasources/aside.yml'],
      ['grafana', '/etc/grafana/provisioning/dashboards/aside.yml'],
      ['grafana', '/var/lib/grafana'],
      // Where Caddy looks, and keeps its certificates, by itself.
      ['caddy', '/etc/caddy/Caddyfile'],
      ['caddy', '/data'],
      ['certificate', environment('certificate').CADDY_DATA?.replace(/\/caddy$/, '')],
      ['turn', '/aside/entrypoint.sh'],
      ['turn', '/aside/turnserver.conf.template'],
      ...[...read('turn/entrypoint.sh').matchAll(/^\. "\$here\/(\S+)"$/gm)].map(
        ([, name]): [string, string] => ['turn', `/aside/${name}`],
      ),
    ];
    for (const [name, path] of needed) expect([name, ...targets(name)]).toContain(path);
    expect(needed.filter(([name]) => name === 'turn')).toHaveLength(4);
    expect(
      existsSync(
        fileURLToPath(new URL(`signal/monitoring/grafana/dashboards/${home.split('/').pop()}`, root)),
      ),
    ).toBe(true);
    // Alloy hands the relay's numbers over by this door.
    expect(service('prometheus').command).toContain('--web.enable-remote-write-receiver');
  });
});
