import { expect, it } from 'vitest';
import { createNavigation } from './navigation.ts';

it('goes in and comes back, and knows what was left', () => {
  const navigation = createNavigation();
  navigation.go({ at: 'conversation', contactId: 'b' });
  navigation.go({ at: 'contact', contactId: 'b' });
  expect(navigation.direction.value).toBe('in');
  navigation.back();
  expect(navigation.screen.value).toEqual({ at: 'conversation', contactId: 'b' });
  expect(navigation.cameFrom.value).toBe('contact:b');
  expect(navigation.direction.value).toBe('out');
  navigation.back();
  navigation.back();
  expect(navigation.screen.value).toEqual({ at: 'list' });
});

it('leads back to the list from a conversation, wherever it was opened', () => {
  const navigation = createNavigation();
  navigation.go({ at: 'accept' });
  navigation.go({ at: 'conversation', contactId: 'b' });
  navigation.back();
  expect(navigation.screen.value).toEqual({ at: 'list' });
});

it('goes on from a screen only where that lets go of it, and home from all', () => {
  let go = (): void => {};
  const navigation = createNavigation((way) => {
    go = way;
  });
  navigation.go({ at: 'backup' });
  expect(navigation.screen.value).toEqual({ at: 'list' });
  go();
  expect(navigation.screen.value).toEqual({ at: 'backup' });
  navigation.back();
  expect(navigation.screen.value).toEqual({ at: 'backup' });
  navigation.home();
  expect(navigation.screen.value).toEqual({ at: 'list' });
});

it('goes home from any depth', () => {
  const navigation = createNavigation();
  navigation.go({ at: 'conversation', contactId: 'b' });
  navigation.go({ at: 'contact', contactId: 'b' });
  navigation.home();
  expect(navigation.screen.value).toEqual({ at: 'list' });
  navigation.back();
  expect(navigation.screen.value).toEqual({ at: 'list' });
});

it('leads back from what was found to what was found with it', () => {
  const navigation = createNavigation();
  const search = { at: 'search', contactId: 'b' } as const;
  navigation.go({ at: 'conversation', contactId: 'b' });
  navigation.go(search);
  navigation.go({ at: 'conversation', contactId: 'b', messageId: 'm' });
  expect(navigation.behind.value).toBe(search);
  navigation.back();
  expect(navigation.cameFrom.value).toBe('conversation:b:m');
  expect(navigation.screen.value).toBe(search);
  navigation.back();
  expect(navigation.screen.value).toEqual({ at: 'conversation', contactId: 'b' });
});
