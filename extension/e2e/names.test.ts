import { expect, it } from 'vitest';
import { connections, deliveries, names } from '../launch/names.mjs';
import { en } from '../locales/en.ts';

it('the driver looks for the names that the views show', () => {
  expect(names).toMatchObject({
    yourName: en.firstRun.name,
    server: en.server.field,
    changeServer: en.firstRun.change,
    start: en.firstRun.start,
    invite: en.list.invite,
    inviteLink: en.invite.link,
    worksOnce: en.invite.once,
    paste: en.list.paste,
    read: en.accept.read,
    accept: en.accept.accept,
    back: en.general.back,
    send: en.composer.send,
    settings: en.general.settings,
    menu: en.general.menu,
    setPassphrase: en.lock.set,
    newPassphrase: en.lock.next,
    newPassphraseAgain: en.lock.again,
    passphrase: en.lock.passphrase,
    lockNow: en.lock.lockNow,
    unlock: en.lock.unlock,
    erase: en.lock.eraseNow,
    eraseConfirm: en.lock.eraseConfirm,
    directWith: en.settings.directWith,
    hideFromContact: en.address.hide,
    connection: en.connection.label(''),
    you: en.thread.myMessage('', '').replace(', ', ''),
  });
  expect(names.show('Passphrase')).toBe(en.lock.showOf('Passphrase'));
  expect(en.accept.field).toBe(names.inviteLink);
  expect(names.about('Bob')).toBe(en.contact.about('Bob'));
  expect(names.messageTo('Bob')).toBe(en.composer.field('Bob'));
  expect(names.messagesWith('Bob')).toBe(en.thread.label('Bob'));
  expect(en.thread.myMessage('10:31', en.delivery.sent)).toBe(`${names.you}10:31, ${deliveries.sent}`);
});

it('and for the states in their words', () => {
  expect(deliveries).toEqual(en.delivery);
  const { direct, relayed, connecting, mailbox, offline } = en.connection;
  expect(connections).toEqual({ direct, relayed, connecting, mailbox, offline });
  expect(en.connection.withRoundTrip('direct', 12)).toMatch(/^direct · 12/);
});
