/** The reference: uWebSockets.js forwarding between pairs and doing nothing else. `/N` talks to the other `/N`. */
import uws from 'uWebSockets.js';

/** @typedef {{ pair: string, other: import('uWebSockets.js').WebSocket<Side> | undefined }} Side */

/** @type {Map<string, import('uWebSockets.js').WebSocket<Side>>} */
const alone = new Map();

uws
  .App()
  .ws(
    '/*',
    /** @type {import('uWebSockets.js').WebSocketBehavior<Side>} */ ({
      compression: uws.DISABLED,
      sendPingsAutomatically: true,
      upgrade: (response, request, context) => {
        response.upgrade(
          /** @type {Side} */ ({ pair: request.getUrl(), other: undefined }),
          request.getHeader('sec-websocket-key'),
          request.getHeader('sec-websocket-protocol'),
          request.getHeader('sec-websocket-extensions'),
          context,
        );
      },
      open: (socket) => {
        const side = socket.getUserData();
        const other = alone.get(side.pair);
        if (other === undefined) {
          alone.set(side.pair, socket);
          return;
        }
        alone.delete(side.pair);
        side.other = other;
        other.getUserData().other = socket;
      },
      message: (socket, message, isBinary) => void socket.getUserData().other?.send(message, isBinary),
    }),
  )
  .listen('127.0.0.1', Number(process.env.PORT), (listening) => {
    if (listening === false) process.exit(1);
    process.stdout.write('listening\n');
  });
