import { describe, expect, it } from 'vitest';
import { FakeClient } from '../testing/fake-client.ts';
import { BOB, OPEN_INVITE, PROPOSED } from '../testing/samples.ts';
import { settled, testSurroundings } from '../testing/surroundings.ts';
import { createAccept } from './accept.ts';
import { createCompareScan } from './compare-scan.ts';
import { createScan, LOOK_EVERY_MS } from './scan.ts';
import { screenAt, tabAddress } from './tab-address.ts';

describe('a scan', () => {
  function scanning(taken = true) {
    const surroundings = testSurroundings(new FakeClient());
    const read: string[] = [];
    const scan = createScan(surroundings, async (text) => {
      read.push(text);
      return taken;
    });
    return { ...surroundings, read, scan };
  }

  it('looks until it finds, and lets the camera go', async () => {
    const { scan, camera, clock, read } = scanning();
    await scan.start();
    expect(scan.state.value).toMatchObject({ at: 'looking', other: false });
    expect(camera.on).toBe(1);
    camera.sees = 'a code';
    clock.pass(LOOK_EVERY_MS);
    await settled();
    expect(read).toEqual(['a code']);
    expect(scan.state.value).toEqual({ at: 'found' });
    expect(camera.on).toBe(0);
  });

  it('says of another code that it is one, asks about it once, and goes on', async () => {
    const { scan, camera, clock, read } = scanning(false);
    camera.sees = 'a timetable';
    await scan.start();
    clock.pass(LOOK_EVERY_MS);
    await settled();
    clock.pass(LOOK_EVERY_MS);
    await settled();
    expect(read).toEqual(['a timetable']);
    expect(scan.state.value).toMatchObject({ at: 'looking', other: true });
    scan.stop();
    expect(camera.on).toBe(0);
  });

  it.each(['refused', 'none', 'busy'] as const)('says why there is no picture: %s', async (trouble) => {
    const surroundings = testSurroundings(new FakeClient());
    const { camera } = surroundings;
    camera.answer = trouble;
    const inTab = createScan({ ...surroundings, surface: 'tab' }, async () => true);
    await inTab.start();
    expect(inTab.state.value).toEqual({ at: 'trouble', trouble });
    camera.answer = 'granted';
    await inTab.start();
    expect(inTab.state.value).toMatchObject({ at: 'looking' });
    camera.end();
    expect(inTab.state.value).toEqual({ at: 'trouble', trouble: 'none' });
    expect(camera.on).toBe(0);
  });

  it('sends to a tab from where the browser cannot ask', async () => {
    const { scan, camera } = scanning();
    camera.answer = 'asking';
    await scan.start();
    expect(scan.state.value).toEqual({ at: 'needs-tab' });
  });

  it('lets a camera go that opens after one has left', async () => {
    const { scan, camera } = scanning();
    const started = scan.start();
    scan.stop();
    await started;
    expect(camera.on).toBe(0);
  });
});

describe('an invite before the camera', () => {
  it('is asked about as a pasted one is', async () => {
    const client = new FakeClient().answer('read-invite', () => PROPOSED);
    const surroundings = testSurroundings(client);
    surroundings.camera.sees = OPEN_INVITE.link;
    const model = createAccept(surroundings, () => {});
    model.scanCode();
    await settled();
    expect(model.state.value).toEqual({ step: 'confirm', invite: PROPOSED });
    expect(client.callsOf('accept-invite')).toEqual([]);
    expect(surroundings.camera.on).toBe(0);
  });

  it('that is over is called so, and what is no invite leaves the camera looking', async () => {
    const client = new FakeClient().refuse('read-invite', 'invite-damaged');
    const surroundings = testSurroundings(client);
    surroundings.camera.sees = BOB.safety.code;
    const model = createAccept(surroundings, () => {});
    model.scanCode();
    await settled();
    expect(model.state.value).toMatchObject({ step: 'scan' });
    client.refuse('read-invite', 'invite-cut');
    surroundings.camera.sees = 'https://a-poster.example';
    surroundings.clock.pass(LOOK_EVERY_MS);
    await settled();
    expect(model.state.value).toMatchObject({ step: 'scan' });
    client.refuse('read-invite', 'invite-expired');
    surroundings.camera.sees = OPEN_INVITE.link;
    surroundings.clock.pass(LOOK_EVERY_MS);
    await settled();
    expect(model.state.value).toEqual({ step: 'paste', code: 'invite-expired' });
  });

  it('leaves no camera on when one goes away', async () => {
    const surroundings = testSurroundings(new FakeClient());
    const model = createAccept(surroundings, () => {});
    model.scanCode();
    await settled();
    expect(surroundings.camera.on).toBe(1);
    model.dispose();
    expect(surroundings.camera.on).toBe(0);
  });
});

describe('an invite that is from a contact', () => {
  it('is accepted as theirs where the person says so, or its key does', async () => {
    const client = new FakeClient()
      .answer('read-invite', () => PROPOSED)
      .answer('accept-invite', () => ({ contactId: BOB.id }));
    const said = createAccept(testSurroundings(client), () => {}, { contactId: BOB.id });
    said.type(PROPOSED.link);
    await said.read();
    await said.accept();
    const known = createAccept(testSurroundings(client), () => {}, {
      proposed: { ...PROPOSED, from: BOB.id },
    });
    await known.accept();
    const stranger = createAccept(testSurroundings(client), () => {}, { proposed: PROPOSED });
    await stranger.accept();
    const accept = { type: 'accept-invite', text: PROPOSED.link };
    const ofBob = { ...accept, contactId: BOB.id };
    expect(client.callsOf('accept-invite')).toEqual([ofBob, ofBob, accept]);
  });
});

describe('a comparison by the camera', () => {
  it.each(['match', 'mismatch'] as const)('ends with a %s, as the engine says', async (outcome) => {
    const client = new FakeClient().answer('compare-code', () => ({ outcome }));
    const surroundings = testSurroundings(client);
    surroundings.camera.sees = BOB.safety.code;
    const model = createCompareScan(surroundings, BOB.id);
    await settled();
    expect(model.outcome.value).toEqual({ state: outcome });
    expect(client.callsOf('compare-code')).toEqual([
      { type: 'compare-code', contactId: BOB.id, code: BOB.safety.code },
    ]);
    model.again();
    await settled();
    expect(client.callsOf('compare-code')).toHaveLength(2);
  });

  it('goes on where the code is of another kind', async () => {
    const client = new FakeClient().answer('compare-code', () => ({ outcome: 'not-a-code' }));
    const surroundings = testSurroundings(client);
    surroundings.camera.sees = 'x';
    const model = createCompareScan(surroundings, BOB.id);
    await settled();
    expect(model.outcome.value).toEqual({ state: 'none' });
    expect(model.scan.state.value).toMatchObject({ at: 'looking', other: true });
    model.dispose();
  });
});

describe('a screen in a tab of its own', () => {
  it('is the one that was asked for, and nothing else can be', () => {
    const fragment = (address: string) => address.slice(address.indexOf('#'));
    const compare = { at: 'compare', contactId: BOB.id } as const;
    const talk = { at: 'conversation', contactId: BOB.id } as const;
    for (const screen of [compare, talk]) expect(screenAt(fragment(tabAddress(screen)))).toEqual(screen);
    expect(screenAt(fragment(tabAddress({ at: 'accept' })))).toEqual({ at: 'accept', scan: true });
    for (const other of ['', '#', '#x', '#%', '#{}', '#null', fragment(tabAddress({ at: 'settings' }))])
      expect(screenAt(other), other).toBeUndefined();
  });
});
