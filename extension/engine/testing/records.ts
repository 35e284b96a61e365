/** The records of a back-up's file, to be changed, and a file made of any: what somebody gives away with its passphrase. */
import {
  BACKUP_HEADER_BYTES,
  BackupOpener,
  BackupSealer,
  decodeBackupHeader,
  newBackup,
  newMasterKey,
} from '@aside/wasm-crypto';
import { type BackupRecord, encodeRecord, RecordReader } from '../backup/records.ts';
import { quickWork } from './gate.ts';

export async function recordsOf(file: Uint8Array, passphrase: string): Promise<BackupRecord[]> {
  const header = decodeBackupHeader(file.subarray(0, BACKUP_HEADER_BYTES));
  const opener = new BackupOpener(header, await quickWork.unwrap(header.wrap, passphrase));
  const reader = new RecordReader();
  const first = reader.push(opener.push(file.subarray(BACKUP_HEADER_BYTES)));
  return [...first, ...reader.push(opener.end())];
}

export async function fileOf(records: Iterable<BackupRecord>, passphrase: string): Promise<Uint8Array> {
  const key = newMasterKey();
  const header = newBackup(await quickWork.wrap(key, passphrase));
  const sealer = new BackupSealer(header, key);
  const parts = [header.bytes];
  for (const record of records) parts.push(sealer.push(encodeRecord(record)));
  return new Uint8Array(Buffer.concat([...parts, sealer.end()]));
}
