import { Fleet } from '../src/store/redis/fleet.ts';
import { channelOf, newNodeName } from '../src/store/redis/names.ts';

/** A node's connections to a Redis on loopback, which hears nothing. Closed by whoever asked for it. */
export async function startFleet(port: number): Promise<Fleet> {
  const fleet = new Fleet({
    seeds: [{ host: '127.0.0.1', port }],
    access: { tls: false, username: undefined, password: undefined },
    channel: channelOf(newNodeName()),
    message: () => {},
    back: () => {},
    failed: () => {},
  });
  await fleet.start();
  return fleet;
}
