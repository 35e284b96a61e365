/** The peer's chains (SPEC 6.6): opening a message of one that is known, of one that is new, and letting old ones go. */
import { CryptoError } from '../errors.ts';
import { FIRST_PREAMBLE_BYTES, PREAMBLE_BYTES } from '../sizes.ts';
import { equalPublic, wipe } from '../sodium.ts';
import { type Keep, wiping } from '../wiping.ts';
import { openPreamble, readBlock } from './block.ts';
import {
  type Header,
  hasPreamble,
  nextChainKey,
  openBody,
  type Parsed,
  preambleOf,
  takeMessageKey,
  takeStep,
  type Whole,
} from './envelope.ts';
import { MAX_MISSING, MAX_RETIRED, RECENT_TAGS, RETIRED_TAGS } from './limits.ts';
import { missingCount, NONE, skipTo, takeMissing } from './missing.ts';
import { rootStep } from './root.ts';
import { chainData } from './seal.ts';
import type { ReceivingChain, RetiredChain, Session, SessionBase, Waiting } from './state.ts';
import { contradictsTag, NO_TAGS, rememberTag, shrinkRing, type TagRing } from './tags.ts';

/** Opens a message of the chain that is being received. */
export function openCurrent(
  sessionData: Uint8Array,
  chain: ReceivingChain,
  envelope: Parsed,
  header: Header,
  whole: Whole,
): { chain: ReceivingChain; body: Uint8Array } {
  const { length } = chain.preamble;
  if (!hasPreamble(envelope, chain.preamble)) {
    refusePreamble(sessionData, chain.headerKey, preambleOf(envelope, length));
  }
  if (header.number < chain.next) {
    const known = { ring: RECENT_TAGS, next: chain.next, preambleBytes: length };
    const { body, missing, tags } = openMissing(chain, known, envelope, header, whole);
    return { chain: { ...chain, missing, tags }, body };
  }
  return openAhead(chain, envelope, header, whole);
}

/** Opens a message of a chain that a newer one followed: only those that were missing can still come. */
export function openRetired(
  sessionData: Uint8Array,
  chain: RetiredChain,
  envelope: Parsed,
  header: Header,
  whole: Whole,
): { chain: RetiredChain; body: Uint8Array } {
  const length = chain.first ? FIRST_PREAMBLE_BYTES : PREAMBLE_BYTES;
  const preamble = preambleOf(envelope, length);
  if (!equalPublic(chainData(sessionData, preamble), chain.associatedData)) {
    refusePreamble(sessionData, chain.headerKey, preamble);
  }
  if (header.number >= chain.length) throw new CryptoError('rollback', 'number past the end of its chain');
  const known = { ring: RETIRED_TAGS, next: chain.length, preambleBytes: length };
  const { body, missing, tags } = openMissing(chain, known, envelope, header, whole);
  return { chain: { ...chain, missing, tags }, body };
}

/**
 * Opens the first message that comes of a new chain, which may have any number, and retires the chain before it.
 * `sent` is the length of our own chain that this one answers.
 */
export function openNew(
  base: SessionBase,
  waiting: Waiting,
  sent: number,
  envelope: Parsed,
  header: Header,
  preambleBytes: number,
  whole: Whole,
): { session: Session; body: Uint8Array } {
  const preamble = preambleOf(envelope, preambleBytes);
  const headerKey = waiting.nextHeaderKey;
  const block = openPreamble(headerKey, base.associatedData, preamble);
  if (block === undefined) throw new CryptoError('forged', 'key block');
  return wiping((spent, made) => {
    const retired = base.receiving === undefined ? [] : [retire(base.receiving, header.previous, made)];
    if (base.receiving === undefined && header.previous !== 0) throw new CryptoError('rollback');
    const { agreement, shared, theirs } = readBlock(waiting.ours, block);
    spent([agreement, shared]);
    const step = made(rootStep({ root: waiting.root, step: waiting.step, block, agreement, shared }));
    const fresh: ReceivingChain = {
      headerKey,
      chainKey: spent(step.chainKey),
      next: 0,
      preamble: preamble.slice(),
      associatedData: chainData(base.associatedData, preamble),
      missing: NONE,
      tags: NO_TAGS,
    };
    const { chain, body } = openAhead(fresh, envelope, header, whole);
    const session: Session = {
      ...base,
      receiving: chain,
      retired: boundRetired([...retired, ...base.retired], chain.missing),
      live: { send: step.live, receive: base.live.receive },
      ratchet: {
        turn: 'mine',
        step: waiting.step + 1,
        root: step.root,
        nextHeaderKey: step.nextHeaderKey,
        theirs,
        previous: sent,
        handshake: NONE,
      },
    };
    return { session, body };
  });
}

