/** What an envelope is in an exchange by words, if it is of one: they are as long as any other. */
import { CryptoError, decodeWordsMessage, type WordsMessage } from '@aside/wasm-crypto';

export function wordsKindOf(envelope: Uint8Array): WordsMessage['kind'] | undefined {
  try {
    return decodeWordsMessage(envelope).kind;
  } catch (error) {
    if (error instanceof CryptoError) return undefined;
    throw error;
  }
}
