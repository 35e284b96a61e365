import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket as NodeWebSocket } from 'ws';
import { HandClock } from '../testing/hand-clock.ts';
import { HostileServer } from '../testing/hostile-server.ts';
import { type MailEvents, Sockets } from './sockets.ts';

let server: HostileServer;
let sockets: Sockets;
const clock = new HandClock();

beforeEach(async () => {
  server = await HostileServer.start();
  await new Promise<void>((online) => {
    const nothing = () => {};
    const events: MailEvents = {
      state: (_server, { state }) => {
        if (state === 'online') online();
      },
      ...{ opened: nothing, envelope: nothing, live: nothing, taken: nothing, shut: nothing },
    };
    const connect = (address: string, subprotocol: string) =>
      new NodeWebSocket(address, subprotocol) as unknown as WebSocket;
    sockets = new Sockets(events, clock, connect);
    sockets.to(server.url);
  });
});

afterEach(async () => {
  sockets.stop();
  await server.stop();
});

it('relay credentials are used for half their time, and no longer by a clock that was put back', async () => {
  server.relay = { urls: ['turn:relay.example'], username: 'u', credential: 'c', ttl: 600 };
  const asked = async () => {
    expect(await sockets.turn(server.url)).toEqual(server.relay);
    return server.relayPasses.length;
  };
  expect([await asked(), await asked()]).toEqual([1, 1]);
  clock.sleep(301_000);
  expect([await asked(), await asked()]).toEqual([2, 2]);
  // The relay's own clock goes on, and would refuse them long before this one came to their end.
  clock.putBack(365 * 24 * 3600_000);
  expect([await asked(), await asked()]).toEqual([3, 3]);
});
