/** The one connection as browsers make it: in a page of the extension, which is where the engine has it. */
import { fileURLToPath } from 'node:url';
import type { Page } from 'puppeteer-core';
import { build, type Rollup } from 'vite';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Launched, launch } from '../../launch/browsers.mjs';
import { outputs } from '../../launch/paths.mjs';
import type { PeerOptions, Peer as PeerType } from './peer.ts';

type InPage = { readonly inPage: { readonly Peer: typeof PeerType } };

let script: string;
let browser: Launched;

beforeAll(async () => {
  const [built] = (await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'esnext',
      lib: {
        entry: fileURLToPath(new URL('./peer.ts', import.meta.url)),
        formats: ['iife'],
        name: 'inPage',
      },
    },
  })) as Rollup.RollupOutput[];
  // A page's own global, which the bundle's `var` would not be in what a test evaluates.
  script = `${built?.output[0].code}; globalThis.inPage = inPage;`;
});

afterEach(() => browser.close());

async function pageOf(kind: 'chromium' | 'firefox'): Promise<Page> {
  browser = await launch({
    browser: kind,
    extension: kind === 'chromium' ? outputs.chrome : outputs.firefox,
  });
  // Any file of the extension makes a page of its origin; an image has no script of its own.
  const page = await browser.open('icons/16.png');
  await page.evaluate(script);
  return page;
}

