import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Ends a program that a test started when this process ends, however that happens: a hook that failed, a worker that was
 * killed. A watcher holds the other end of a pipe of ours. `directory` is removed then, too; the test does both by itself
 * where it comes to that.
 */
export function endWithUs(child: ChildProcess, directory = ''): void {
  if (child.pid === undefined) return;
  const script = 'cat >/dev/null; kill -9 "$1"; [ -z "$2" ] || rm -rf "$2"';
  const watcher = spawn('sh', ['-c', script, 'sh', String(child.pid), directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // A group of its own: what interrupts us at the terminal would end it before it has done its part.
    detached: true,
  });
  watcher.unref();
  (watcher.stdin as Socket).unref();
  // Whoever is gone leaves its number to somebody else.
  child.once('exit', () => watcher.kill('SIGKILL'));
}
