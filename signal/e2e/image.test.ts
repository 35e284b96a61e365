import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { NODE_FLAGS } from '../build.mjs';
import { readConfig } from '../src/config.ts';

/** No container engine runs in tests: what can be read off the image's recipe is held here. */
const lines = readFileSync(new URL('../Dockerfile', import.meta.url), 'utf8')
  .replaceAll(/^\s*#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n');
const starting = (word: string) => lines.filter((line) => line.startsWith(`${word} `));

describe('the image', () => {
  it('stands on one pinned base, by version and digest', () => {
    const bases = starting('FROM').map((line) => line.split(' ')[1]);
    expect(bases).toHaveLength(2);
    expect(new Set(bases).size).toBe(1);
    expect(bases[0]).toMatch(/^node:24\.\d+\.\d+-trixie-slim@sha256:[0-9a-f]{64}$/);
  });

  it('installs what the lockfile says, runs no package’s scripts, and takes nothing else of the repository', () => {
    const installs = starting('RUN').filter((line) => line.includes('npm'));
    expect(installs.length).toBeGreaterThan(0);
    for (const line of installs) expect(line).toMatch(/npm ci --ignore-scripts/);
    const ignored = readFileSync(new URL('../Dockerfile.dockerignore', import.meta.url), 'utf8');
    expect(ignored.split('\n')).toContain('*');
  });

  it('runs as an ordinary user, is looked after, and gets SIGTERM itself', () => {
    const last = lines.slice(lines.lastIndexOf(starting('FROM')[1]!));
    expect(last).toContain('USER node');
    expect(last.some((line) => line.startsWith('HEALTHCHECK ') && line.includes('/healthz'))).toBe(true);
    expect(last).toContain(
      `CMD ${JSON.stringify(['node', ...NODE_FLAGS, 'signal/dist/main.mjs']).replaceAll(',', ', ')}`,
    );
    expect(lines.join('\n')).not.toMatch(/SECRET\s*=/);
  });

  it('has an environment that the server understands, on the port that Compose and Caddy know', () => {
    const env = Object.fromEntries(
      starting('ENV').flatMap((line) =>
        [...line.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]),
      ),
    );
    expect(readConfig(env)).toMatchObject({ host: '0.0.0.0', port: 8080, dataDir: '/data' });
    const caddy = readFileSync(new URL('../Caddyfile', import.meta.url), 'utf8');
    expect(caddy).toContain('signal:8080');
  });
});
