import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secondsFromNow } from './testing/coturn.ts';
import { putDouble } from './testing/doubles.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

/**
 * What secrets.sh and keeper.sh do where things go wrong, in which order, and what they leave alone: with a double for
 * turnadmin, whose database can be busy. rotation.test.ts has the real one.
 */
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'aside-secrets-'));
  mkdirSync(join(directory, 'run'));
  mkdirSync(join(directory, 'shared'));
  // A database is a line that is its head, and a secret a line. `busy` says how many
  // writes are lost, of one secret or of any, each in silence.
  program(
    'turnadmin',
    `for database; do :; done
    touch "/tmp/turn_$$_today.log" "./turn_$$_today.log"
    echo $$ >>"$BESIDE/processes"
    [ "$1" != -S ] || { sed '1d; s/$/[chat.example.org]/' "$database"; exit 0; }
    echo "$1 $2 while $(sed -n 1p "$TURN_SECRET_FILE")" >>"$BESIDE/writes"
    for lost in "$BESIDE/busy$1" "$BESIDE/busy$1$2"; do
      left=$(cat "$lost" 2>/dev/null || echo 0)
      [ "$left" -eq 0 ] || { echo $((left - 1)) >"$lost"; exit 0; }
    done
    [ -e "$database" ] || echo '# the head of a database' >"$database"
    case $1 in
      -s) echo "$2" >>"$database" ;;
      -X) grep -vx -- "$2" "$database" >"$database.less"; mv "$database.less" "$database" ;;
    esac`,
  );
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function program(name: string, script: string): void {
  putDouble(directory, name, script);
}

/** Runs a script in which everything of the two files is known, as in entrypoint.sh. */
function run(script: string, env: Record<string, string> = {}): Promise<{ code: number; said: string }> {
  const variables = {
    PATH: `${directory}:${process.env.PATH ?? ''}`,
    BESIDE: directory,
    DOMAIN: 'chat.example.org',
    TURN_SECRET_FILE: join(directory, 'shared', 'secret'),
    TURN_SECRET_OVERLAP: '7500',
    TURN_SECRET_LIFETIME: '604800',
    TURN_CERTIFICATE: join(directory, 'turn.pem'),
    TURN_RUN_DIRECTORY: join(directory, 'run'),
    ...env,
  };
  const whole = `set -eu; say() { printf 'turn: %s\\n' "$*"; }; . "${here}secrets.sh"; . "${here}keeper.sh"\n${script}`;
  return new Promise((resolve) => {
    execFile('/bin/sh', ['-c', whole], { env: variables, cwd: directory }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, said: stdout + stderr }),
    );
  });
}

const place = (name: string) => join(directory, name);
const has = (name: string) => existsSync(place(name));
const text = (name: string) => (has(name) ? readFileSync(place(name), 'utf8') : '');
const lines = (name: string) => text(name).split('\n').slice(0, -1);
const mode = (name: string) => statSync(place(name)).mode & 0o777;
const busy = (operation: '-s' | '-X', times: number, secret = '') =>
  writeFileSync(place(`busy${operation}${secret}`), `${times}\n`);
const inDatabase = () => lines('run/turndb').slice(1);
const [OLD, OLDER, USERS] = ['d', 'e', 'f'].map((digit) => digit.repeat(64)) as [string, string, string];

/** A relay that runs with a secret, and with the one before if there is one. */
function running({ secret = [OLD, USERS], previous }: { secret?: string[]; previous?: string } = {}): void {
  writeFileSync(place('shared/secret'), secret.map((line) => `${line}\n`).join(''));
  if (previous !== undefined) writeFileSync(place('shared/secret.previous'), `${previous}\n`);
  const known = [OLD, ...(previous === undefined ? [] : [previous])];
  writeFileSync(place('run/turndb'), ['# the head of a database', ...new Set(known), ''].join('\n'));
}

/** Has every file's mode noted that is about to get another one: what anybody could do with it until then. */
function noteModes(): void {
  program('chmod', `stat -c %a "$2" >>"$BESIDE/modes"; exec /bin/chmod "$@"`);
}

function setBack(name: string, seconds: number): void {
  const time = secondsFromNow(-seconds);
  utimesSync(place(name), time, time);
}

