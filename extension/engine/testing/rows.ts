/** The rows of a person whose engine is stopped, for what earlier versions left there. */
import { Database, type Transaction } from '../storage/database.ts';
import type { TableName } from '../storage/rows.ts';
import { openVault } from '../storage/vault.ts';

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
