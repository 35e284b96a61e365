/**
 * Makes what is missing be there: npm's packages anywhere, browsers, coturn, Redis and Valkey from the system's packages only as
 * root on Debian or Ubuntu. Safe to run again and again, and by several commands and clones at once.
 */
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withBackports } from './backports.mjs';
import { withLock } from './lock.mjs';
import { asideFolder, root } from './paths.mjs';
import { run } from './processes.mjs';
import { findBrowser, findProgram } from './programs.mjs';
import { say, task, yellow } from './say.mjs';

/** Installing and building in this clone happen under this one lock. */
export const cloneLock = join(asideFolder, 'lock');

/** @typedef {'chromium' | 'firefox' | 'turnserver' | 'caddy' | 'promtool' | 'redis-server' | 'valkey-server' | 'tcpdump' | 'ip' | 'nft' | 'eprover'} Program */

/**
 * @typedef {object} ProgramFacts
 * @property {string} name as people call it
 * @property {readonly string[]} packages of Debian and Ubuntu, the first that there is is taken
 * @property {string} [service] what the package would keep running
 * @property {boolean} [backports] whether there are releases of Debian that have it in their backports only
 * @property {() => unknown} find
 */

/** @type {Readonly<Record<Program, ProgramFacts>>} */
const PROGRAMS = {
  chromium: {
    name: 'Chromium or Chrome',
    packages: ['chromium', 'chromium-browser'],
    find: () => findBrowser('chromium'),
  },
  firefox: { name: 'Firefox', packages: ['firefox-esr', 'firefox'], find: () => findBrowser('firefox') },
  turnserver: {
    name: 'coturn',
    packages: ['coturn'],
    service: 'coturn',
    find: () => findProgram('turnserver'),
  },
  promtool: {
    name: 'promtool',
    packages: ['prometheus'],
    service: 'prometheus',
    find: () => findProgram('promtool'),
  },
  caddy: { name: 'Caddy', packages: ['caddy'], service: 'caddy', find: () => findProgram('caddy') },
  eprover: { name: 'the E theorem prover', packages: ['eprover'], find: () => findProgram('eprover') },
  tcpdump: { name: 'tcpdump', packages: ['tcpdump'], find: () => findProgram('tcpdump') },
  ip: { name: 'ip', packages: ['iproute2'], find: () => findProgram('ip') },
  nft: { name: 'nft', packages: ['nftables'], find: () => findProgram('nft') },
  'redis-server': {
    name: 'Redis',
    packages: ['redis-server'],
    service: 'redis-server',
    find: () => findProgram('redis-server'),
  },
  'valkey-server': {
    name: 'Valkey',
    packages: ['valkey-server'],
    service: 'valkey-server',
    backports: true,
    find: () => findProgram('valkey-server'),
  },
};

/** @param {Program} program */
export const programName = (program) => PROGRAMS[program].name;

/**
 * @param {readonly Program[]} wanted
 * @returns {Program[]} those that are not there
 */
export function missingPrograms(wanted) {
  return wanted.filter((program) => PROGRAMS[program].find() === undefined);
}

/**
 * @typedef {object} Lockfile
 * @property {Record<string, { version?: string, resolved?: string, optional?: boolean, link?: boolean }>} packages
 */

/**
 * Whether `node_modules` holds what the lockfile says. npm keeps its own account of what it has installed and writes
 * it last, so an installation that was cut short shows, and one that somebody made by hand counts.
 */
export function packagesAreInstalled() {
  /** @type {Lockfile} */
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  /** @type {Lockfile} */
  let present;
  try {
    present = JSON.parse(readFileSync(join(root, 'node_modules', '.package-lock.json'), 'utf8'));
  } catch {
    return false;
  }
  return Object.entries(wanted.packages).every(([path, { version, optional }]) => {
    if (!path.includes('node_modules/')) return true;
    const found = present.packages[path];
    // Optional ones are for other systems, mostly.
    return found === undefined ? optional === true : found.version === version;
  });
}

/** npm as a program and its first arguments, also where it is a script that only a shell could start. */
function npm() {
  const script = process.env.npm_execpath;
  if (script?.endsWith('.js')) return { command: process.execPath, first: [script], shell: false };
  return { command: 'npm', first: [], shell: process.platform === 'win32' };
}

