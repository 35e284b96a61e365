import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { LIMITS } from '../signal/src/limits.ts';

/** signal/OPERATING.md is what a self-hoster goes by: what it says of ports, variables and volumes is what there is. */
const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const page = read('signal/OPERATING.md');
const entrypoint = read('turn/entrypoint.sh');
const composeText = read('docker-compose.yml');
const compose = parse(composeText, { merge: true }) as {
  name: string;
  services: Record<
    string,
    {
      ports?: string[];
      image?: string;
      build?: unknown;
      profiles?: string[];
      command?: string[];
      ulimits?: { nofile: number };
    }
  >;
  volumes: Record<string, unknown>;
};

/** A default of entrypoint.sh. */
function fallback(name: string): string {
  const match = new RegExp(`"\\$\\{${name}:=([^}]*)\\}"`).exec(entrypoint);
  if (!match) throw new Error(`entrypoint.sh has no default for ${name}`);
  return match[1] ?? '';
}

/** Rows of the table whose header begins with these cells. */
function table(...header: string[]): string[][] {
  const tables = page.split('\n\n').filter((block) => block.startsWith('|'));
  const rows = tables.map((block) =>
    block
      .trim()
      .split('\n')
      .map((row) =>
        row
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      ),
  );
  const found = rows.find(([first]) => header.every((cell, i) => first?.[i] === cell));
  if (!found) throw new Error(`OPERATING.md has no table ${header.join(', ')}`);
  return found.slice(2);
}

