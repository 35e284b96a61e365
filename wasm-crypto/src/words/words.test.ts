import published from 'libsodium-wrappers-sumo';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../../testing/load.ts';
import cpace from '../../vectors/cpace.json' with { type: 'json' };
import { useRandomSource } from '../random.ts';
import { MIN_ENVELOPE } from '../sizes.ts';
import { ristrettoMultiply } from '../sodium/ristretto.ts';
import { codeOf, hex, invited, unhex } from '../test-people.ts';
import { generatorOf, newScalar, sessionKeyOf, shareOf } from './cpace.ts';
import {
  answerByWords,
  askByWords,
  handOverInvite,
  proveWords,
  SPOKEN_WORDS,
  type Spoken,
  secretWords,
  takeInvite,
  wordsFit,
  wordsReplyKey,
} from './exchange.ts';
import { decodeWordsMessage, encodeWordsMessage, type WordsMessage } from './messages.ts';

beforeAll(async () => {
  await loadCrypto();
  await published.ready;
});
afterEach(() => useRandomSource(undefined));

describe('CPace, the published vectors', () => {
  const v = cpace.exchange;
  const inputs = { prs: unhex(v.PRS), ci: unhex(v.CI), sid: unhex(v.sid) };
  const a = { y: unhex(v.Ya), ad: unhex(v.ADa) };
  const b = { y: unhex(v.Yb), ad: unhex(v.ADb) };

  it('generator and shares', () => {
    expect(hex(generatorOf(inputs))).toBe(v.g);
    expect(hex(shareOf(unhex(v.ya), inputs))).toBe(v.Ya);
    expect(hex(shareOf(unhex(v.yb), inputs))).toBe(v.Yb);
  });

  it('K and the session key, from either side', () => {
    expect(hex(ristrettoMultiply(unhex(v.ya), b.y))).toBe(v.K);
    expect(hex(ristrettoMultiply(unhex(v.yb), a.y))).toBe(v.K);
    const { sid } = inputs;
    expect(hex(sessionKeyOf({ scalar: unhex(v.ya), theirs: b.y, sid, a, b }))).toBe(v.ISK_IR);
    expect(hex(sessionKeyOf({ scalar: unhex(v.yb), theirs: a.y, sid, a, b }))).toBe(v.ISK_IR);
  });

  it('valid and invalid points', () => {
    const { scalar, valid, product, invalid } = cpace.points;
    expect(hex(ristrettoMultiply(unhex(scalar), unhex(valid)))).toBe(product);
    for (const point of invalid) {
      expect(codeOf(() => ristrettoMultiply(unhex(scalar), unhex(point)))).toBe('forged');
      const bad = { y: unhex(point), ad: a.ad };
      const input = { scalar: unhex(scalar), theirs: bad.y, sid: inputs.sid, a: bad, b };
      expect(codeOf(() => sessionKeyOf(input))).toBe('forged');
    }
  });

  it('a length from 128 on has two bytes, and a share is one of the two', () => {
    const [prs, ci] = [Uint8Array.of(1, 2, 3, 4), new Uint8Array(128).fill(5)];
    const dsi = new TextEncoder().encode('CPaceRistretto255');
    const zeros = new Uint8Array(127 - 1 - 4 - 1 - dsi.length);
    const lv = [[17], dsi, [4], prs, [zeros.length], zeros, [0x80, 0x01], ci, [1], [9]];
    const hash = published.crypto_hash_sha512(Uint8Array.from(lv.flatMap((part) => [...part])));
    const reference = published.crypto_core_ristretto255_from_hash(hash);
    expect(hex(generatorOf({ prs, ci, sid: Uint8Array.of(9) }))).toBe(hex(reference));
    const theirs = unhex(v.Ya);
    const input = { scalar: unhex(v.ya), theirs, sid: inputs.sid, a, b };
    expect(codeOf(() => sessionKeyOf(input))).toBe('malformed');
  });

  it('a scalar is below the order, also of the largest bytes', () => {
    useRandomSource((buffer) => {
      buffer.fill(255);
    });
    expect(hex(newScalar())).toBe('000f9c44e31106a447938568a71b0ed065bef517d273ecce3d9a307c1b419903');
  });
});

const mailbox = new Uint8Array(32).fill(3);
const reply = new Uint8Array(32).fill(4);
const said: Spoken = { words: [0, 1234, 2047], mailbox };

/** Over the wire and back. */
function sent<M extends WordsMessage>(message: M): M {
  const bytes = encodeWordsMessage(message);
  expect(bytes).toHaveLength(MIN_ENVELOPE);
  return decodeWordsMessage(bytes) as M;
}

/** Up to the accepter's proof. */
function tried(theirs: Spoken, mine: Spoken = said) {
  const asked = askByWords(theirs, reply);
  const answered = answerByWords(mine, sent(asked.message));
  const proven = proveWords(asked.state, sent(answered.message));
  return { asked, inviter: answered.state, accepter: proven.state, proof: sent(proven.message) };
}

