/**
 * Two networks of their own with a third in the middle, so that every packet between two browsers can be seen. Needs root
 * on Linux, iproute2 and tcpdump. Run as a program it is what goes on in the middle, and prints what it saw as JSON:
 *
 *     ip netns exec MIDDLE node namespaces.mjs PREFIX FOLDER
 *
 * or, in somebody's own network, what carries connections between it and the middle:
 *
 *     ip netns exec WHO node namespaces.mjs PREFIX FOLDER WHO PORT-OF-THE-SERVER
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { launch } from '../launch/browsers.mjs';
import { meet, Person, until } from '../launch/conversation.mjs';
import { outputs } from '../launch/paths.mjs';
import { startServices } from '../launch/services.mjs';

export const ADDRESSES = { middle: '10.77.0.1', alice: '10.77.0.2', bob: '10.77.0.3' };

/** Packets straight from one to the other, as they are noted. */
export const BETWEEN = [`${ADDRESSES.alice} > ${ADDRESSES.bob}`, `${ADDRESSES.bob} > ${ADDRESSES.alice}`];

/** @typedef {'alice' | 'bob'} Who */
/** @typedef {{ told: Record<Who, string[]>, pairs: string[] }} Seen what each was told of the other, and who sent packets to whom */
/** @typedef {{ untilAccepted: Seen, nobody: Seen, accepted: Seen }} Report */

const SELF = fileURLToPath(import.meta.url);
const WHO = /** @type {const} */ (['alice', 'bob']);
/** One of each kind: what is told by one is read by the other. */
const BROWSERS = /** @type {const} */ ({ alice: 'chromium', bob: 'firefox' });
/** Where Firefox is driven: in networks of our own every port is free. */
const DRIVEN_AT = { host: '127.0.0.1', port: 9222 };

/** @param {readonly string[]} words */
const ip = (...words) => execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });

/** @param {string} prefix @param {Who | 'middle'} which */
const space = (prefix, which) => `${prefix}-${which}`;

/**
 * Makes the three networks, runs the conversation in them and takes them away again.
 *
 * @returns {Promise<Report>}
 */
export async function holdConversation() {
  const prefix = `aside${process.pid}`;
  const spaces = /** @type {const} */ (['middle', ...WHO]).map((which) => space(prefix, which));
  const folder = mkdtempSync(join(tmpdir(), 'aside-networks-'));
  const watcher = endWithUs(spaces, folder);
  try {
    for (const name of spaces) ip('netns', 'add', name);
    layOut(prefix);
    const inside = spawn(...within(prefix, 'middle', folder), { stdio: ['ignore', 'pipe', 'inherit'] });
    let words = '';
    inside.stdout.setEncoding('utf8').on('data', (text) => {
      words += text;
    });
    const code = await new Promise((resolve) => inside.once('close', resolve));
    if (code !== 0) throw new Error(`the conversation in its own networks ended with ${code}`);
    return JSON.parse(words);
  } finally {
    for (const name of spaces) {
      try {
        ip('netns', 'delete', name);
      } catch {
        // Not made, then.
      }
    }
    rmSync(folder, { recursive: true, force: true });
    watcher.kill('SIGKILL');
  }
}

/**
 * Ends whatever runs in the networks and takes them away when this process ends, however that happens: a test that took too
 * long, a worker that was killed. A watcher holds the other end of a pipe of ours. Who takes all of it away ends the watcher.
 *
 * @param {readonly string[]} spaces
 * @param {string} folder
 */
function endWithUs(spaces, folder) {
  const script = `cat >/dev/null; folder=$1; shift
    for space; do ip netns pids "$space" | xargs -r kill -9; done
    for space; do ip netns delete "$space"; done
    rm -rf "$folder"`;
  const watcher = spawn('sh', ['-c', script, 'sh', folder, ...spaces], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // A group of its own: what interrupts us at the terminal would end it before it has done its part.
    detached: true,
  });
  watcher.unref();
  /** @type {import('node:net').Socket} */ (watcher.stdin).unref();
  return watcher;
}

/**
 * How this program is run in one of the networks.
 *
 * @param {string} prefix
 * @param {Who | 'middle'} which
 * @param {readonly string[]} words
 * @returns {[string, string[]]}
 */
function within(prefix, which, ...words) {
  return ['ip', ['netns', 'exec', space(prefix, which), process.execPath, SELF, prefix, ...words]];
}

