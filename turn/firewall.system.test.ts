import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { findTurnserver } from './launch.mjs';
import { service } from './testing/compose.ts';
import { secondsFromNow } from './testing/coturn.ts';
import { ip, over, type UdpPort, udpPortIn, within } from './testing/namespaces.ts';
import type { Address } from './testing/stun.ts';
import { restCredential, TurnClient } from './testing/turn-client.ts';

/**
 * The rule of the host's firewall, with a real coturn, on a machine of the test's own: a network namespace with public
 * addresses, which the relay shares with other services, and another one that stands for the world.
 */

const RULES = fileURLToPath(new URL('./firewall.nft', import.meta.url));
const SECRET = 'a-secret-of-thirty-two-characters';
const [MACHINE, WORLD] = [`aside-relay${process.pid}`, `aside-world${process.pid}`];
/** Public ones: what is private or special the relay refuses by itself. */
const HERE = { v4: '44.77.0.1', v6: '2a0f:77::1' };
const THERE = { v4: '44.77.0.2', v6: '2a0f:77::2' };
const PORT = 3478;

const user = Number(String(service('turn').user).split(':')[0]);
const ports: UdpPort[] = [];
let directory: string;
let coturn: ChildProcess;

beforeAll(async () => {
  expect(process.getuid?.(), 'this test makes networks of its own, which takes root on Linux').toBe(0);
  for (const space of [MACHINE, WORLD]) {
    ip('netns', 'add', space);
    ip('-n', space, 'link', 'set', 'lo', 'up');
  }
  ip('-n', MACHINE, 'link', 'add', 'line', 'type', 'veth', 'peer', 'name', 'line', 'netns', WORLD);
  for (const [space, { v4, v6 }] of [
    [MACHINE, HERE],
    [WORLD, THERE],
  ] as const) {
    ip('-n', space, 'address', 'add', `${v4}/24`, 'dev', 'line');
    ip('-n', space, 'address', 'add', `${v6}/64`, 'dev', 'line', 'nodad');
    ip('-n', space, 'link', 'set', 'line', 'up');
  }
  coturn = startRelay();
  const asking = await client();
  await vi.waitFor(async () => expect((await asking.binding()).address).toBe(THERE.v4), POLL);
});
afterAll(async () => {
  for (const port of ports) port.close();
  if (coturn?.exitCode === null) {
    const gone = new Promise((resolve) => coturn.once('close', resolve));
    // Its namespace goes with the last program in it.
    coturn.kill();
    await gone;
  }
  for (const space of [MACHINE, WORLD]) ip('netns', 'delete', space);
  rmSync(directory, { recursive: true, force: true });
});

const POLL = { timeout: 20_000 };

/** As Compose does: an ordinary user on the machine's own network. */
function startRelay(): ChildProcess {
  // Not every directory that a test runs in is open to that user.
  directory = mkdtempSync(join(tmpdir(), 'aside-firewall-'));
  for (const name of ['entrypoint.sh', 'secrets.sh', 'keeper.sh', 'turnserver.conf.template'])
    cpSync(fileURLToPath(new URL(name, import.meta.url)), join(directory, name));
  mkdirSync(join(directory, 'run'));
  writeFileSync(join(directory, 'secret'), `${SECRET}\n`);
  for (const name of ['.', 'run', 'secret']) chownSync(join(directory, name), user, user);
  const as = ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
  const [program, ...words] = within(MACHINE);
  const turnserver = findTurnserver();
  if (turnserver === null) throw new Error('coturn is not installed: apt-get install coturn');
  return spawn(program, [...words, ...as, '/bin/sh', join(directory, 'entrypoint.sh')], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {
      PATH: `${join(turnserver, '..')}:${process.env.PATH ?? ''}`,
      DOMAIN: 'localhost',
      TURN_LISTEN_ADDRESS: HERE.v4,
      TURN_EXTERNAL_ADDRESS: HERE.v4,
      TURN_IPV6_ADDRESS: HERE.v6,
      TURN_SECRET_FILE: join(directory, 'secret'),
      TURN_RUN_DIRECTORY: join(directory, 'run'),
      TURN_END_WITH_STDIN: '1',
    },
  });
}

async function port(space: string, address: string, number = 0): Promise<UdpPort> {
  const opened = await udpPortIn(space, address, number);
  ports.push(opened);
  return opened;
}

async function client(): Promise<TurnClient> {
  return TurnClient.over(over(await port(WORLD, THERE.v4), { address: HERE.v4, port: PORT }));
}

