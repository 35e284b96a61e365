import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of so many bytes that is a test's own, and which the test can fill. */
export interface SmallDisk {
  readonly path: string;
  freeBytes(): number;
  /** Takes all that is free, as another program would. */
  fill(): void;
  /** Gives that back. */
  clear(): void;
  close(): Promise<void>;
}

/**
 * A tmpfs within a mount namespace of its own: nothing else sees it, and it goes with the process that holds it.
 * Everybody reaches it through that process. As root, or where users may make namespaces.
 */
export async function mountSmallDisk(bytes: number): Promise<SmallDisk> {
  const point = mkdtempSync(join(tmpdir(), 'aside-disk-'));
  const holder = (await hold('-m', point, bytes)) ?? (await hold('-rm', point, bytes));
  if (holder === undefined) {
    rmSync(point, { recursive: true });
    throw new Error(
      'no small disk: `unshare -m` is allowed neither to this user nor to a namespace of its own',
    );
  }
  const path = `/proc/${holder.pid}/root${point}`;
  const ballast = join(path, 'ballast');
  const freeBytes = () => {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  };
  return {
    path,
    freeBytes,
    fill() {
      const file = openSync(ballast, 'a');
      for (const size of [1 << 20, 4096, 1]) while (wrote(file, size));
      closeSync(file);
    },
    clear: () => rmSync(ballast, { force: true }),
    async close() {
      const gone = new Promise((resolve) => holder.once('exit', resolve));
      holder.kill('SIGKILL');
      await gone;
      rmSync(point, { recursive: true, force: true });
    },
  };
}

/** The process that holds the mount; nothing where it is not allowed to. */
async function hold(how: string, point: string, bytes: number): Promise<ChildProcess | undefined> {
  // `cat` ends with its input, and so with us.
  const script = 'mount -t tmpfs -o size="$2",mode=0700 none "$1" && echo mounted && exec cat >/dev/null';
  const holder = spawn('unshare', [how, 'sh', '-c', script, 'sh', point, String(bytes)], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return new Promise((resolve) => {
    holder.stdout?.once('data', () => resolve(holder));
    holder.once('error', () => resolve(undefined));
    holder.once('exit', () => resolve(undefined));
  });
}

function wrote(file: number, size: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(size)) > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}
