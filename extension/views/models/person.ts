import type { ContactView } from '../../bridge/types/snapshots.ts';

/** A contact as a view speaks of them. */
export interface Person extends ContactView {
  /** Theirs, or what stands for it while nobody has told it. */
  readonly name: string;
  /** Nobody has told their name. */
  readonly isNameless: boolean;
}

/** @param nameless what somebody is called whose name nobody has told. */
export function personOf(contact: ContactView, nameless: string): Person {
  return { ...contact, name: contact.name ?? nameless, isNameless: contact.name === undefined };
}
