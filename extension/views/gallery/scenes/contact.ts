import type { App } from '../../models/app.ts';
import { OpenPgpError } from '../../models/surroundings.ts';
import type { FakeClient } from '../../testing/fake-client.ts';
import { BOB, LONG, NAMELESS, NOW, OF_ALL_KINDS, ready, TOM } from '../../testing/samples.ts';
import { type HandCamera, settled } from '../../testing/surroundings.ts';
import { CHANGED, COMPARED, type Scenes } from './scene.ts';

const PGP_KEY = {
  fingerprint: '5B3C8D0E91F24A76B8E0D3C1F7A92E64108B5D3F',
  userIds: ['Bob Okafor <bob@example.org>'],
};
const statement = (client: FakeClient) =>
  client.answer('identity-statement', () => ({
    text: [
      'Aside identity statement, version 1',
      'This is my identity in Aside:',
      '6aca 0161 63d3 8603 d505 deef 099d cdfa',
      '5c36 bf71 b75e be5e c17b 4dd7 e6b7 4480',
      'Date: 2026-11-24',
    ].join('\n'),
  }));

const PROVEN = {
  theirs: NOW - 2 * 86_400_000,
  checked: { ...PGP_KEY, date: '2026-11-01', at: NOW - 86_400_000 },
};

async function checkProof(app: App): Promise<void> {
  app.navigation.go({ at: 'proof', contactId: BOB.id });
  const place = app.place.value;
  if (place.at !== 'proof') return;
  place.proof.typeMessage('-----BEGIN PGP SIGNED MESSAGE-----');
  place.proof.typeKey('-----BEGIN PGP PUBLIC KEY BLOCK-----');
  await place.proof.check();
}

/** Holds a code before the camera: the scene's engine says what it is. */
function compareCode(app: App): Promise<void> {
  (app.surroundings.camera as HandCamera).sees = BOB.safety.code;
  app.navigation.go({ at: 'compare', contactId: BOB.id });
  return settled();
}

export const CONTACT: Scenes = {
  'contact-until-accepted': {
    app: ready({
      contacts: [{ ...BOB, connection: { state: 'relayed', roundTrip: 41 }, address: 'until-accepted' }],
    }),
    act: (app) => app.navigation.go({ at: 'contact', contactId: BOB.id }),
  },
  'contact-hidden-from-all': {
    app: ready({ contacts: [{ ...BOB, connection: { state: 'relayed' }, address: 'hidden-from-all' }] }),
    act: (app) => app.navigation.go({ at: 'contact', contactId: BOB.id }),
  },
  contact: {
    app: ready(),
    act: (app) => app.navigation.go({ at: 'contact', contactId: BOB.id }),
    more: ['narrow', 'rtl', 'wide'],
  },
  'contact-of-another-script': {
    app: ready({ contacts: OF_ALL_KINDS }),
    act: (app) => app.navigation.go({ at: 'contact', contactId: OF_ALL_KINDS[1]?.id ?? '' }),
    more: ['rtl'],
  },
  'contact-nameless': {
    app: ready({ contacts: [NAMELESS] }),
    act: (app) => app.navigation.go({ at: 'contact', contactId: NAMELESS.id }),
  },
  'contact-compared': {
    app: ready({ contacts: [{ ...BOB, trust: COMPARED }] }),
    act: (app) => app.navigation.go({ at: 'contact', contactId: BOB.id }),
    press: ['Show my code'],
    more: ['narrow'],
  },
  'contact-changed': {
    app: ready({ contacts: [CHANGED] }),
    act: (app) => app.navigation.go({ at: 'contact', contactId: TOM.id }),
    press: ['It does not match'],
    more: ['narrow'],
  },
  'contact-how': {
    app: ready(),
    act: (app) => app.navigation.go({ at: 'contact', contactId: BOB.id }),
    press: ['We compared, it matches'],
  },
  proof: {
    app: ready(),
    engine: statement,
    act: (app) => app.navigation.go({ at: 'proof', contactId: BOB.id }),
    more: ['narrow', 'rtl'],
  },
  'proof-matches': {
    app: ready(),
    engine: (client) =>
      statement(client).answer('read-statement', () => ({ outcome: 'this', date: '2026-11-24' })),
    signature: { state: 'signed', text: '', at: NOW, ...PGP_KEY },
    act: checkProof,
    more: ['narrow'],
  },
  'proof-attached': {
    app: ready({ contacts: [{ ...BOB, proof: { theirs: NOW - 60_000, mine: NOW - 86_400_000 } }] }),
    engine: (client) => statement(client).answer('their-proof', () => ({ text: '-----BEGIN PGP' })),
    act: (app) => app.navigation.go({ at: 'proof', contactId: BOB.id }),
    more: ['narrow'],
  },
  'proof-checked': {
    app: ready({ contacts: [{ ...BOB, proof: PROVEN }] }),
    engine: (client) => statement(client).answer('their-proof', () => ({ text: '-----BEGIN PGP' })),
    act: (app) => app.navigation.go({ at: 'proof', contactId: BOB.id }),
  },
  'contact-proof-checked': {
    app: ready({ contacts: [{ ...BOB, proof: PROVEN }] }),
    act: (app) => app.navigation.go({ at: 'contact', contactId: BOB.id }),
  },
  'proof-other-key': {
    app: ready(),
    engine: statement,
    signature: { state: 'other-key', ...PGP_KEY },
    act: checkProof,
  },
  'proof-private-key': {
    app: ready(),
    engine: statement,
    signature: new OpenPgpError('key-private'),
    act: checkProof,
  },
  'compare-scan': {
    app: ready(),
    act: (app) => app.navigation.go({ at: 'compare', contactId: BOB.id }),
    more: ['narrow', 'wide'],
  },
  'compare-scan-in-panel': {
    app: ready(),
    camera: 'asking',
    act: (app) => app.navigation.go({ at: 'compare', contactId: BOB.id }),
  },
  'compare-scan-refused': {
    app: ready(),
    camera: 'refused',
    act: (app) => app.navigation.go({ at: 'compare', contactId: BOB.id }),
  },
  'compare-scan-match': {
    app: ready(),
    engine: (client) => client.answer('compare-code', () => ({ outcome: 'match' })),
    act: compareCode,
  },
  'compare-scan-mismatch': {
    app: ready(),
    engine: (client) => client.answer('compare-code', () => ({ outcome: 'mismatch' })),
    act: compareCode,
    more: ['narrow'],
  },
  'compare-scan-other': {
    app: ready(),
    engine: (client) => client.answer('compare-code', () => ({ outcome: 'not-a-code' })),
    act: compareCode,
  },
  'contact-rename': {
    app: ready(),
    act: (app) => app.navigation.go({ at: 'contact', contactId: BOB.id }),
    press: ['Rename'],
  },
  'contact-remove': {
    app: ready({ contacts: [LONG] }),
    act: (app) => app.navigation.go({ at: 'contact', contactId: LONG.id }),
    press: ['Remove contact'],
  },
};
