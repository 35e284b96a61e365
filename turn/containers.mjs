/**
 * `node turn/containers.mjs`, where there is a Docker: docker-compose.yml as it stands, once, in containers, under a project name of
 * its own. It takes what a server takes (ports 80, 443, 3478 and 5349 of this machine, and images from the world), so it is no part
 * of `npm test`. Caddy makes the certificate itself, in the place of a certificate authority. What it started it takes away again,
 * with volumes and the built image.
 */
import { spawnSync } from 'node:child_process';
import { request } from 'node:https';
import { networkInterfaces } from 'node:os';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';

const DOMAIN = 'containers.aside.test';
const HEALTHY_S = 180;
/** Caddy's certificate is handed over after two looks, ten seconds apart, and the relay starts again with it. */
const CERTIFICATE_MS = 90_000;
/** Nobody may need to be killed: Docker would wait for ten seconds before it does. */
const STOP_MS = 10_000;
const SERVICES = ['caddy', 'certificate', 'signal', 'turn'];

const address = Object.values(networkInterfaces())
  .flat()
  .find((at) => at?.family === 'IPv4' && !at.internal)?.address;
if (address === undefined) throw new Error('this machine has no IPv4 address but its loopback');

/** `docker compose`, without this directory's .env. Returns what it printed; throws with what it said when it fails. */
function compose(/** @type {string[]} */ ...words) {
  const files = ['-f', 'docker-compose.yml', '-f', '-'];
  const { status, stdout, stderr, error } = spawnSync(
    'docker',
    ['compose', '--project-name', 'aside-containers', '--env-file', '/dev/null', ...files, ...words],
    {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      encoding: 'utf8',
      input: 'services: { caddy: { environment: { ASIDE_CADDY_TLS: tls internal } } }\n',
      env: { ...process.env, DOMAIN, TURN_EXTERNAL_ADDRESS: address, TURN_LISTEN_ADDRESS: address },
    },
  );
  if (error) throw error;
  if (status !== 0) throw new Error(`docker compose ${words.join(' ')}: ${stderr.slice(-2000)}`);
  return stdout;
}

/** The server's own description, over TLS with Caddy's certificate. */
const about = (/** @type {string} */ ca) =>
  new Promise((resolve, reject) => {
    request(
      { host: address, servername: DOMAIN, headers: { Host: DOMAIN }, path: '/about', ca },
      (answer) => {
        let text = '';
        answer.on('data', (chunk) => {
          text += chunk;
        });
        answer.on('end', () =>
          answer.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(text)),
        );
      },
    )
      .on('error', reject)
      .end();
  });

/** Resolves when the relay shows a certificate for the name that `ca` vouches for. */
async function relayOverTls(/** @type {string} */ ca) {
  for (const end = Date.now() + CERTIFICATE_MS; ; await new Promise((resolve) => setTimeout(resolve, 500))) {
    const failure = await new Promise((resolve) => {
      const socket = connect({ host: address, port: 5349, servername: DOMAIN, ca }, () => {
        resolve(undefined);
        socket.destroy();
      });
      socket.on('error', resolve).on('close', () => resolve(new Error('the relay closed the connection')));
    });
    if (failure === undefined) return;
    if (Date.now() > end) throw failure;
  }
}

const secret = () => compose('exec', '-T', 'turn', 'cksum', '/var/lib/coturn/secret');
const root = () => compose('exec', '-T', 'caddy', 'cat', '/data/caddy/pki/authorities/local/root.crt');
const start = () => compose('up', '-d', '--build', '--wait', '--wait-timeout', String(HEALTHY_S));

function step(/** @type {string} */ what, /** @type {boolean} */ held) {
  if (!held) throw new Error(`not so: ${what}`);
  console.log(what);
}

const engine = spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { encoding: 'utf8' });
if (engine.status !== 0) {
  console.error(`no Docker answers here: ${engine.error?.message ?? engine.stderr.trim()}`);
  process.exit(69);
}
try {
  start();
  step(
    'healthy',
    compose('ps', '--services', '--status', 'running').split('\n').filter(Boolean).sort().join() ===
      SERVICES.join(),
  );
  const { relay } = /** @type {{ relay: boolean }} */ (await about(root()));
  step('the server answers through Caddy, and offers the relay', relay);
  await relayOverTls(root());
  step('the relay shows Caddy’s certificate', true);
  const before = secret();
  step(
    'its secret is replaced while it runs',
    compose('exec', '-T', 'turn', 'sh', '/aside/entrypoint.sh', 'rotate').startsWith('ok') &&
      secret() !== before,
  );

  const kept = secret();
  const began = Date.now();
  compose('stop');
  const ended = compose('ps', '-a', '--format', '{{.Service}} {{.ExitCode}}').trim().split('\n').sort();
  step(
    `stopped by themselves: ${ended.join(', ')}`,
    ended.join() === SERVICES.map((name) => `${name} 0`).join() && Date.now() - began < STOP_MS,
  );
  compose('down');
  start();
  step('the secret outlives its container', secret() === kept);
  await about(root());
  await relayOverTls(root());
  step('all of it again after down and up', true);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(compose('logs', '--tail', '20'));
  process.exitCode = 1;
} finally {
  compose('down', '--volumes', '--rmi', 'local');
}
