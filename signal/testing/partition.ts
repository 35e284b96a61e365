import { createServer, connect as dial, type Socket } from 'node:net';

/** A wire between a node and a server that a test can hold: what is said meanwhile waits, as in a network that drops and repeats. A name for the server, too, that can come to mean another. */
export interface Wire {
  readonly port: number;
  hold(): void;
  release(): void;
  /** Whoever dials from now on comes to this port; who is connected stays where they are. */
  leadTo(port: number): void;
  close(): Promise<void>;
}

export async function layWire(to: number): Promise<Wire> {
  const ends = new Set<Socket>();
  let held = false;
  let target = to;
  const server = createServer((near) => {
    const far = dial(target, '127.0.0.1');
    for (const [from, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(from);
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
    hold() {
      held = true;
      for (const end of ends) end.pause();
    },
    release() {
      held = false;
      for (const end of ends) end.resume();
    },
    leadTo(port) {
      target = port;
    },
    async close() {
      for (const end of ends) end.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
