/** The reference that an application would take from the shelf: PeerServer, as its package starts it. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const peers = createRequire(join(import.meta.dirname, 'peers', 'package.json'));
const module = await import(pathToFileURL(peers.resolve('peer')).href);
const { PeerServer } = module.default;
PeerServer(
  // The generator's receivers only listen, and send no heartbeats.
  { port: Number(process.env.PORT), host: '127.0.0.1', path: '/', alive_timeout: 3600_000 },
  () => process.stdout.write('listening\n'),
);
