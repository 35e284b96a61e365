/** The rows of a person, as their disk has them: to look at, and for what earlier versions left there. */
import { Database, type Transaction } from '../storage/database.ts';
import type { Rows, TableName } from '../storage/rows.ts';
import { openVault } from '../storage/vault.ts';
import type { Person } from './person.ts';

/** The engine is stopped, where anything is changed. */
export async function changeRows(
  database: string,
  tables: readonly TableName[],
  change: (tx: Transaction) => Promise<void>,
): Promise<void> {
  const opened = await Database.open(database);
  try {
    await openVault(opened);
    await opened.write([...tables], change);
  } finally {
    opened.close();
  }
}

/** The rows of a table. */
export async function rowsOf<T extends TableName>({ database }: Person, table: T): Promise<Rows[T][]> {
  let rows: Rows[T][] = [];
  await changeRows(database, [table], async (tx) => {
    rows = (await tx.list(table)).map(({ row }) => row);
  });
  return rows;
}