/**
 * Forgets the oldest chains beyond what a session remembers: first those too many, preferring ones that miss nothing,
 * then those whose missing keys no longer fit beside the newer ones.
 */
export function boundRetired(
  retired: readonly RetiredChain[],
  currentMissing: Uint8Array,
): readonly RetiredChain[] {
  let kept = retired;
  while (kept.length > MAX_RETIRED) {
    const complete = kept.findLastIndex((chain) => chain.missing.length === 0);
    const victim = complete === -1 ? kept.length - 1 : complete;
    kept = kept.filter((_, index) => index !== victim);
  }
  let missing = missingCount(currentMissing);
  return kept.filter((chain) => {
    if (chain.missing.length === 0) return true;
    missing += missingCount(chain.missing);
    return missing <= MAX_MISSING;
  });
}

/** A number that has not come and is not below `next`: the keys in between are kept. */
function openAhead(
  chain: ReceivingChain,
  envelope: Parsed,
  header: Header,
  whole: Whole,
): { chain: ReceivingChain; body: Uint8Array } {
  const { chainKey, missing } = skipTo(chain, header.number);
  // Nearly always: nothing was made yet that a refusal would have to overwrite.
  if (chainKey === chain.chainKey) return openWith(chain, chainKey, missing, envelope, header, whole);
  return wiping((spent, made) => openWith(chain, spent(chainKey), made(missing), envelope, header, whole));
}

function openWith(
  chain: ReceivingChain,
  chainKey: Uint8Array,
  missing: Uint8Array,
  envelope: Parsed,
  header: Header,
  whole: Whole,
): { chain: ReceivingChain; body: Uint8Array } {
  takeStep(chainKey);
  const body = openBody(envelope, chain.preamble.length, chain.associatedData, whole);
  const next = header.number + 1;
  const tags = rememberTag(chain.tags, RECENT_TAGS, next, header.number, envelope.tag);
  const { headerKey, preamble, associatedData } = chain;
  return {
    chain: { headerKey, chainKey: nextChainKey(), next, preamble, associatedData, missing, tags },
    body,
  };
}

/** A number below the highest: either its key waits, or the number was used. */
function openMissing(
  chain: { readonly associatedData: Uint8Array; readonly missing: Uint8Array; readonly tags: TagRing },
  known: { readonly ring: number; readonly next: number; readonly preambleBytes: number },
  envelope: Parsed,
  header: Header,
  whole: Whole,
): { body: Uint8Array; missing: Uint8Array; tags: TagRing } {
  const { ring, next, preambleBytes } = known;
  const found = takeMissing(chain.missing, header.number);
  if (found === undefined) {
    const other = contradictsTag(chain.tags, ring, next, header.number, envelope.tag);
    throw new CryptoError(other ? 'rollback' : 'duplicate');
  }
  takeMessageKey(found.key);
  wipe(found.key);
  return wiping((_, made) => {
    const missing = made(found.rest);
    const body = openBody(envelope, preambleBytes, chain.associatedData, whole);
    const tags = rememberTag(chain.tags, ring, next, header.number, envelope.tag);
    return { body, missing, tags };
  });
}

/** A known header key before another preamble: a second chain of the peer's if the block fits the key, else damage. */
function refusePreamble(sessionData: Uint8Array, headerKey: Uint8Array, preamble: Uint8Array): never {
  const second = openPreamble(headerKey, sessionData, preamble);
  throw new CryptoError(second === undefined ? 'forged' : 'rollback', 'preamble');
}

function retire(chain: ReceivingChain, length: number, made: Keep): RetiredChain {
  if (length < chain.next) throw new CryptoError('rollback', 'chain shorter than what came of it');
  const { chainKey, missing } = skipTo(chain, length);
  if (chainKey !== chain.chainKey) {
    // Beyond the chain's end it opens nothing.
    wipe(chainKey);
    made(missing);
  }
  return {
    headerKey: chain.headerKey,
    associatedData: chain.associatedData,
    first: chain.preamble.length === FIRST_PREAMBLE_BYTES,
    length,
    missing,
    tags: shrinkRing(chain.tags, RECENT_TAGS, length, RETIRED_TAGS),
  };
}