describe('OPERATING.md', () => {
  it('names the ports that Compose publishes and the relay opens, and no others', () => {
    const published = (compose.services.caddy?.ports ?? []).map((port) => {
      const [outer = '', inner = ''] = port.replace(/^\$\{WEB_ADDRESS.*\}/, '').split(':');
      return `${outer} ${inner.endsWith('/udp') ? 'UDP' : 'TCP'}`;
    });
    const relay = [
      `${fallback('TURN_PORT')} TCP and UDP`,
      `${fallback('TURN_TLS_PORT')} TCP`,
      `${fallback('TURN_MIN_PORT')} to ${fallback('TURN_MAX_PORT')} UDP`,
    ];
    expect(table('port').map(([port, protocol]) => `${port} ${protocol}`)).toEqual([...published, ...relay]);
  });

  const bare = (cell = '') => cell.replaceAll('`', '');

  it('lists the settings of Compose, and those of the server with their defaults', () => {
    const inCompose = [...composeText.matchAll(/\$\{([A-Z0-9_]+)/g)].map(([, name = '']) => name);
    const settings = table('what', 'in `.env`');
    expect(settings.map(([, name]) => bare(name)).sort()).toEqual([...new Set(inCompose)].sort());

    const config = read('signal/src/config.ts');
    const names = [...config.matchAll(/(?:text|number)\('([A-Z0-9_]+)'(?:, ([\w.]+))?/g)];
    const ofServer = table('name', 'usual');
    expect(ofServer.map(([name]) => bare(name)).sort()).toEqual(
      [...new Set(names.map(([, name = '']) => name))].sort(),
    );
    for (const [, name = '', usual = ''] of names) {
      // The metrics' port has no usual value but off.
      if (!/^\d+$/.test(usual) || name === 'METRICS_PORT') continue;
      expect([name, bare(ofServer.find(([cell]) => bare(cell) === name)?.[1])]).toEqual([name, usual]);
      const setting = settings.find(([, cell]) => bare(cell) === name);
      if (setting) expect([name, setting[2]]).toEqual([name, usual]);
    }
  });

  it('names no variable that nobody reads', () => {
    const named = [...new Set([...page.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name = '']) => name))];
    const known = entrypoint + composeText + read('signal/src/config.ts');
    for (const name of named) expect(known).toMatch(new RegExp(`\\b${name}\\b`));
  });

  it('sends nobody who runs Compose to a variable of the server that Compose does not hand on', () => {
    const [withCompose = ''] = page.split('\n## The server by itself');
    const named = [...withCompose.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name = '']) => name);
    const known = entrypoint + composeText;
    const missing = named.filter((name) => !new RegExp(`\\b${name}\\b`).test(known));
    // Said with the words "without Compose".
    expect([...new Set(missing)]).toEqual(['PASSES_FILE']);
  });

  it('gives the relay’s limits as they are', () => {
    for (const [, value = '', variable = ''] of table('what', 'value')) {
      expect(value.split(' ')[0]).toBe(fallback(variable.replaceAll('`', '')));
    }
  });

  it('lists the volumes, by the name that Docker gives them', () => {
    const listed = table('volume').flatMap(([names = '']) => names.replaceAll('`', '').split(', '));
    expect(listed.sort()).toEqual(Object.keys(compose.volumes).sort());
    expect(page).toContain(`-v ${compose.name}_signal-data:/from`);
  });

  it('quotes what the entry point and Compose really say', () => {
    const said = entrypoint + read('turn/secrets.sh') + read('turn/keeper.sh') + composeText;
    for (const [words = ''] of table('it says')) expect(said).toContain(words);
    expect(page).toContain(`older than ${/coturn:([\d.]+)/.exec(compose.services.turn?.image ?? '')?.[1]}`);
    for (const word of ['rotate', 'revoke']) {
      expect(page).toContain(`docker compose exec turn sh /aside/entrypoint.sh ${word}`);
      expect(entrypoint).toContain(`#   sh entrypoint.sh ${word} `);
    }
  });

  it('opens in the firewall what it lists, and the way in for whoever types it', () => {
    const opened = [...page.matchAll(/^ufw allow (\S+)$/gm)].map(([, port = '']) => port);
    const words = { tcp: ['TCP'], udp: ['UDP'], both: ['TCP', 'UDP'] };
    const allowed = opened.flatMap((rule) => {
      const [port = '', protocol = 'both'] = rule.split('/');
      return words[protocol as keyof typeof words].map((name) => `${port.replace(':', ' to ')} ${name}`);
    });
    const listed = table('port').flatMap(([port, protocol = '']) =>
      protocol.split(' and ').map((name) => `${port} ${name}`),
    );
    expect(allowed.sort()).toEqual([...listed, '22 TCP'].sort());
  });

  it('counts the services that there are, with monitoring and without', () => {
    const count = (profile?: string) =>
      Object.values(compose.services).filter(
        ({ profiles }) => profiles === undefined || profiles.includes(profile ?? ''),
      ).length;
    const words = ['four', 'five', 'six', 'seven', 'eight', 'nine'];
    expect(page).toContain(`\`docker compose ps\` shows ${words[count() - 4]} services`);
    expect(page).toContain(`\`docker compose ps\` shows ${words[count('monitoring') - 4]} services`);
  });

  // The second one has a container and an image of its own, which would keep the passes and the version before.
  it('changes and builds every server, never the first one alone', () => {
    const servers = Object.keys(compose.services).filter((name) => compose.services[name]?.build);
    expect(servers).toEqual(['signal', 'signal-2']);
    const commands = [...page.matchAll(/docker compose (up|build)( [a-z0-9 -]+)?/g)];
    const named = commands.map(([, , words = '']) =>
      words.split(' ').filter((word) => servers.includes(word)),
    );
    expect(named.length).toBeGreaterThan(5);
    for (const names of named) expect(['', servers.join()]).toContain(names.join());
  });

  it('explains every alert, and none that does not ring', () => {
    const { groups } = parse(read('signal/monitoring/alerts.yml')) as {
      groups: { rules: { alert: string }[] }[];
    };
    const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    expect(table('alert').map(([name]) => bare(name))).toEqual(alerts);
  });

  it('says which of the limits bind first as they are', () => {
    const { socketsPerAddress, mailboxBytes, mailboxEnvelopes } = LIMITS;
    const grouped = (count: number) => count.toLocaleString('en-US');
    expect(page).toContain(`may hold ${socketsPerAddress} of them`);
    expect(page).toContain(
      `at most ${mailboxBytes / 2 ** 20} MiB and ${grouped(mailboxEnvelopes)} envelopes for one mailbox`,
    );
    const { nofile } = compose.services.signal?.ulimits ?? { nofile: 0 };
    expect(page).toContain(`file descriptors of the container (${grouped(nofile)},`);
  });

  // Compose leaves a profile's containers as they are when it is no longer asked for the profile: a second server would go on
  // taking mail for a Redis that the first one does not ask.
  it('goes back to one server by stopping both while the profile is still named', () => {
    const back = page.slice(page.indexOf('**Back to one server'), page.indexOf('\nOn several machines, '));
    expect(back.indexOf('`docker compose down`')).toBeGreaterThan(0);
    expect(back.indexOf('`docker compose down`')).toBeLessThan(back.indexOf('take the two lines out'));
  });

  it('upgrades what Compose mounts out of the repository too, whose changes it does not see by itself', () => {
    expect(composeText).toMatch(/^ +- \.\/(?:turn|signal)\//m);
    const upgrade = page.slice(page.indexOf('\n## Upgrade'), page.indexOf('\n## Watching'));
    expect(upgrade.match(/^docker compose up .*$/m)?.[0]).toContain(' --force-recreate');
  });

  it('says how long Loki and Prometheus keep what they have', () => {
    const loki = parse(read('signal/monitoring/loki.yml')) as {
      compactor: { retention_enabled: boolean };
      limits_config: { retention_period: string };
    };
    expect(page).toContain('Loki a week');
    // Without the compactor nothing ever goes.
    expect(loki.compactor.retention_enabled).toBe(true);
    expect(loki.limits_config.retention_period).toBe(`${7 * 24}h`);
    const prometheus = compose.services.prometheus?.command ?? [];
    expect(page).toContain('Prometheus keeps 30 days or 5 GB');
    for (const limit of ['time=30d', 'size=5GB'])
      expect(prometheus).toContain(`--storage.tsdb.retention.${limit}`);
  });

  it('sends nobody to a section that is not there', () => {
    const titles = [...page.matchAll(/^##+ (.+)$/gm)].map(([, title]) => title);
    const named = [...page.matchAll(/(?:see |: |\()"([A-Z][^"]+?),?"/g)].map(([, title]) => title);
    expect(named.length).toBeGreaterThan(5);
    for (const title of named) expect(titles).toContain(title);
  });
});