/** A bridge in the middle, and a line to each of the two. @param {string} prefix */
function layOut(prefix) {
  const middle = space(prefix, 'middle');
  ip('-n', middle, 'link', 'set', 'lo', 'up');
  ip('-n', middle, 'link', 'add', 'bridge', 'type', 'bridge');
  ip('-n', middle, 'address', 'add', `${ADDRESSES.middle}/24`, 'dev', 'bridge');
  ip('-n', middle, 'link', 'set', 'bridge', 'up');
  for (const who of WHO) {
    const name = space(prefix, who);
    ip('-n', middle, 'link', 'add', who, 'type', 'veth', 'peer', 'name', 'line', 'netns', name);
    ip('-n', middle, 'link', 'set', who, 'master', 'bridge', 'up');
    ip('-n', name, 'link', 'set', 'lo', 'up');
    ip('-n', name, 'address', 'add', `${ADDRESSES[who]}/24`, 'dev', 'line');
    ip('-n', name, 'link', 'set', 'line', 'up');
    ip('-n', name, 'route', 'add', 'default', 'via', ADDRESSES.middle);
  }
}

/** @typedef {{ host: string, port: number } | { path: string }} Place a port, or a socket in the file system, which all networks share */

/** Carries every connection to one place to another. @param {Place} from @param {Place} to */
function carry(from, to) {
  const server = createServer((near) => {
    const far = connect(to);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ]) {
      one?.on('error', () => other?.destroy());
      if (other) one?.pipe(other);
    }
  });
  return new Promise((done) => server.listen(from, () => done(server)));
}

/** By what a browser is driven that stands in somebody's own network. @param {string} folder @param {Who} who @returns {Place} */
const drivenBy = (folder, who) => ({ path: join(folder, who) });

