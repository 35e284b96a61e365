/** Other processes as the bench sees them: what they used of a processor and of memory, as Linux says it. */
import { execFile, fork, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const END_WITH_PARENT = new URL('../launch/end-with-parent.mjs', import.meta.url).href;

/**
 * Seconds of a processor that a process has used, in its own code and in the system's for it, by the scheduler's
 * nanoseconds (the usual clock ticks in hundredths of a second).
 *
 * @param {number} pid
 */
export function cpuSeconds(pid) {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    } catch {
      // A thread that has just ended.
    }
  }
  return nanoseconds / 1e9;
}

/**
 * Bytes of memory that are the process's own: neither shared libraries nor pages of files, which the system takes back.
 *
 * @param {number} pid
 */
export function ownMemory(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss_Anon:\s+(\d+)/m.exec(rollup)?.[1]) * 1024;
}

/** A port that is free now. @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/**
 * A server of this folder that says `listening`.
 *
 * @param {string} file
 */
export async function startReference(file) {
  const port = await freePort();
  const child = spawn(process.execPath, ['--import', END_WITH_PARENT, join(import.meta.dirname, file)], {
    env: { PATH: process.env.PATH, PORT: String(port) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', resolve);
  });
  return { port, pid: child.pid ?? 0, stop: () => void child.kill('SIGKILL') };
}

/** The peer is installed for the bench only, from its own lockfile. */
export async function installPeers() {
  const peers = join(import.meta.dirname, 'peers');
  if (existsSync(join(peers, 'node_modules', 'peer'))) return;
  await promisify(execFile)('npm', ['ci', '--prefix', peers, '--no-audit', '--no-fund'], { cwd: peers });
}

/** A load generator: a process of its own that does what it is told, one thing at a time. */
export class Generator {
  #child = fork(join(import.meta.dirname, 'generator.mjs'), [], { serialization: 'advanced' });

  get pid() {
    return this.#child.pid ?? 0;
  }

  /**
   * @template {keyof import('./generator.mjs').Jobs} Name
   * @param {Name} job
   * @param {Parameters<import('./generator.mjs').Jobs[Name]>[0]} options
   * @returns {Promise<Awaited<ReturnType<import('./generator.mjs').Jobs[Name]>>>}
   */
  do(job, options) {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error('the load generator ended'));
      this.#child.once('exit', ended);
      this.#child.once('message', (/** @type {any} */ { result, error }) => {
        this.#child.off('exit', ended);
        if (error === undefined) resolve(result);
        else reject(new Error(`the load generator: ${error}`));
      });
      this.#child.send({ job, options });
    });
  }

  stop() {
    this.#child.kill('SIGKILL');
  }
}

/** @param {readonly number[]} values */
export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