async function relayOf(who: TurnClient, family: 4 | 6 = 4): Promise<Address> {
  const credential = restCredential(SECRET, secondsFromNow(600), 'somebody');
  const allocation = await who.allocate(credential, family);
  if (allocation.state !== 'allocated') throw new Error(`refused with ${allocation.error}`);
  return allocation.relay;
}

const nft = (...words: string[]) => {
  const [program, ...rest] = within(MACHINE);
  return execFileSync(program, [...rest, 'nft', ...words], { encoding: 'utf8' });
};

it('shuts the machine’s own services to the relay, and lets relays meet there and others go on', async () => {
  const [alice, bob, six] = [await client(), await client(), await client()];
  const [aliceRelay, bobRelay] = [await relayOf(alice), await relayOf(bob)];
  await relayOf(six, 6);
  const names = [await port(MACHINE, HERE.v4, 5353), await port(MACHINE, HERE.v6, 5353)];
  const [elsewhere, container] = [await port(WORLD, THERE.v4), await port(WORLD, THERE.v4)];
  // As Docker publishes a port: in a table of its own, for what the machine itself sends to its own address, too.
  nft(
    ...['add', 'table', 'ip', 'published', ';'],
    ...['add', 'chain', 'ip', 'published', 'output', '{ type nat hook output priority -100; }', ';'],
    ...['add', 'rule', 'ip', 'published', 'output', 'ip', 'daddr', HERE.v4, 'udp', 'dport', '443'],
    ...['dnat', 'to', `${THERE.v4}:${container.port}`],
  );
  const own = { address: HERE.v4, port: 5353 };
  const ownSix = { address: HERE.v6, port: 5353 };
  const published = { address: HERE.v4, port: 443 };
  const outside = { address: THERE.v4, port: elsewhere.port };
  for (const peer of [own, outside, bobRelay]) expect(await alice.permit(peer)).toBe('ok');
  expect(await bob.permit(aliceRelay)).toBe('ok');
  expect(await six.permit(ownSix)).toBe('ok');
  const sendAll = (words: string) => {
    // First: what the relay is not let through does not cost it the others.
    for (const peer of [own, published]) alice.send(peer, Buffer.from(words));
    six.send(ownSix, Buffer.from(words));
    alice.send(outside, Buffer.from(words));
    alice.send(bobRelay, Buffer.from(words));
  };
  const heard = (ports: UdpPort[]) => ports.map(({ received }) => received.map(({ text }) => text));

  sendAll('before');
  // The hole, as it is without the rule.
  const open = [['before'], ['before'], ['before'], ['before']];
  await expect.poll(() => heard([...names, container, elsewhere]), POLL).toEqual(open);
  expect(Buffer.from((await bob.receive()).data).toString()).toBe('before');

  nft('-f', RULES);
  sendAll('after');
  // Relays meet, and whoever is elsewhere is reached.
  expect(await bob.receive()).toEqual({ from: aliceRelay, data: new Uint8Array(Buffer.from('after')) });
  await expect.poll(() => heard([elsewhere]), POLL).toEqual([['before', 'after']]);
  const counted = () => nft('list', 'table', 'inet', 'aside_relay');
  await expect.poll(counted, POLL).toMatch(/counter packets 3 /);
  // Whoever else is on this machine reaches its services: the relay's would have come before.
  const [local, localSix] = [await port(MACHINE, HERE.v4, 61_234), await port(MACHINE, HERE.v6, 61_234)];
  local.send(own, 'a neighbour');
  local.send(published, 'a neighbour');
  localSix.send(ownSix, 'a neighbour');
  const shut = ['before', 'a neighbour'];
  await expect.poll(() => heard([...names, container]), POLL).toEqual([shut, shut, shut]);
  expect(counted()).toMatch(/counter packets 3 /);

  // Once more changes nothing, and takes nothing from anybody.
  nft('-f', RULES);
  expect(nft('list', 'ruleset').match(/^table .*$/gm)).toEqual([
    'table ip published {',
    'table inet aside_relay {',
  ]);
});

it('knows the relay by the user and the ports that it has', () => {
  const rules = readFileSync(RULES, 'utf8');
  expect(rules).toContain(`define relay_user = ${user}\n`);
  const entrypoint = readFileSync(new URL('./entrypoint.sh', import.meta.url), 'utf8');
  const [, least, most] = /TURN_MIN_PORT:=(\d+)\}" "\$\{TURN_MAX_PORT:=(\d+)\}/.exec(entrypoint) ?? [];
  expect(rules).toContain(`define relay_ports = ${least}-${most}\n`);
});
