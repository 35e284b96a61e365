import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../signal/src/config.ts';
import {
  compose,
  type Entry,
  environment,
  inProfile,
  mounts,
  read,
  root,
  service,
  services,
  text,
} from './testing/compose.ts';

describe('docker-compose.yml', () => {
  it('has text alone in what is run, which is all that Compose takes there', () => {
    for (const [, { command, entrypoint, healthcheck }] of services) {
      const words = [command ?? [], entrypoint ?? [], (healthcheck as Entry | undefined)?.test ?? []].flat();
      for (const word of words) expect(word).toBeTypeOf('string');
    }
  });

  it('runs signal, turn, Caddy, and what carries a certificate from one to the other', () => {
    expect(inProfile()).toEqual(['signal', 'turn', 'certificate', 'caddy']);
  });

  it('watches them, where somebody asks for it, with Prometheus, Loki, Alloy and Grafana', () => {
    expect(inProfile('monitoring')).toEqual(['prometheus', 'loki', 'alloy', 'grafana']);
  });

  it('publishes what Caddy serves and nothing else; what monitors, on loopback', () => {
    expect(Object.fromEntries(services.map(([name, entry]) => [name, entry.ports ?? []]))).toEqual({
      signal: [],
      'signal-2': [],
      redis: [],
      turn: [],
      certificate: [],
      // WEB_ADDRESS is one address instead of all; the relay may then have 443 of another.
      caddy: [
        '80:80',
        `\${WEB_ADDRESS:+\${WEB_ADDRESS:-}:}443:443`,
        `\${WEB_ADDRESS:+\${WEB_ADDRESS:-}:}443:443/udp`,
      ],
      prometheus: ['127.0.0.1:9090:9090'],
      loki: ['127.0.0.1:3100:3100'],
      alloy: [],
      grafana: ['127.0.0.1:3000:3000'],
    });
    for (const [, entry] of services) expect(entry.expose).toBeUndefined();
  });

  it('lets only Caddy and Prometheus reach signal, and signal reach nobody', () => {
    expect(service('signal').networks).toEqual(['inside', 'metrics', 'store']);
    expect(service('caddy').networks).toEqual(['inside', 'outside']);
    expect(compose.networks.inside).toEqual({ internal: true });
    expect(compose.networks.store).toEqual({ internal: true });
    for (const [name, { networks }] of services) {
      if (JSON.stringify(networks ?? []).includes('store'))
        expect(['signal', 'signal-2', 'redis']).toContain(name);
    }
    expect(service('turn').network_mode).toBe('host');
    expect(service('certificate').network_mode).toBe('none');
    expect(service('prometheus').networks).toEqual(['metrics', 'monitoring']);
    expect(compose.networks.metrics).toEqual({ internal: true });
    for (const name of ['loki', 'grafana']) expect(service(name).networks).toEqual(['monitoring']);
    expect(service('alloy').network_mode).toBe('host');
    // Published on loopback it cannot be internal; without masquerade nothing in it reaches the world.
    expect(compose.networks.monitoring).toEqual({
      driver_opts: { 'com.docker.network.bridge.enable_ip_masquerade': 'false' },
    });
    expect(Object.keys(compose.networks)).toEqual(['inside', 'metrics', 'store', 'outside', 'monitoring']);
  });

  it.each(services.map(([name, entry]) => ({ name, entry })))(
    '$name has a health check, ordinary rights and a log that cannot fill the disk',
    ({ entry }) => {
      const check = entry.healthcheck as {
        test: string[];
        interval: string;
        timeout: string;
        retries: number;
      };
      expect(check.test[0]).toBe('CMD');
      expect(check.test.length).toBeGreaterThan(1);
      expect(check).toMatchObject({ interval: '30s', timeout: '5s', retries: 3 });
      expect(entry).toMatchObject({
        read_only: true,
        restart: 'unless-stopped',
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3', tag: '{{.Name}}' } },
      });
      expect(entry.pids_limit).toBeGreaterThan(0);
      for (const key of ['privileged', 'pid', 'ipc', 'devices', 'env_file'])
        expect(entry[key]).toBeUndefined();
    },
  );

  it('lets signal believe what a proxy says of an address on Docker’s own networks only', () => {
    expect(environment('signal').TRUSTED_PROXIES?.split(',')).toEqual([
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      'fc00::/7',
    ]);
  });

  it('gives capabilities only to those whose programs do not start without', () => {
    expect(service('signal').cap_add).toBeUndefined();
    expect(service('turn').cap_add).toEqual(['NET_BIND_SERVICE']);
    expect(service('caddy').cap_add).toEqual(['NET_BIND_SERVICE']);
    for (const name of ['certificate', ...inProfile('monitoring')])
      expect(service(name).cap_add).toBeUndefined();
    // Root only where files of another root are read, and there without any of root's rights.
    const roots = services.filter(([, { user }]) => user === undefined || /^0:/.test(String(user)));
    expect(roots.map(([name]) => name)).toEqual(['certificate', 'caddy', 'alloy']);
    expect(service('signal').user).toBe('1000:1000');
    expect(service('turn').user).toBe('65534:65534');
  });

  it('pins every image by version and digest, and builds signal from the repository', () => {
    for (const [name, entry] of services) {
      if (name === 'signal' || name === 'signal-2') continue;
      expect(entry.image).toMatch(/^[a-z/]+:v?\d+\.\d+\.\d+(-[a-z0-9]+)?@sha256:[0-9a-f]{64}$/);
    }
    const [major = 0, minor = 0] = String(service('turn').image).split(':')[1]?.split('.').map(Number) ?? [];
    expect(major * 1000 + minor).toBeGreaterThanOrEqual(4018);
    expect(service('signal').build).toEqual({ context: '.', dockerfile: 'signal/Dockerfile' });
    expect(service('signal').image).toBeUndefined();
    const bases = [...read('signal/Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, base = '']) => base);
    expect(bases.length).toBeGreaterThan(0);
    for (const base of bases)
      expect(base).toMatch(/^node:24(\.\d+\.\d+)?-trixie-slim(@sha256:[0-9a-f]{64})?$/);
    expect(read('signal/Dockerfile')).toMatch(/^USER (node|1000)/m);
    expect(read('signal/Dockerfile')).toMatch(/^HEALTHCHECK /m);
    expect(text).not.toMatch(/latest/);
    // A digest that was copied from another image would win over the name.
    const images = new Set(services.flatMap(([, { image }]) => (image === undefined ? [] : [String(image)])));
    expect(new Set([...images].map((image) => image.split('@')[1])).size).toBe(images.size);
  });

  it('asks for DOMAIN in one place with one sentence, and for nothing else', () => {
    const asked = [...text.matchAll(/\$\{([A-Z0-9_]+)(:\?[^}]*)?/g)].map(
      ([, name = '', must = '']) => name + must,
    );
    expect(asked.filter((inner) => inner.includes('?'))).toEqual([
      'DOMAIN:?set DOMAIN to the name of your server, for example DOMAIN=chat.example.org docker compose up -d',
    ]);
    expect([...new Set(asked.filter((inner) => !inner.includes('?')))].sort()).toEqual([
      'DOMAIN',
      'PASSES',
      'REDIS_MEMORY',
      'REDIS_URLS',
      'RETENTION_DAYS',
      'SOCKETS_PER_ADDRESS',
      'STORE_GIB',
      'TURN_443_ADDRESS',
      'TURN_443_NAME',
      'TURN_EXTERNAL_ADDRESS',
      'TURN_LISTEN_ADDRESS',
      'WEB_ADDRESS',
    ]);
    // Of one without a default Compose would warn at every command, also within another.
    expect(text.match(/\$\{(?!DOMAIN\})[A-Z0-9_]+\}/g)).toBeNull();
    for (const name of ['signal', 'turn', 'caddy'])
      expect(environment(name).DOMAIN).toMatch(/^\$\{DOMAIN:\?/);
  });

  it('holds no secret: turn makes it, signal reads it from the same volume', () => {
    for (const [name] of services) {
      for (const [key, value] of Object.entries(environment(name))) {
        if (/secret|password|token|key/i.test(key) && !key.startsWith('GF_'))
          expect([key, value]).toEqual(['TURN_SECRET_FILE', expect.stringMatching(/^\//)]);
      }
    }
    expect(text.replace(/sha256:[0-9a-f]{64}|#.*$/gm, '')).not.toMatch(/[0-9a-zA-Z+=]{24,}/);
    const shared = (name: string) => mounts(name).find(({ source }) => source === 'turn-secret');
    expect(shared('turn')).toMatchObject({ type: 'volume', readOnly: false });
    expect(shared('signal')).toMatchObject({ type: 'volume', readOnly: true });
    const holders = services.filter(([name]) => shared(name) !== undefined).map(([name]) => name);
    expect(holders).toEqual(['signal', 'signal-2', 'turn']);
    // A copy of what signal's image has there would keep turn from writing, where signal comes first.
    expect(service('signal').volumes).toContainEqual(
      expect.objectContaining({ source: 'turn-secret', volume: { nocopy: true } }),
    );
    for (const name of ['turn', 'signal']) {
      expect(environment(name).TURN_SECRET_FILE).toBe(`${shared(name)?.target}/secret`);
    }
    // turn writes it for its own group, which signal joins.
    expect(service('signal').group_add).toEqual([String(service('turn').user).split(':')[1]]);
  });

  it('hands turn one certificate with its key, and keeps the rest of what Caddy has from it', () => {
    const shared = (name: string) => mounts(name).find(({ source }) => source === 'turn-certificate');
    expect(shared('certificate')).toMatchObject({ type: 'volume', readOnly: false });
    expect(shared('turn')).toMatchObject({ type: 'volume', readOnly: true });
    expect(mounts('turn').map(({ source }) => source)).not.toContain('caddy-data');
    expect(mounts('certificate').find(({ source }) => source === 'caddy-data')).toMatchObject({
      target: '/data',
      readOnly: true,
    });
    expect(environment('turn').TURN_CERTIFICATE).toBe(environment('certificate').CERTIFICATE);
    expect(environment('turn').TURN_CERTIFICATE).toBe(`${shared('turn')?.target}/turn.pem`);
    // Written for turn's group, by the one who owns what Caddy wrote; for the name that signal hands out.
    expect(service('certificate').user).toBe(`0:${String(service('turn').user).split(':')[1]}`);
    expect(environment('certificate').NAME).toBe(`\${TURN_443_NAME:-\${DOMAIN}}`);
    expect(environment('signal')).toMatchObject({ TURN_TLS: '1', TURN_443_NAME: `\${TURN_443_NAME:-}` });
    const script = read('turn/certificate.sh');
    for (const key of Object.keys(environment('certificate'))) expect(script).toContain(`\${${key}:`);
  });

  it('mounts volumes that it declares and files that exist, the files read-only', () => {
    const all = services.flatMap(([name]) => mounts(name));
    const named = all
      .filter(({ type, source }) => type === 'volume' && !source.startsWith('/'))
      .map(({ source }) => source);
    expect([...new Set(named)].sort()).toEqual(Object.keys(compose.volumes).sort());
    const ofTheMachine = mounts('alloy').filter(({ source }) => source.startsWith('/'));
    expect(ofTheMachine).toEqual([
      {
        type: 'volume',
        source: '/var/lib/docker/containers',
        target: '/var/lib/docker/containers',
        readOnly: true,
      },
    ]);
    for (const { source, readOnly } of all.filter(({ type }) => type === 'bind')) {
      expect(existsSync(fileURLToPath(new URL(source, root)))).toBe(true);
      expect(readOnly).toBe(true);
    }
    expect(text).not.toContain('docker.sock');
  });

  it('runs two nodes over a durable Redis with the profile scale, which nobody but they can reach', () => {
    expect(inProfile('scale')).toEqual(['signal-2', 'redis']);
    // The same program as the first, under the name that Caddy asks for, and without mailboxes of its own.
    const { profiles, networks, environment: own, ...second } = service('signal-2');
    const { networks: _, environment: __, ...first } = service('signal');
    expect(second).toEqual(first);
    // Caddy and Prometheus ask for all that have the name.
    const alias = { aliases: ['signal'] };
    expect(networks).toEqual({ inside: alias, metrics: alias, store: {} });
    expect(own).toEqual({ ...environment('signal'), DATA_DIR: '' });
    expect(() => readConfig({ DATA_DIR: '', REDIS_URLS: '' })).toThrow(/REDIS_URLS/);
    const url = /REDIS_URLS=(\S+)/.exec(read('signal/OPERATING.md'))?.[1];
    if (url === undefined) throw new Error('OPERATING.md does not say what REDIS_URLS has to be');
    expect(readConfig({ DATA_DIR: '', REDIS_URLS: url }).redis?.seeds).toEqual([
      { host: 'redis', port: 6379 },
    ]);

    const redis = service('redis');
    expect(redis).toMatchObject({ networks: ['store'], user: '999:1000', entrypoint: ['redis-server'] });
    expect(redis.cap_add).toBeUndefined();
    const said = (redis.command as string[]).join(' ');
    for (const setting of [
      '--save  --appendonly yes',
      '--appendfsync always',
      '--maxmemory-policy noeviction',
    ]) {
      expect(said).toContain(setting);
    }
    expect(mounts('redis')).toEqual([
      { type: 'volume', source: 'redis-data', target: '/data', readOnly: false },
    ]);
    expect(said).toContain('--dir /data');
  });

  it('gives signal only variables that it reads, and asks it for its health at the port that it listens on', () => {
    const config = read('signal/src/config.ts');
    for (const key of Object.keys(environment('signal'))) expect(config).toContain(`'${key}'`);
    const port = environment('signal').PORT;
    expect(read('signal/Dockerfile')).toContain(`PORT=${port} `);
    expect(JSON.stringify(service('signal').healthcheck)).toContain(`http://127.0.0.1:${port}/healthz`);
    expect(read('signal/Caddyfile')).toContain(`{$ASIDE_SIGNAL:signal:${port}}`);
    expect(environment('signal').DATA_DIR).toBe(
      mounts('signal').find(({ source }) => source === 'signal-data')?.target,
    );
  });

  it('lets Prometheus find every node of the server under one name', () => {
    const nodes = services.filter(([, { build }]) => build !== undefined);
    expect(nodes.length).toBeGreaterThan(0);
    for (const [name, { networks }] of nodes) {
      const aliases = Array.isArray(networks)
        ? networks.includes('metrics') && []
        : (networks as Record<string, { aliases?: string[] }>).metrics?.aliases;
      expect([name, ...(aliases || [])]).toContain('signal');
      expect(aliases).not.toBeFalsy();
    }
    expect(read('signal/monitoring/prometheus.yml')).toContain('names: [signal]');
  });

  it('measures signal where Prometheus looks, keeps Grafana’s password out of every file, and phones nobody', () => {
    expect(environment('signal')).toMatchObject({ METRICS_HOST: '0.0.0.0', METRICS_PORT: 9464 });
    expect(read('signal/monitoring/prometheus.yml')).toContain(`port: ${environment('signal').METRICS_PORT}`);
    expect(environment('turn').TURN_METRICS_ADDRESS).toBe('127.0.0.1');
    expect(Object.keys(environment('grafana')).filter((key) => /PASSWORD|ANONYMOUS/.test(key))).toEqual([
      'GF_AUTH_ANONYMOUS_ENABLED',
    ]);
    for (const key of ['AUTH_ANONYMOUS_ENABLED', 'USERS_ALLOW_SIGN_UP', 'SNAPSHOTS_EXTERNAL_ENABLED'])
      expect(environment('grafana')[`GF_${key}`]).toBe('false');
    expect(service('grafana').entrypoint).toEqual(['/bin/sh', '/etc/grafana/start.sh']);
    for (const key of ['REPORTING_ENABLED', 'CHECK_FOR_UPDATES', 'CHECK_FOR_PLUGIN_UPDATES'])
      expect(environment('grafana')[`GF_ANALYTICS_${key}`]).toBe('false');
    expect(service('alloy').command).toContain('--disable-reporting');
    expect(read('signal/monitoring/loki.yml')).toContain('reporting_enabled: false');
  });

  it('gives turn only variables that its entry point knows, and a directory of its own to write in', () => {
    const entrypoint = read('turn/entrypoint.sh');
    for (const key of Object.keys(environment('turn')))
      expect(entrypoint).toMatch(new RegExp(`^#   .*\\b${key}\\b`, 'm'));
    expect(service('turn').tmpfs).toEqual([
      expect.stringMatching(/^\/run\/turn:mode=0700,uid=65534,gid=65534,/),
    ]);
    expect(entrypoint).toContain('TURN_RUN_DIRECTORY:=/run/turn}');
  });
});
