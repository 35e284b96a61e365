/** How people become contacts, or do once more: invites by link and by words, for anybody or for somebody whom one knows. */
import type { Command } from '../../../bridge/types/commands.ts';
import { Bond, type Key, type Link } from './bond.ts';
import type { Circle } from './circle.ts';
import type { Member } from './member.ts';

/** Whom the two had in mind: the inviter's contact, and whether the accepter says who it is from. */
interface Meant {
  readonly again?: Bond | undefined;
  readonly from?: boolean;
}

/** What an invite said by its link or by words. */
type Invite = Pick<Link, 'maker' | 'for'>;

export class Meetings {
  readonly #circle: Circle;

  constructor(circle: Circle) {
    this.#circle = circle;
  }

  async meet(by: Member, to: Member, how: 'link' | 'words', { again, from = false }: Meant): Promise<void> {
    if (by.isAway || to.isAway || (again !== undefined && again.contactId === undefined)) return;
    if (how === 'link') return this.accept(to, await this.link(by, again), from);
    await this.#circle.steady();
    const words = await by.person.words(again?.contactId);
    const { server } = (await by.app()).settings;
    const meant = this.#meant(to, by.key, from);
    const { contactId } = await to.person.engine.handle({
      type: 'accept-words',
      words,
      server,
      ...(meant?.contactId === undefined ? {} : { contactId: meant.contactId }),
    });
    await this.#met(to, contactId, { maker: by.key, for: again?.contactId }, meant);
  }

  /** An invite that works. */
  async link(by: Member, again: Bond | undefined): Promise<Link | undefined> {
    const { invites } = await by.app();
    if (invites.length >= 15 || (again !== undefined && again.contactId === undefined)) return undefined;
    await this.#circle.steady();
    const { engine } = by.person;
    const whom = again?.contactId === undefined ? {} : { contactId: again.contactId };
    const { inviteId } = await engine.handle({ type: 'create-invite', ...whom });
    const open = await by.person.app((app) =>
      app.invites.some(({ id, state }) => id === inviteId && state === 'open'),
    );
    const { link: text, expiresAt } = open.invites.find(({ id }) => id === inviteId) as {
      link: string;
      expiresAt: number;
    };
    const link: Link = { id: inviteId, text, maker: by.key, for: again?.contactId, expiresAt, state: 'open' };
    this.#circle.links.push(link);
    return link;
  }

  async withdraw(link: Link | undefined): Promise<void> {
    const maker = link && this.#circle.holder(link.maker);
    if (link?.state !== 'open' || maker === undefined || maker.isAway) return;
    await this.#circle.steady();
    await maker.person.engine.handle({ type: 'withdraw-invite', inviteId: link.id });
    link.state = 'withdrawn';
  }

  async accept(member: Member, link: Link | undefined, from: boolean): Promise<void> {
    if (link === undefined || member.isAway) return;
    const maker = this.#circle.holder(link.maker);
    // Nobody keeps an invite of the person that they were.
    if (link.maker !== member.key && link.maker.startsWith(member.who)) return;
    // Of two whose answers wait for somebody, either may be heard first.
    if (maker?.isAway === true && this.#circle.awaits(maker)) return;
    await this.#circle.steady();
    const meant = this.#meant(member, link.maker, from);
    const command: Command = {
      type: 'accept-invite',
      text: link.text,
      ...(meant?.contactId === undefined ? {} : { contactId: meant.contactId }),
    };
    const expected = this.#refusal(member, link);
    const before = member.hearing(link.maker)?.contactId;
    const outcome = await member.person.engine.handle(command).then(
      ({ contactId }) => contactId,
      (error: { code: string }) => error,
    );
    if (typeof outcome !== 'string') {
      if (outcome.code !== expected) throw outcome;
      return;
    }
    // Who accepts once more what is not removed from the server yet is led to whom they have.
    if (link.state === 'used' && outcome === before) return;
    if (expected !== undefined) throw new Error(`an invite was taken: ${expected}`);
    const wasForgotten = link.state === 'forgotten';
    link.state = 'used';
    await this.#met(member, outcome, link, meant, wasForgotten);
  }

  /** Why an invite is not for a member, if it is not. */
  #refusal(member: Member, link: Link): string | undefined {
    if (this.#circle.clock.now() >= link.expiresAt) return 'invite-expired';
    if (link.maker === member.key) return 'invite-own';
    return link.state === 'open' || link.state === 'forgotten' ? undefined : 'invite-used-or-withdrawn';
  }

  /** Whom an accepter takes the maker of an invite for. */
  #meant(member: Member, maker: Key, from: boolean): Bond | undefined {
    if (!from) return undefined;
    const [who] = maker.split('/');
    return member.bonds.findLast(
      ({ key, contactId }) => key.startsWith(`${who}/`) && contactId !== undefined,
    );
  }

  /** The two have each other from now on, or will once the maker is back. */
  async #met(
    accepter: Member,
    contactId: string,
    invite: Invite,
    meant: Bond | undefined,
    wasForgotten = false,
  ): Promise<void> {
    const { contacts } = await accepter.app();
    const digits = contacts.find(({ id }) => id === contactId)?.safety.digits ?? '';
    const maker = wasForgotten ? undefined : this.#circle.holder(invite.maker);
    const way = this.#circle.count();
    const wasKnown = accepter.hearing(invite.maker) !== undefined;
    const knew = maker?.hearing(accepter.key) !== undefined;
    const theirs = this.#introduce(accepter, invite.maker, digits, meant);
    theirs.contactId ??= contactId;
    theirs.met(invite.maker, way);
    if (theirs.contactId !== contactId) throw new Error(`${accepter.key} was led to another contact`);
    if (maker !== undefined) {
      const expected = maker.bonds.find((bond) => invite.for !== undefined && bond.contactId === invite.for);
      const mine = this.#introduce(maker, accepter.key, digits, expected);
      mine.met(accepter.key, way);
      if (wasKnown !== knew) for (const bond of [mine, theirs]) bond.isWhole = false;
      // Whom the other side has known all along may have been told something by who was forgotten.
      if (wasKnown && !knew) mine.attached = undefined;
      if (knew && !wasKnown) theirs.attached = undefined;
    }
    await this.#circle.flow();
    await this.#circle.learn();
  }

  #introduce(member: Member, key: Key, digits: string, meant: Bond | undefined): Bond {
    const known = member.hearing(key);
    if (known !== undefined) {
      // The key that was known took the invite that was for it: nobody else is meant.
      if (known === meant && known.key === key) this.#circle.turnAway(member, known);
      return known;
    }
    if (meant !== undefined && member.bonds.includes(meant)) {
      meant.claimants.push({ key, digits, ways: [] });
      meant.voices.add(key);
      meant.isWhole = false;
      return meant;
    }
    const bond = new Bond(key, digits);
    member.bonds.push(bond);
    return bond;
  }
}
