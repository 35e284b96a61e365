/**
 * A UDP port in the network namespace that this program is started in, for a test that is in another one:
 *
 *     ip netns exec NAME node udp-port.mjs ADDRESS PORT
 *
 * Says its port (0 takes a free one), and then each datagram that comes; sends each that it is told. A line of JSON for each.
 */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { createInterface } from 'node:readline';

const [address = '', port = '0'] = process.argv.slice(2);
const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
/** @param {unknown} what */
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
socket.on('message', (data, from) =>
  say({ from: { address: from.address, port: from.port }, data: data.toString('base64') }),
);
socket.bind(Number(port), address, () => say({ port: socket.address().port }));
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { to, data } = JSON.parse(line);
    socket.send(Buffer.from(data, 'base64'), to.port, to.address, () => undefined);
  })
  .on('close', () => process.exit(0));