/** Installs npm's packages if any is missing. Call it under {@link cloneLock}. Throws with npm's words. */
async function installPackages() {
  if (packagesAreInstalled()) return;
  await task('Installing the npm packages', async (progress) => {
    const { command, first, shell } = npm();
    const env = { ...process.env, npm_config_loglevel: 'http' };
    const { code, output } = await run(command, [...first, 'ci', '--no-audit', '--no-fund'], {
      cwd: root,
      env,
      shell,
      onLine: (line) => progress(line.replace(/^npm (http )?(fetch )?/, '').replace(/https?:\/\/\S*\//, '')),
    });
    if (code !== 0)
      throw new Error(
        `npm ci failed:\n${output
          .split('\n')
          .filter((line) => !line.startsWith('npm http'))
          .slice(-20)
          .join('\n')}`,
      );
  });
}

/** @returns {boolean} whether this is Debian or Ubuntu (or made from them) and we are root */
function mayInstallPrograms() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    const release = readFileSync('/etc/os-release', 'utf8');
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release) && existsSync('/usr/bin/apt-get');
  } catch {
    return false;
  }
}

const APT_ENVIRONMENT = {
  ...process.env,
  DEBIAN_FRONTEND: 'noninteractive',
  // Packages of services start them unless the system is in single-user mode: this is how they are told so.
  RUNLEVEL: '1',
};

/** @param {readonly string[]} args @param {(line: string) => void} onLine */
function aptGet(args, onLine) {
  return run('apt-get', ['-q', '-y', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    env: APT_ENVIRONMENT,
    onLine,
  });
}

/**
 * Whether the system offers a package that is the program itself: Ubuntu's `chromium-browser` and `firefox` only
 * fetch a snap, which works in no container and, for tests, nowhere.
 *
 * @param {string} name
 * @param {readonly string[]} settings of apt
 */
async function isOffered(name, settings) {
  const { code, output } = await run('apt-cache', [...settings, 'show', '--no-all-versions', name]);
  return code === 0 && /^Version:/m.test(output) && !/^Version:.*snap/m.test(output);
}

/**
 * Installs what is missing where that is ours to do; where it is not, says in one line what is missing.
 *
 * @param {readonly Program[]} wanted
 * @returns {Promise<Program[]>} those that are still missing
 */
async function installPrograms(wanted) {
  const missing = missingPrograms(wanted);
  if (missing.length === 0) return [];
  if (mayInstallPrograms()) {
    const lock = join(existsSync('/run/lock') ? '/run/lock' : tmpdir(), 'aside-system-packages.lock');
    // Two clones may want the same packages at the same time.
    await withLock(lock, () => installFromSystem(missingPrograms(wanted)));
  }
  const still = missingPrograms(wanted);
  if (still.length > 0) say(yellow(`  ! Missing: ${still.map(programName).join(', ')}`));
  return still;
}

/** @param {readonly Program[]} missing */
async function installFromSystem(missing) {
  if (missing.length === 0) return;
  const names = missing.map(programName).join(', ');
  await task(`Installing ${names} from the system's packages`, async (progress) => {
    await aptGet(['update'], progress);
    for (const program of missing) {
      const facts = PROGRAMS[program];
      await installOne(facts, [], progress);
      if (facts.backports && facts.find() === undefined) {
        await withBackports(async (settings) => {
          await aptGet([...settings, 'update'], progress);
          await installOne(facts, settings, progress);
        });
      }
      await stopService(facts.service);
    }
  });
}

/**
 * @param {ProgramFacts} facts
 * @param {readonly string[]} settings of apt
 * @param {(line: string) => void} progress
 */
async function installOne({ packages }, settings, progress) {
  for (const name of packages) {
    if (!(await isOffered(name, settings))) continue;
    const args = [...settings, 'install', '--no-install-recommends', name];
    const { code, output } = await aptGet(args, progress);
    if (code === 0) return;
    say(yellow(`  ! ${name}: ${output.trim().split('\n').at(-1) ?? ''}`));
  }
}

/**
 * The package that we have just installed may have started a service of its own; we start ours when we need it.
 *
 * @param {string | undefined} service
 */
async function stopService(service) {
  if (service === undefined || !existsSync('/run/systemd/system')) return;
  await run('systemctl', ['disable', '--now', service]);
}

/**
 * Installs npm's packages and the wanted programs.
 *
 * @param {readonly Program[]} wanted
 * @returns {Promise<Program[]>} the programs that could not be had; a line has said so
 */
export async function install(wanted) {
  await withLock(cloneLock, installPackages, (owner) =>
    say(`  … Another command (process ${owner}) is installing or building in this clone; waiting for it`),
  );
  return await installPrograms(wanted);
}
