import { KeyRound, ShieldCheck, TriangleAlert } from 'lucide-preact';
import type { ContactView } from '../../bridge/types/snapshots.ts';
import { words } from '../../locales/index.ts';
import type { Person } from '../models/person.ts';
import { date } from '../words/format.ts';
import { Icon } from './icon.tsx';
import { Note } from './note.tsx';

/** What is known of a contact's key, in a few words. Nothing is said by a colour or a drawing alone. */
export function trustWords({ trust }: Pick<ContactView, 'trust'>): string {
  return trust.state === 'compared' ? words.trust.compared[trust.how] : words.trust[trust.state];
}

/** Beside a name in the list: something only where there is more to say than that an invite introduced them. */
export function TrustMark({ contact }: { readonly contact: Person }) {
  const { state } = contact.trust;
  if (state === 'introduced') return null;
  const drawing = state === 'compared' ? ShieldCheck : state === 'changed' ? TriangleAlert : KeyRound;
  return (
    <span
      class={`trust-mark ${state}`}
      role="img"
      aria-label={trustWords(contact)}
      title={trustWords(contact)}
    >
      <Icon of={drawing} size={14} />
    </span>
  );
}

/** On a person's page: what is known, what it means, and what would be more. */
export function TrustNote({ contact, now }: { readonly contact: Person; readonly now: number }) {
  const say = words.trust;
  const { trust, name } = contact;
  switch (trust.state) {
    case 'introduced':
      return (
        <Note icon={KeyRound} announced="as-it-changes" title={say.notCompared}>
          {say.notComparedHint(name)}
        </Note>
      );
    case 'compared':
      return (
        <Note
          icon={ShieldCheck}
          announced="as-it-changes"
          title={say.comparedOn[trust.how](date(trust.at, now))}
        >
          {say.comparedHint(name)}
        </Note>
      );
    case 'changed':
      return (
        <Note icon={TriangleAlert} kind="warning" announced="as-it-changes" title={say.changedTitle(name)}>
          {say.changedHint(name)}
        </Note>
      );
    case 'new-key':
      return (
        <Note icon={KeyRound} announced="as-it-changes" title={say.newKeySince(date(trust.at, now))}>
          {say.notComparedHint(name)}
        </Note>
      );
  }
}