describe('the first secret', () => {
  it.each([
    { what: 'where there is none', file: undefined },
    { what: 'in the place of an empty file', file: '' },
  ])('is made $what, was never anybody else’s to read, and leaves nothing beside it', async ({ file }) => {
    if (file !== undefined) writeFileSync(place('shared/secret'), file);
    noteModes();
    expect(await run('make_secret; check_secret')).toEqual({ code: 0, said: '' });
    expect(lines('modes')).toEqual(['600']);
    expect(text('shared/secret')).toMatch(/^[0-9a-f]{64}\n[0-9a-f]{64}\n$/);
    expect(mode('shared/secret')).toBe(0o640);
    expect(readdirSync(place('shared'))).toEqual(['secret']);
  });

  const a = (length: number) => 'a'.repeat(length);
  it.each([
    { what: 'the shortest', secret: [a(32)], code: 0 },
    { what: 'the longest, twice', secret: [a(128), a(128)], code: 0 },
    { what: 'one that is too short', secret: [a(31)], code: 65 },
    { what: 'one that is too long', secret: [a(129)], code: 65 },
    { what: 'three', secret: [a(40), a(40), a(40)], code: 65 },
    { what: 'a second one that is none', secret: [a(40), ''], code: 65 },
  ])('is checked: $what', async ({ secret, code }) => {
    running({ secret });
    expect((await run('check_secret')).code).toBe(code);
  });

  it('is asked for where there is none', async () => {
    const { code, said } = await run('check_secret');
    expect([code, said]).toEqual([66, expect.stringContaining('cannot read the TURN secret in')]);
  });
});

describe('coturn’s database', () => {
  it('begins with the secrets of the files, and with nothing that was there before', async () => {
    running({ previous: OLDER });
    writeFileSync(place('run/turndb'), '# the head of a database\nlong gone\n');
    for (const rest of ['turndb-wal', 'turndb-shm']) writeFileSync(place(`run/${rest}`), 'long gone');
    expect((await run('fill_database')).code).toBe(0);
    expect(inDatabase()).toEqual([OLD, OLDER]);
    expect(readdirSync(place('run'))).toEqual(['turndb']);
  });

  it('is written again where it was busy, and a start that cannot write it ends', async () => {
    running();
    busy('-s', 4);
    expect((await run('fill_database')).code).toBe(0);
    expect(inDatabase()).toEqual([OLD]);
    busy('-s', 5);
    const { code, said } = await run('fill_database');
    expect([code, said]).toEqual([73, expect.stringContaining('cannot write coturn')]);
  });

  it('is written by a program whose logs are thrown away', async () => {
    running();
    await run('fill_database');
    expect(lines('processes').length).toBeGreaterThan(1);
    const logs = lines('processes').map((process) => `/tmp/turn_${process}_today.log`);
    expect(logs.filter((log) => existsSync(log))).toEqual([]);
    expect(readdirSync(directory).filter((name) => name.endsWith('.log'))).toEqual([]);
  });
});

describe('a rotation', () => {
  it('tells the relay first, and is written where only its owner can read it until it is whole', async () => {
    running();
    noteModes();
    expect((await run('rotate_secret')).code).toBe(0);
    const [fresh = '', users] = lines('shared/secret');
    expect([fresh === OLD, users]).toEqual([false, USERS]);
    expect(lines('writes')).toEqual([`-s ${fresh} while ${OLD}`]);
    expect(lines('modes')).toEqual(['600', '600']);
    expect(inDatabase()).toEqual([OLD, fresh]);
  });

  it('changes nothing where the relay cannot be told', async () => {
    running();
    busy('-s', 5);
    const { code, said } = await run('rotate_secret');
    expect([code, said]).toEqual([1, "no: coturn's database cannot be written\n"]);
    expect(lines('shared/secret')).toEqual([OLD, USERS]);
    expect(has('shared/secret.previous')).toBe(false);
  });

  it('says so where the new secret cannot be put in its place', async () => {
    running();
    program('mv', 'exit 1');
    const { code, said } = await run('rotate_secret');
    expect([code, said]).toEqual([1, expect.stringMatching(/^no: .*shared\/secret cannot be written\n$/)]);
    expect(lines('shared/secret')).toEqual([OLD, USERS]);
  });

  it('gives a secret that somebody put there alone a key of user parts', async () => {
    running({ secret: [OLD] });
    expect((await run('rotate_secret')).code).toBe(0);
    expect(text('shared/secret')).toMatch(/^[0-9a-f]{64}\n[0-9a-f]{64}\n$/);
  });

  it.each([
    { what: 'not before its time', age: 604_790, lifetime: '604800', isDue: false },
    { what: 'in its time', age: 604_800, lifetime: '604800', isDue: true },
    { what: 'never, where that is wished', age: 1e9, lifetime: '0', isDue: false },
  ])('happens by itself $what', async ({ age, lifetime, isDue }) => {
    running();
    setBack('shared/secret', age);
    const { code, said } = await run('rotate_when_due', { TURN_SECRET_LIFETIME: lifetime });
    expect(code).toBe(0);
    expect(said.startsWith('turn: ok: a new secret')).toBe(isDue);
    expect(lines('shared/secret')[0] !== OLD).toBe(isDue);
  });

  it('happens by itself never to a secret whose former one is still good', async () => {
    running({ previous: OLDER });
    setBack('shared/secret', 604_800);
    expect(await run('rotate_when_due')).toEqual({ code: 0, said: '' });
  });
});

