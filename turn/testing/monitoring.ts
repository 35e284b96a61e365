/** What monitors, as its programs read it: the files of signal/monitoring, and the real promtool. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const folder = fileURLToPath(new URL('../../signal/monitoring/', import.meta.url));
export const read = (path: string) => readFileSync(join(folder, path), 'utf8');

export interface Panel {
  id: number;
  title: string;
  type: string;
  targets: { expr: string; legendFormat?: string; datasource: { uid: string } }[];
}

export const dashboards = readdirSync(join(folder, 'grafana/dashboards')).map(
  (name) => JSON.parse(read(`grafana/dashboards/${name}`)) as { uid: string; panels: Panel[] },
);

const run = promisify(execFile);

/** Runs promtool in a directory; rejects with what it found wrong. */
export async function runPromtool(directory: string, ...args: string[]): Promise<string> {
  try {
    const { stdout } = await run(process.env.ASIDE_PROMTOOL ?? 'promtool', args, { cwd: directory });
    return stdout;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new Error(
        'promtool is not installed: apt-get install prometheus (the rules are tried with the real one)',
      );
    throw error;
  }
}
