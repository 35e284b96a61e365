/** docker-compose.yml, read as Compose reads it. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export const root = new URL('../../', import.meta.url);
export const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
export const text = read('docker-compose.yml');

export interface Mount {
  type: 'bind' | 'volume';
  source: string;
  target: string;
  readOnly: boolean;
}
export type Entry = Record<string, unknown>;
interface Compose {
  services: Record<string, Entry>;
  networks: Record<string, { internal?: boolean } | null>;
  volumes: Record<string, Entry | null>;
}

export const compose = parse(text, { merge: true }) as Compose;
export const services = Object.entries(compose.services);
export const service = (name: string): Entry => compose.services[name] ?? {};

/** Both ways of writing a mount, as one. */
export function mounts(name: string): Mount[] {
  const list = (service(name).volumes ?? []) as (string | Entry)[];
  return list.map((mount) => {
    if (typeof mount !== 'string') {
      const { type, source, target, read_only } = mount as Entry & Mount & { read_only?: boolean };
      return { type, source, target, readOnly: read_only === true };
    }
    const [source = '', target = '', mode] = mount.split(':');
    return { type: source.startsWith('.') ? 'bind' : 'volume', source, target, readOnly: mode === 'ro' };
  });
}

/** Services of a profile; those without one are what `docker compose up` runs. */
export const inProfile = (profile?: string) =>
  services
    .filter(([, { profiles }]) =>
      profile === undefined ? profiles === undefined : String(profiles) === profile,
    )
    .map(([name]) => name);

export const environment = (name: string) => (service(name).environment ?? {}) as Record<string, string>;
