/** Making and restoring back-ups as a view does it, part by part. */
import { BACKUP_HEAD_BYTES } from '../../bridge/types/bounds.ts';
import type { Person } from './person.ts';

/** The whole file. */
export async function backUp({ engine }: Person, passphrase: string): Promise<Uint8Array<ArrayBuffer>> {
  const { backupId } = await engine.handle({ type: 'begin-backup', passphrase });
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let done = false; !done; ) {
    const part = await engine.handle({ type: 'read-backup', backupId });
    parts.push(part.bytes.slice());
    done = part.done;
  }
  await engine.handle({ type: 'backup-saved', backupId });
  return new Uint8Array(Buffer.concat(parts));
}

/** Restores at a first run. Rejects with a `BridgeError`. */
export async function restore(
  { engine }: Person,
  file: Uint8Array,
  passphrase: string,
  partBytes = 100_000,
): Promise<void> {
  const head = file.subarray(0, BACKUP_HEAD_BYTES);
  const { restoreId } = await engine.handle({ type: 'begin-restore', passphrase, head });
  for (let at = BACKUP_HEAD_BYTES; at < file.length; at += partBytes) {
    await engine.handle({ type: 'restore-part', restoreId, bytes: file.subarray(at, at + partBytes) });
  }
  await engine.handle({ type: 'finish-restore', restoreId });
}