describe('a revocation', () => {
  it('leaves one secret, in the files and in the database, and refuses none before the new one is there', async () => {
    running({ previous: OLDER });
    expect((await run('revoke_secrets')).code).toBe(0);
    const [fresh = '', users] = lines('shared/secret');
    expect([OLD, OLDER].includes(fresh)).toBe(false);
    expect(users).not.toBe(USERS);
    expect(inDatabase()).toEqual([fresh]);
    expect(has('shared/secret.previous')).toBe(false);
    expect(lines('writes')).toEqual([
      `-s ${fresh} while ${OLD}`,
      `-X ${OLD} while ${fresh}`,
      `-X ${OLDER} while ${fresh}`,
    ]);
  });

  it('is done again where the database was busy', async () => {
    running({ previous: OLDER });
    busy('-s', 4);
    busy('-X', 4);
    expect((await run('revoke_secrets')).code).toBe(0);
    expect(inDatabase()).toEqual([lines('shared/secret')[0]]);
  });

  it.each([
    { what: 'a new secret', operation: '-s', secret: '' },
    { what: 'that the last one is refused', operation: '-X', secret: OLD },
    { what: 'that the one before is refused', operation: '-X', secret: OLDER },
  ] as const)('says no where the database does not take $what', async ({ operation, secret }) => {
    running({ previous: OLDER });
    busy(operation, 5, secret);
    expect(await run('revoke_secrets')).toEqual({
      code: 1,
      said: "no: coturn's database cannot be written\n",
    });
    // Not forgotten: it is refused when its time is over, if not by another try.
    expect(has('shared/secret.previous')).toBe(true);
  });

  it('says no where the new secret cannot be put in its place, and refuses none', async () => {
    running();
    program('mv', 'exit 1');
    const { code, said } = await run('revoke_secrets');
    expect([code, said]).toEqual([1, expect.stringMatching(/^no: .*shared\/secret cannot be written\n$/)]);
    expect(inDatabase()).toContain(OLD);
  });
});

describe('the secret before', () => {
  it.each([
    { what: 'stays good for its time', age: 7490, left: [OLD, OLDER], said: '' },
    {
      what: 'is refused when that is over',
      age: 7500,
      left: [OLD],
      said: 'turn: the previous secret is refused from now on\n',
    },
  ])('$what', async ({ age, left, said }) => {
    running({ previous: OLDER });
    setBack('shared/secret.previous', age);
    expect(await run('retire_secret')).toEqual({ code: 0, said });
    expect(inDatabase()).toEqual(left);
    expect(has('shared/secret.previous')).toBe(left.includes(OLDER));
  });

  it('is tried again at the next look where the database was busy', async () => {
    running({ previous: OLDER });
    setBack('shared/secret.previous', 7500);
    busy('-X', 5);
    expect(await run('retire_secret')).toEqual({ code: 0, said: '' });
    expect(has('shared/secret.previous')).toBe(true);
    expect((await run('retire_secret')).said).toContain('is refused from now on');
    expect(inDatabase()).toEqual([OLD]);
  });

  it('stays good where it is the secret still', async () => {
    running({ previous: OLD });
    setBack('shared/secret.previous', 7500);
    expect((await run('retire_secret')).code).toBe(0);
    expect(inDatabase()).toEqual([OLD]);
    expect(has('shared/secret.previous')).toBe(false);
  });
});

