import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newNodeName } from './names.ts';
import { Batch, type BatchReader, readBatch } from './post.ts';

/** Keeps what it is told, each bytes as text. */
function recorder() {
  const heard: unknown[][] = [];
  const reader: BatchReader = {
    live: (frame) => {
      heard.push(['live', Buffer.from(frame).toString()]);
      return 'passed';
    },
    notice: (sequence, before, epoch, parcel) =>
      heard.push(['notice', sequence, before, epoch, Buffer.from(parcel).toString()]),
    taken: (mailbox, epoch) => heard.push(['taken', mailbox.length, epoch]),
    outcomes: (batch, outcomes) => heard.push(['outcomes', batch, ...outcomes]),
  };
  return { heard, reader };
}

function everything(): Buffer {
  const batch = new Batch(newNodeName(), 0);
  batch.begin(7);
  batch.live(Buffer.from('hello'));
  batch.notice(2 ** 52, 2 ** 51, 1_800_000_000_123_456, Buffer.from('parcel'));
  batch.taken(new Uint8Array(32), 5);
  batch.outcomes(9, ['passed', 'nobody', 'elsewhere']);
  return batch.bytes;
}

describe('a batch from node to node', () => {
  it('is read as it was written', () => {
    const { heard, reader } = recorder();
    expect(readBatch(everything(), reader)).toMatchObject({ number: 7, outcomes: ['passed'] });
    expect(heard).toEqual([
      ['live', 'hello'],
      ['notice', 2 ** 52, 2 ** 51, 1_800_000_000_123_456, 'parcel'],
      ['taken', 32, 5],
      ['outcomes', 9, 'passed', 'nobody', 'elsewhere'],
    ]);
  });

  it('ends where it cannot be read, whatever the bytes, and never in an error', () => {
    const whole = everything();
    for (let length = 0; length < whole.length; length++) {
      const { heard, reader } = recorder();
      readBatch(whole.subarray(0, length), reader);
      expect(heard.length).toBeLessThan(4);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(whole.length), (noise, at) => {
        const { reader } = recorder();
        readBatch(Buffer.from(noise), reader);
        readBatch(Buffer.concat([whole.subarray(0, at), noise]), reader);
      }),
    );
  });
});
