import { createServer, connect as dial, type Socket } from 'node:net';

/** A wire between a node and a server that a test can hold: what is said meanwhile waits, as in a network that drops and repeats. A name for the server, too, that can come to mean another. */
export interface Wire {
  readonly port: number;
  /** Holds every connection, or those whose client has begun with words that are meant. */
  hold(which?: (said: string) => boolean): void;
  release(): void;
  /** Whoever dials from now on comes to this port; who is connected stays where they are. */
  leadTo(port: number): void;
  close(): Promise<void>;
}

/** What a client says until it is known for what it is. Characters. */
const LONGEST_BEGINNING = 4096;

export async function layWire(to: number): Promise<Wire> {
  /** Both ends of each connection, with what its client said at first. */
  const ends = new Map<Socket, { said: string }>();
  let held = false;
  let target = to;
  const server = createServer((near) => {
    const far = dial(target, '127.0.0.1');
    const talk = { said: '' };
    near.on('data', (data) => {
      if (talk.said.length < LONGEST_BEGINNING) talk.said += data.toString('latin1');
    });
    for (const [from, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.set(from, talk);
      from.on('data', (data) => other.write(data));
      from.on('error', () => {});
      from.on('close', () => {
        ends.delete(from);
        // What was said before the end still comes through, and late.
        other.end();
      });
      if (held) from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    hold(which) {
      held = which === undefined;
      for (const [end, { said }] of ends) if (which?.(said) ?? true) end.pause();
    },
    release() {
      held = false;
      for (const end of ends.keys()) end.resume();
    },
    leadTo(port) {
      target = port;
    },
    async close() {
      for (const end of ends.keys()) end.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
