/**
 * Child processes, and the promise that none outlives us: whatever is started here, and whatever registers with
 * {@link atEnd}, has ended when this process has, by Ctrl-C, by a failure or by having done its work.
 */
import { spawn } from 'node:child_process';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
/** @type {Set<() => unknown>} */
const endings = new Set();

/** How long what we started may take to end well before it is killed. */
const GRACE_MILLISECONDS = 5_000;

/**
 * Has `ending` run when this process ends; the last registered runs first.
 *
 * @param {() => unknown} ending may give a promise, which Ctrl-C waits for (bounded)
 * @returns {() => void} takes it back
 */
export function atEnd(ending) {
  watchForTheEnd();
  endings.add(ending);
  return () => endings.delete(ending);
}

/**
 * Sends a signal to a child and to all that it started. Children lead a process group of their own (not on Windows).
 *
 * @param {number | undefined} pid
 * @param {NodeJS.Signals} signal
 */
export function signalGroup(pid, signal) {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // It has ended already, which is all that was wanted.
  }
}

/**
 * Starts a child in a process group of its own, without a terminal, that ends with us.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, shell?: boolean }} [options]
 * @returns {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, import('node:stream').Readable>}
 */
export function start(command, args, options = {}) {
  watchForTheEnd();
  const child = spawn(command, [...args], {
    ...options,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  running.add(child);
  child.once('error', () => running.delete(child));
  child.once('exit', () => running.delete(child));
  return child;
}

/**
 * Runs a program to its end.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, shell?: boolean, onLine?: (line: string) => void }} [options]
 * @returns {Promise<{ code: number, output: string }>} both outputs as they came; 127 if it could not be started
 */
export function run(command, args, { onLine, ...options } = {}) {
  return new Promise((done) => {
    const child = start(command, args, options);
    let output = '';
    let rest = '';
    const take = (/** @type {string} */ text) => {
      output += text;
      if (!onLine) return;
      const lines = (rest + text).split(/\r?\n|\r/);
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') onLine(line);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.once('error', (error) => done({ code: 127, output: `${output}${error.message}\n` }));
    child.once('close', (code, signal) => {
      if (rest.trim() !== '') onLine?.(rest);
      done({ code: code ?? (signal ? 128 : 1), output });
    });
  });
}

/** @type {Promise<void> | undefined} */
let ended;

/**
 * Ends all that was started and registered; gives up waiting after a few seconds. Who asks while that goes on waits for
 * the same end: what Ctrl-C ends also makes the main work come to its end, which must not exit before the rest has.
 */
export function endAll() {
  ended ??= endEverything();
  return ended;
}

async function endEverything() {
  const all = [...endings].reverse();
  endings.clear();
  const done = (async () => {
    for (const ending of all) {
      try {
        await ending();
      } catch {
        // The others still have to end.
      }
    }
    const children = [...running];
    for (const child of children) signalGroup(child.pid, 'SIGTERM');
    await Promise.all(children.map((child) => new Promise((gone) => child.once('exit', gone))));
  })();
  await Promise.race([done, new Promise((late) => setTimeout(late, GRACE_MILLISECONDS).unref())]);
  killAll();
}

function killAll() {
  for (const child of running) signalGroup(child.pid, 'SIGKILL');
}

let watching = false;

function watchForTheEnd() {
  if (watching) return;
  watching = true;
  /** @type {ReadonlyArray<readonly [NodeJS.Signals, number]>} */
  const signals = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ];
  for (const [signal, code] of signals) {
    let asked = false;
    process.on(signal, () => {
      // A second Ctrl-C does not wait for the first one's courtesy.
      if (asked) {
        killAll();
        process.exit(code);
      }
      asked = true;
      void endAll().then(() => process.exit(code));
    });
  }
  process.on('exit', () => {
    for (const ending of [...endings].reverse()) {
      try {
        void ending();
      } catch {
        // Nothing can be said any more.
      }
    }
    killAll();
  });
}
