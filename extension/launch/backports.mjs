/**
 * Debian's backports for the while of one installation, where a release came out before a program did. They come from the
 * mirror that the machine is set up with and are held to Debian's own keys. The machine's sources and lists stay as they
 * are, and nothing comes from backports that the release itself has: apt ranks them below it.
 */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './processes.mjs';

const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';
const SOURCES = '/etc/apt/sources.list';

/**
 * @param {(settings: readonly string[]) => Promise<void>} work is given what apt-get and apt-cache have to be told; it
 *   has to begin with `update`, as the lists are empty. Not called where there is no mirror of Debian.
 */
export async function withBackports(work) {
  const mirror = await debianMirror();
  if (mirror === undefined) return;
  const folder = mkdtempSync(join(tmpdir(), 'aside-backports-'));
  try {
    // apt fetches as a user who may do less.
    chmodSync(folder, 0o755);
    const [sources, lists] = [join(folder, 'sources.list'), join(folder, 'lists')];
    // It makes only its own directories.
    mkdirSync(join(lists, 'partial'), { recursive: true });
    const own = `deb [signed-by=${KEYS}] ${mirror.uri} ${mirror.release}-backports main`;
    writeFileSync(sources, `${textOf(SOURCES)}\n${own}\n`);
    const settings = [
      `Dir::Etc::sourcelist=${sources}`,
      `Dir::State::lists=${lists}`,
      // What apt knows of the machine's own lists stays with these.
      'Dir::Cache::pkgcache=',
      'Dir::Cache::srcpkgcache=',
    ];
    await work(settings.flatMap((setting) => ['-o', setting]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where the machine has its Debian from, by its own lists; nothing on Ubuntu and others. */
async function debianMirror() {
  const format = '$(ORIGIN)|$(LABEL)|$(CODENAME)|$(REPO_URI)';
  const { output } = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']);
  const [, release, uri] = /^Debian\|Debian\|([a-z]+)\|(\S+)$/m.exec(output) ?? [];
  return release === undefined || uri === undefined ? undefined : { release, uri };
}

/** @param {string} path */
function textOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
