/** A conversation that is already long, on a person's disk. */
import type { Transaction } from '../storage/database.ts';
import { messageKey } from '../storage/rows.ts';
import { changeRows } from './rows.ts';
import type { TwoContacts } from './two-contacts.ts';

/** Of the message that was laid as this one, from 0; it says its number. */
export function idOf(n: number): string {
  return n.toString(16).padStart(32, '0');
}

/** Lays messages on Alice's disk: who wrote each, and how many of the first are read. */
export async function layConversation(
  { alice, toBob }: TwoContacts,
  from: readonly ('me' | 'them')[],
  read: number,
): Promise<void> {
  await alice.engine.stop();
  const key = (n: number) => messageKey(toBob, n + 1, idOf(n));
  await changeRows(alice.database, ['contacts', 'messages'], async (tx: Transaction) => {
    for (const [n, who] of from.entries()) {
      const delivery = who === 'me' ? { delivery: { state: 'delivered' } as const } : {};
      tx.put('messages', key(n), { id: idOf(n), from: who, number: n + 1, text: `${n}`, at: n, ...delivery });
    }
    const row = await tx.get('contacts', toBob);
    if (row === undefined) throw new Error('nobody is there');
    const unread = from.slice(read).filter((who) => who === 'them').length;
    tx.put('contacts', toBob, { ...row, unread, readTo: read === 0 ? '' : key(read - 1) });
  });
  alice.renew();
  await alice.engine.start();
}