describe('who asks the keeper', () => {
  it('is told where there is none', async () => {
    rmSync(place('run'), { recursive: true });
    expect(await run('ask_keeper rotate')).toEqual({ code: 69, said: 'turn: the relay does not run\n' });
  });

  it('gets its own answer and no earlier one, a no as a no', async () => {
    writeFileSync(place('run/answer'), 'ok: of another time\n');
    // What passes while it waits.
    program('sleep', 'stat -c %a run/request >mode; cp run/request asked; echo "no: not now" >run/answer');
    expect(await run('ask_keeper revoke')).toEqual({ code: 1, said: 'no: not now\n' });
    expect([lines('asked'), lines('mode')]).toEqual([['revoke'], ['600']]);
    program('sleep', 'echo "ok: done" >run/answer');
    expect(await run('ask_keeper revoke')).toEqual({ code: 0, said: 'ok: done\n' });
  });

  it('waits a minute and no longer, and takes the question back', async () => {
    program('sleep', 'echo waited >>waits');
    const { code, said } = await run('ask_keeper rotate');
    expect([code, said]).toEqual([69, 'turn: the relay does not answer: look at its log\n']);
    expect(lines('waits').length).toBe(59);
    expect(has('run/request')).toBe(false);
  });

  it.each([
    { word: 'rotate', answer: /^ok: a new secret; the one before is good for another 7500 seconds\n$/ },
    { word: 'revoke', answer: /^ok: a new secret; no other is good any more\n$/ },
    { word: 'destroy', answer: /^no: rotate or revoke\n$/ },
  ])('is answered once: $word', async ({ word, answer }) => {
    running();
    writeFileSync(place('run/request'), `${word}\n`);
    const { code, said } = await run('answer_request; answer_request');
    expect(code).toBe(0);
    expect(text('run/answer')).toMatch(answer);
    expect(said).toBe(`turn: ${text('run/answer')}`);
    expect(mode('run/answer')).toBe(0o600);
    expect(has('run/request')).toBe(false);
  });

  it('is answered also where it cannot be done', async () => {
    running({ previous: OLDER });
    writeFileSync(place('run/request'), 'rotate\n');
    expect((await run('answer_request')).code).toBe(0);
    expect(text('run/answer')).toMatch(/^no: the secret before this one is still good for 7\d{3} seconds/);
  });
});

describe('a certificate', () => {
  /** Looks so often, by a keeper that saw what there is now; signals are told and not sent. */
  const look = (before: string) =>
    run(`seen_certificate=$(fingerprint_of_certificate)
      kill() { echo "signal $*"; }
      ${before}
      watch_certificate 77; watch_certificate 77`);

  it('that was renewed is taken up, once', async () => {
    writeFileSync(place('turn.pem'), 'the first');
    const { code, said } = await look('echo the second >turn.pem');
    expect([code, said]).toEqual([0, 'turn: a renewed certificate: taking it up\nsignal -USR2 77\n']);
  });

  it('that comes late ends the relay, once', async () => {
    const { code, said } = await look('echo the first >turn.pem');
    expect([code, said]).toEqual([
      0,
      'turn: the certificate is there: starting again, with TLS\nsignal -TERM 77\n',
    ]);
  });

  it('that stays, or is not there, or has gone, is left alone', async () => {
    expect(await look('')).toEqual({ code: 0, said: '' });
    writeFileSync(place('turn.pem'), 'the first');
    expect(await look('')).toEqual({ code: 0, said: '' });
    expect(await look('rm turn.pem')).toEqual({ code: 0, said: '' });
  });
});

it('the keeper looks for as long as the relay runs, with a pause between two looks', async () => {
  running();
  const { code, said } = await run(
    `for part in answer_request retire_secret rotate_when_due; do eval "$part() { printf '%s ' $part; }"; done
    watch_certificate() { printf 'watch %s ' "$1"; }
    sleep() { echo "pause $1"; }
    left=3; kill() { left=$((left - 1)); [ "$*" = '-0 77' ] && [ "$left" -gt 0 ]; }
    keep 77`,
    { TURN_CHECK_SECONDS: '5' },
  );
  const round = 'answer_request retire_secret rotate_when_due watch 77 pause 5\n';
  expect([code, said]).toEqual([0, round + round]);
});