/** Notes from now on who sends packets to whom on somebody's line. @param {Who} who @param {Set<string>} pairs */
async function capture(who, pairs) {
  const dump = spawn('tcpdump', ['-i', who, '-n', '-l', '-q', '--immediate-mode', 'ip or ip6'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  createInterface({ input: dump.stdout }).on('line', (line) => {
    const [, from, to] = / IP6? (\S+) > (\S+):/.exec(line) ?? [];
    if (from !== undefined && to !== undefined) pairs.add(`${host(from)} > ${host(to)}`);
  });
  await new Promise((ready, failed) => {
    dump.once('error', failed);
    dump.once('close', () => failed(new Error('tcpdump ended')));
    dump.stderr.on('data', (text) => String(text).includes('listening on') && ready(undefined));
  });
  return dump;
}

/** The address without its port. @param {string} end */
const host = (end) => (end.includes(':') ? end : end.split('.').slice(0, 4).join('.'));

/**
 * Runs in an engine's page, or in one that can reach it as Firefox's can: notes every word of the other's that reaches
 * the browser's connections.
 */
function noteWhatIsTold() {
  const here = /** @type {{ browser?: { extension?: { getBackgroundPage?: () => Window } } }} */ (globalThis);
  const engine = here.browser?.extension?.getBackgroundPage?.() ?? globalThis;
  /** @type {string[]} */
  const told = [];
  /** @type {{ asideTold?: string[] }} */ (globalThis).asideTold = told;
  const { prototype } = /** @type {typeof globalThis} */ (engine).RTCPeerConnection;
  const { addIceCandidate, setRemoteDescription } = prototype;
  /** @param {RTCIceCandidateInit} candidate */
  prototype.addIceCandidate = function (candidate) {
    told.push(candidate.candidate ?? '');
    return Reflect.apply(addIceCandidate, this, [candidate]);
  };
  /** @param {RTCSessionDescriptionInit} description */
  prototype.setRemoteDescription = function (description) {
    told.push(...(description.sdp ?? '').split('\r\n').filter((line) => /^(a=candidate|c=)/.test(line)));
    return Reflect.apply(setRemoteDescription, this, [description]);
  };
}

/** Runs in the same page: what was noted so far, which is then forgotten. */
function takeWhatWasTold() {
  return /** @type {{ asideTold?: string[] }} */ (globalThis).asideTold?.splice(0) ?? [];
}

/**
 * Where it can be heard what somebody's engine is told: in Chromium an offscreen page, in Firefox its background, which
 * no driver opens and every page of the extension reaches.
 *
 * @param {Person} person
 */
async function listeningPost({ browser: { browser, kind }, page }) {
  if (kind === 'firefox') return page;
  const target = await until('the engine', async () =>
    browser.targets().find((one) => one.type() === 'background_page'),
  );
  return target.asPage();
}

/** What goes on in the middle. @param {string} prefix @param {string} folder @returns {Promise<Report>} */
async function converse(prefix, folder) {
  const services = await startServices();
  const port = Number(new URL(services.server).port);
  const driven = WHO.filter((who) => BROWSERS[who] === 'firefox');
  const carried = /** @type {import('node:net').Server[]} */ (
    await Promise.all([
      // Only loopback is fine without TLS: each has the server on their own.
      carry({ host: ADDRESSES.middle, port }, { host: '127.0.0.1', port }),
      ...driven.map((who) => carry(DRIVEN_AT, drivenBy(folder, who))),
    ])
  );
  const helpers = WHO.map((who) =>
    spawn(...within(prefix, who, folder, who, String(port)), { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  // Each says so when it carries.
  await Promise.all(helpers.map((helper) => once(helper.stdout, 'data')));
  /** @type {Set<string>} */
  const pairs = new Set();
  const dumps = await Promise.all(WHO.map((who) => capture(who, pairs)));
  const browsers = await Promise.all(
    WHO.map((who) =>
      launch({
        within: ['ip', 'netns', 'exec', space(prefix, who)],
        ...(driven.includes(who)
          ? {
              browser: 'firefox',
              extension: outputs.firefox,
              args: [`--remote-debugging-port=${DRIVEN_AT.port}`],
            }
          : { browser: 'chromium', extension: outputs.chrome }),
      }),
    ),
  );
  try {
    const [atAlice, atBob] = browsers;
    if (!atAlice || !atBob) throw new Error('Two browsers are needed.');
    const both = await Promise.all([Person.arrive('Alice', atAlice), Person.arrive('Bob', atBob)]);
    const [alice, bob] = both;
    const engines = await Promise.all(both.map(listeningPost));
    await Promise.all(engines.map((engine) => engine.evaluate(noteWhatIsTold)));
    const seen = async () => {
      const [toAlice = [], toBob = []] = await Promise.all(
        engines.map((engine) => engine.evaluate(takeWhatWasTold)),
      );
      const now = { told: { alice: toAlice, bob: toBob }, pairs: [...pairs] };
      pairs.clear();
      return now;
    };
    await meet(alice, bob, services.server);
    await Promise.all(both.map((person) => person.waitForConnection(['relayed'])));
    const untilAccepted = await seen();
    await Promise.all(both.map((person) => person.connectWith('nobody')));
    await Promise.all([alice.openConversation('Bob'), bob.openConversation('Alice')]);
    await alice.send('Can you hear me?');
    await bob.waitForMessage('Can you hear me?');
    await bob.send('I can.');
    await alice.waitForMessage('I can.');
    await Promise.all(both.map((person) => person.waitForConnection(['relayed'])));
    const nobody = await seen();
    await Promise.all(both.map((person) => person.connectWith('accepted')));
    await Promise.all([alice.openConversation('Bob'), bob.openConversation('Alice')]);
    await Promise.all(both.map((person) => person.waitForConnection(['direct'])));
    // Who watches the line tells of a packet a little after it.
    await until('packets between the two', async () => BETWEEN.every((pair) => pairs.has(pair)));
    return { untilAccepted, nobody, accepted: await seen() };
  } finally {
    await Promise.all(browsers.map((browser) => browser.close()));
    for (const child of [...dumps, ...helpers]) child.kill();
    for (const server of carried) server.close();
    await services.stop();
  }
}

if (process.argv[1] === SELF) {
  const [, , prefix = '', folder = '', who, port] = process.argv;
  if (who === 'alice' || who === 'bob') {
    // In somebody's own network the server's port leads to the middle.
    const server = { host: '127.0.0.1', port: Number(port) };
    await carry(server, { ...server, host: ADDRESSES.middle });
    await carry(drivenBy(folder, who), DRIVEN_AT);
    process.stdout.write('carrying\n');
  } else {
    const report = await converse(prefix, folder);
    process.stdout.write(JSON.stringify(report), () => process.exit(0));
  }
}
