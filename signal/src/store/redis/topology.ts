import type { Address, Link, Reply } from './redis-link.ts';
import { listOf, messageOf, textOf } from './replies.ts';
import { SLOTS } from './slot.ts';

/** Which process answers for which hash slots. */
export interface Topology {
  readonly masters: readonly Address[];
  /** Index of the master of each slot; -1 where nobody answers. */
  readonly ofSlot: Int16Array;
  /** Replicas too: somebody to ask when the masters are gone. */
  readonly all: readonly Address[];
}

export function keyOf({ host, port }: Address): string {
  return `${host} ${port}`;
}

/** Asks one process how things lie. A Redis that is no cluster answers for all. */
export async function askTopology(link: Link): Promise<Topology> {
  let ranges: Reply;
  try {
    ranges = await link.send('CLUSTER', 'SLOTS');
  } catch (error) {
    if (!/cluster support disabled/i.test(messageOf(error))) throw error;
    return { masters: [link.address], ofSlot: new Int16Array(SLOTS), all: [link.address] };
  }
  const masters: Address[] = [];
  const all = new Map<string, Address>();
  const ofSlot = new Int16Array(SLOTS).fill(-1);
  for (const range of listOf(ranges)) {
    const [from = 0, to = -1, ...processes] = listOf(range);
    const addresses = processes.map((one) => addressIn(one, link.address)).filter(({ host }) => host !== '?');
    for (const address of addresses) all.set(keyOf(address), address);
    const [master] = addresses;
    if (master === undefined) continue;
    let index = masters.findIndex((known) => keyOf(known) === keyOf(master));
    if (index === -1) index = masters.push(master) - 1;
    ofSlot.fill(index, Number(from), Number(to) + 1);
  }
  return { masters, ofSlot, all: [...all.values()] };
}

/** Whether this process is nobody's replica. A replica answers too, but takes nothing to store. */
export async function isPrimary(link: Link): Promise<boolean> {
  return /^role:master/m.test(textOf(await link.send('INFO', 'replication')));
}

function addressIn(process: Reply, asked: Address): Address {
  const [host, port = 0] = listOf(process);
  // Empty: the one who was asked does not know its own name.
  return { host: textOf(host) || asked.host, port: Number(port) };
}