describe.each(['chromium', 'firefox'] as const)('a connection in %s', (kind) => {
  it('that is closed while it takes an offer keeps nobody waiting', async () => {
    const page = await pageOf(kind);
    const outcome = await page.evaluate(async () => {
      const { Peer } = (globalThis as unknown as InPage).inPage;
      const make = (told: (sdp: string) => void) =>
        new Peer({
          turn: undefined,
          relayOnly: false,
          polite: true,
          clock: { now: () => 0, after: () => () => {} },
          signal: (signal) => signal.kind === 'offer' && told(signal.sdp),
          state: () => {},
          open: () => {},
          closed: () => {},
          frame: () => {},
        } satisfies PeerOptions);
      let theirs: PeerType | undefined;
      const sdp = await new Promise<string>((told) => {
        theirs = make(told);
      });
      const mine = make(() => {});
      const taken = mine.accept({ kind: 'offer', sdp });
      mine.close();
      const late = new Promise((resolve) => setTimeout(() => resolve('still waiting'), 5000));
      const first = await Promise.race([taken, late]);
      theirs?.close();
      return first;
    });
    expect(outcome).toBe('taken');
  });

  it('that may use a relay only looks for no other way, and tells of none', async () => {
    const page = await pageOf(kind);
    const gathered = (relayOnly: boolean) =>
      page.evaluate(async (only) => {
        const { Peer } = (globalThis as unknown as InPage).inPage;
        const told: string[] = [];
        const Real = RTCPeerConnection;
        let complete = () => {};
        const gathering = new Promise<void>((done) => {
          complete = done;
        });
        globalThis.RTCPeerConnection = class extends Real {
          constructor(configuration?: RTCConfiguration) {
            super(configuration);
            this.addEventListener('icegatheringstatechange', () => {
              if (this.iceGatheringState === 'complete') complete();
            });
          }
        };
        const peer = new Peer({
          // Nobody is there: with a relay only there is nothing to tell of. What is no relay's address is left out.
          turn: {
            urls: ['turn:127.0.0.1:49151?transport=tcp', 'stun:127.0.0.1:9', 'nonsense'],
            username: 'u',
            credential: 'c',
            ttl: 60,
          },
          relayOnly: only,
          polite: true,
          clock: {
            now: () => 0,
            after: (_, then) => {
              queueMicrotask(then);
              return () => {};
            },
          },
          signal: (signal) => {
            if (signal.kind === 'candidates') told.push(...signal.list.map(({ candidate }) => candidate));
            else told.push(...signal.sdp.split('\r\n').filter((line) => line.startsWith('a=candidate')));
          },
          state: () => {},
          open: () => {},
          closed: () => {},
          frame: () => {},
        } satisfies PeerOptions);
        globalThis.RTCPeerConnection = Real;
        await gathering;
        peer.close();
        return told;
      }, relayOnly);
    // The same eyes see what there is to see.
    expect((await gathered(false)).join()).toContain(' typ host');
    expect(await gathered(true)).toEqual([]);
  });

  it('leaves out relays that the browser refuses, and connects all the same', async () => {
    const page = await pageOf(kind);
    const outcome = await page.evaluate(async () => {
      const { Peer } = (globalThis as unknown as InPage).inPage;
      // A port that Firefox blocks, one that is none, and half an address; 3478 is the usual one.
      const refused = ['turn:127.0.0.1:9', 'turn:127.0.0.1:99999', 'turn:[::1'];
      const urls = [...refused, 'turn:127.0.0.1:3478?transport=tcp'];
      const ends: PeerType[] = [];
      const taking: (Promise<void> | undefined)[] = [Promise.resolve(), Promise.resolve()];
      const configured: string[] = [];
      const Real = RTCPeerConnection;
      globalThis.RTCPeerConnection = class extends Real {
        constructor(configuration?: RTCConfiguration) {
          super(configuration);
          if (configuration !== undefined)
            configured.push((configuration.iceServers ?? []).map((one) => one.urls).join(' '));
        }
      };
      const make = (relayOnly: boolean, addresses: string[], open = () => {}): PeerType => {
        const at = ends.length;
        const peer = new Peer({
          turn: { urls: addresses, username: 'u', credential: 'c', ttl: 60 },
          relayOnly,
          polite: at === 0,
          clock: {
            now: () => 0,
            after: (_, then) => {
              queueMicrotask(then);
              return () => {};
            },
          },
          // As links do: the other begins with my offer, and takes one signal after the other.
          signal: (signal) => {
            const other = 1 - at;
            if (ends[other] === undefined) make(relayOnly, addresses);
            const take = async () => {
              if ((await ends[other]?.accept(signal)) === 'ignored') ends[other]?.repeat();
            };
            taking[other] = taking[other]?.then(take);
          },
          state: () => {},
          open,
          closed: () => {},
          frame: () => {},
        } satisfies PeerOptions);
        ends.push(peer);
        return peer;
      };
      const opened = new Promise<string>((told) => {
        make(false, urls, () => told('open'));
      });
      const again = setInterval(() => {
        for (const end of ends) end.repeat();
      }, 1000);
      const late = new Promise<string>((told) => setTimeout(() => told('not open'), 20_000));
      const state = await Promise.race([opened, late]);
      clearInterval(again);
      let only = 'made';
      try {
        make(true, ['turn:127.0.0.1:99999', 'nonsense']);
      } catch (error) {
        only = (error as { code: string }).code;
      }
      globalThis.RTCPeerConnection = Real;
      for (const end of ends) end.close();
      return { state, only, configured: [...new Set(configured)] };
    });
    const usual = 'turn:127.0.0.1:3478?transport=tcp';
    const taken = kind === 'firefox' ? usual : `turn:127.0.0.1:9 ${usual}`;
    expect(outcome).toEqual({ state: 'open', only: 'no-relay', configured: [taken] });
  });

  it('takes sixty-four of the contact’s candidates, and no channel of theirs', async () => {
    const page = await pageOf(kind);
    const outcome = await page.evaluate(async () => {
      const { Peer } = (globalThis as unknown as InPage).inPage;
      const theirs = new RTCPeerConnection();
      theirs.createDataChannel('chat', { negotiated: true, id: 0 });
      const extra = theirs.createDataChannel('extra');
      const closed = new Promise<string>((told) => {
        extra.onclose = () => told('closed');
      });
      let taken = 0;
      const { addIceCandidate } = RTCPeerConnection.prototype;
      const mine = new Peer({
        turn: undefined,
        relayOnly: false,
        polite: true,
        clock: {
          now: () => 0,
          after: (_, then) => {
            queueMicrotask(then);
            return () => {};
          },
        },
        signal: (signal) => {
          if (signal.kind === 'answer') void theirs.setRemoteDescription({ type: 'answer', sdp: signal.sdp });
          else if (signal.kind === 'candidates') {
            for (const { candidate, mid } of signal.list)
              void theirs.addIceCandidate({ candidate, sdpMid: mid }).catch(() => {});
          }
        },
        state: () => {},
        open: () => {},
        closed: () => {},
        frame: () => {},
      } satisfies PeerOptions);
      const real: { candidate: string; mid: string }[] = [];
      const gathered = new Promise<void>((done) => {
        theirs.onicecandidate = ({ candidate }) => {
          if (candidate === null) done();
          else if (candidate.candidate !== '')
            real.push({ candidate: candidate.candidate, mid: candidate.sdpMid ?? '0' });
        };
      });
      await theirs.setLocalDescription();
      await gathered;
      await mine.accept({ kind: 'offer', sdp: theirs.localDescription?.sdp ?? '' });
      RTCPeerConnection.prototype.addIceCandidate = function (candidate) {
        if (this !== theirs) taken++;
        return Reflect.apply(addIceCandidate, this, [candidate]);
      };
      const one = real[0] ?? { candidate: '', mid: '0' };
      for (let n = 0; n < 10; n++)
        await mine.accept({ kind: 'candidates', list: Array.from({ length: 16 }, () => one) });
      RTCPeerConnection.prototype.addIceCandidate = addIceCandidate;
      const late = new Promise<string>((told) => setTimeout(() => told('open'), 10_000));
      const state = await Promise.race([closed, late]);
      mine.close();
      theirs.close();
      return { taken, state };
    });
    expect(outcome).toEqual({ taken: 64, state: 'closed' });
  });
});