describe('three words', () => {
  it('hand over an ordinary invite', () => {
    const { text } = invited().created;
    const { inviter, accepter, proof } = tried(said);
    expect(wordsFit(inviter, proof)).toBe(true);
    expect(takeInvite(accepter, sent(handOverInvite(inviter, text)))).toBe(text);
  });

  it.each([
    ['another first word', { ...said, words: [1, 1234, 2047] }],
    ['another second word', { ...said, words: [0, 1235, 2047] }],
    ['another third word', { ...said, words: [0, 1234, 2046] }],
    ['the words in another order', { ...said, words: [0, 2047, 1234] }],
    ['another mailbox', { ...said, mailbox: new Uint8Array(32).fill(5) }],
  ] as [string, Spoken][])('do not fit with %s, on either side', (_what, theirs) => {
    const { inviter, accepter, proof } = tried(theirs);
    expect(wordsFit(inviter, proof)).toBe(false);
    const handed = handOverInvite(inviter, invited().created.text);
    expect(codeOf(() => takeInvite(accepter, handed))).toBe('forged');
  });

  it('do not fit where answers were led elsewhere, or the proof is reflected', () => {
    const asked = askByWords(said, reply);
    const led = answerByWords(said, { ...asked.message, reply: new Uint8Array(32).fill(9) });
    expect(wordsFit(led.state, proveWords(asked.state, led.message).message)).toBe(false);
    const { accepter, proof, inviter } = tried(said);
    const { sealed } = handOverInvite(inviter, invited().created.text);
    expect(codeOf(() => takeInvite(accepter, { kind: 'invite', tag: proof.tag, sealed }))).toBe('forged');
  });

  it('do not fit where the accepter hears but their own words', () => {
    const asked = askByWords(said, reply);
    const { share } = asked.message;
    const { state, message } = proveWords(asked.state, { kind: 'answer', share });
    const { sealed } = handOverInvite(state, invited().created.text);
    // Who sits in between has the seal at best: what they can show of the words is what was said to them.
    expect(codeOf(() => takeInvite(state, { kind: 'invite', tag: message.tag, sealed }))).toBe('forged');
    // The same share as an ask makes another key, and as somebody else's answer too.
    const answered = answerByWords(said, { kind: 'ask', share, reply });
    expect(wordsFit(answered.state, message)).toBe(false);
    const other = askByWords(said, reply);
    expect(wordsFit(proveWords(other.state, { kind: 'answer', share }).state, message)).toBe(false);
  });

  it('hand nothing over with a byte changed', () => {
    const { inviter, accepter } = tried(said);
    const handed = handOverInvite(inviter, invited().created.text);
    for (const part of ['tag', 'sealed'] as const) {
      for (let at = 0; at < handed[part].length; at++) {
        const changed = { ...handed, [part]: handed[part].with(at, (handed[part][at] ?? 0) ^ 1) };
        expect(codeOf(() => takeInvite(accepter, changed))).toBe('forged');
      }
    }
    expect(codeOf(() => handOverInvite(inviter, 'AAAA'))).toBe('damaged');
  });

  it('refuse a share that is no point, before anything else', () => {
    for (const point of cpace.points.invalid) {
      const share = unhex(point);
      expect(codeOf(() => answerByWords(said, { kind: 'ask', share, reply }))).toBe('forged');
      const asked = askByWords(said, reply);
      expect(codeOf(() => proveWords(asked.state, { kind: 'answer', share }))).toBe('forged');
    }
  });

  it('are two numbers of the list, whatever the randomness', () => {
    for (const byte of [0, 7, 8, 255]) {
      useRandomSource((buffer) => {
        buffer.fill(byte);
      });
      const [second, third] = secretWords();
      expect(second).toBe((byte * 257) % SPOKEN_WORDS);
      expect(third).toBe(second);
    }
    for (const word of [-1, 2048, 0.5, Number.NaN]) {
      expect(codeOf(() => askByWords({ ...said, words: [0, word, 0] }, reply))).toBe('malformed');
    }
    expect(codeOf(() => askByWords({ ...said, mailbox: reply.subarray(1) }, reply))).toBe('malformed');
    expect(codeOf(() => askByWords(said, reply.subarray(1)))).toBe('malformed');
  });
});

describe('the reply mailbox for who may open none', () => {
  it('has a key that everybody makes from the words mailbox, and nobody from anything else', () => {
    const id = new Uint8Array(32).fill(7);
    // HKDF by hand (RFC 5869 2.2, 2.3): no salt is a key of zeros, and 32 bytes are its first block.
    const extracted = published.crypto_auth_hmacsha256(id, new Uint8Array(32));
    const reference = published.crypto_auth_hmacsha256('aside/1 words reply\0\x01', extracted);
    expect(hex(wordsReplyKey(id))).toBe(hex(reference));
    expect(codeOf(() => wordsReplyKey(id.subarray(1)))).toBe('malformed');
  });
});

describe('a message of the exchange', () => {
  it('is refused in any other shape', () => {
    const bytes = encodeWordsMessage({ kind: 'refusal' });
    expect(decodeWordsMessage(bytes)).toEqual({ kind: 'refusal' });
    expect(codeOf(() => decodeWordsMessage(bytes.subarray(1)))).toBe('malformed');
    expect(codeOf(() => decodeWordsMessage(bytes.with(0, 2)))).toBe('wrong-version');
    for (const kind of [0, 6, 255])
      expect(codeOf(() => decodeWordsMessage(bytes.with(1, kind)))).toBe('malformed');
    expect(codeOf(() => decodeWordsMessage(bytes.with(MIN_ENVELOPE - 1, 1)))).toBe('malformed');
  });
});
