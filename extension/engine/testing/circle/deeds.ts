/** What somebody does in a conversation, to the product and to what the model knows of it. */
import type { Command } from '../../../bridge/types/commands.ts';
import type { BridgeErrorCode } from '../../../bridge/types/errors.ts';
import type { Act } from './acts.ts';
import type { Bond } from './bond.ts';
import type { Circle } from './circle.ts';
import type { Member } from './member.ts';

type Deed = Extract<
  Act,
  {
    kind: 'say' | 'draft' | 'read' | 'look' | 'alias' | 'proof' | 'remove' | 'decide' | 'failed' | 'agree';
  }
>;

/** A statement as an OpenPGP program wraps what it signs; no engine looks at the signature. */
const signed = (text: string, signature: number): string =>
  [
    '-----BEGIN PGP SIGNED MESSAGE-----',
    '',
    text,
    '-----BEGIN PGP SIGNATURE-----',
    '',
    `${signature}`,
    '-----END PGP SIGNATURE-----',
  ].join('\n');

export class Deeds {
  readonly #circle: Circle;

  constructor(circle: Circle) {
    this.#circle = circle;
  }

  async do(member: Member, bond: Bond, contactId: string, deed: Deed): Promise<void> {
    const { engine } = member.person;
    switch (deed.kind) {
      case 'say':
        for (let i = 0; i < deed.count; i++) await this.say(member, bond);
        return;
      case 'draft': {
        const text = `${member.key} ${this.#circle.count()} begun`;
        await engine.handle({ type: 'set-draft', contactId, text });
        bond.draft = text;
        if (deed.send) await this.#say(member, bond, text);
        return;
      }
      case 'read':
        return this.#read(member, bond, contactId, deed.all);
      case 'look': {
        const watch = { topic: 'conversation', contactId, limit: 50 } as const;
        bond.look(deed.at ? engine.watch(watch, () => {}) : undefined);
        return;
      }
      case 'alias':
        bond.alias = `friend ${this.#circle.count()}`;
        await engine.handle({ type: 'rename-contact', contactId, name: bond.alias });
        return;
      case 'proof':
        return this.#attach(member, bond, contactId, deed.attached);
      case 'remove':
        return this.#remove(member, bond, contactId);
      case 'decide':
        return this.#decide(member, bond, contactId, deed.how);
      case 'failed':
        return this.#goOnWithFailed(member, bond, contactId, deed.retry);
      case 'agree':
        return this.agree(member, bond);
    }
  }

  /** Writes something that nobody has written before, or is refused where a key is undecided about. */
  async say(member: Member, bond: Bond): Promise<void> {
    await this.#say(member, bond, `${member.key} ${this.#circle.count()}`);
  }

  /** Says yes to where the other has moved. */
  async agree(member: Member, bond: Bond): Promise<void> {
    const moveTo = (await member.view(bond))?.moveTo;
    if (moveTo === undefined || bond.contactId === undefined) return;
    const { server } = moveTo;
    await member.person.engine.handle({ type: 'allow-server', contactId: bond.contactId, server });
  }

  async #say(member: Member, bond: Bond, text: string): Promise<void> {
    const after = (await member.screen(bond)).map((one) => one.text);
    const send: Command = { type: 'send', contactId: bond.contactId as string, text };
    if (bond.contactId === undefined) return;
    if (bond.claimants.length > 0) {
      await this.#refuses(member, send, 'key-changed');
      // It is a draft again, before what was written since.
      bond.draft = [text, bond.draft]
        .filter((one, at) => one !== '' && (at === 0 || one !== text))
        .join('\n');
      return;
    }
    await member.person.engine.handle(send);
    this.#circle.written.set(text, { by: member.key, after });
    bond.mine.push(text);
    if (bond.draft === text) bond.draft = '';
  }

  async #refuses(member: Member, command: Command, code: BridgeErrorCode): Promise<void> {
    const outcome = await member.person.engine.handle(command).then(
      () => 'taken',
      (error: { code: string }) => error.code,
    );
    if (outcome !== code) throw new Error(`${command.type} of ${member.key}: ${outcome}, not ${code}`);
  }

  async #read(member: Member, bond: Bond, contactId: string, all: boolean): Promise<void> {
    await this.#circle.still();
    const screen = await member.screen(bond);
    const at = all ? screen.length - 1 : Math.floor((screen.length - 1) / 2);
    const message = screen[at];
    if (message === undefined) return;
    await member.person.engine.handle({ type: 'mark-read', contactId, messageId: message.id });
    // Nobody unreads what they have read.
    const before = screen.findIndex(({ id }) => id === bond.readTo);
    const upTo = Math.max(at, before);
    bond.readTo = screen[upTo]?.id;
    bond.read = new Set(
      screen.slice(0, upTo + 1).flatMap(({ from, text }) => (from === 'them' ? [text] : [])),
    );
  }

  async #attach(member: Member, bond: Bond, contactId: string, attached: boolean): Promise<void> {
    const { engine } = member.person;
    const { text: statement } = await engine.handle({ type: 'identity-statement' });
    const text = attached ? signed(statement, this.#circle.count()) : '';
    const attach: Command = { type: 'attach-proof', contactId, text };
    if (bond.claimants.length > 0) return this.#refuses(member, attach, 'key-changed');
    await engine.handle(attach);
    bond.attached = text;
  }

  async #remove(member: Member, bond: Bond, contactId: string): Promise<void> {
    await this.#circle.still();
    await member.screen(bond);
    for (const text of bond.shown) member.mayLack.add(text);
    const other = this.#circle.counterpart(member, bond);
    if (other !== undefined) other.isWhole = false;
    bond.look(undefined);
    await member.person.engine.handle({ type: 'remove-contact', contactId });
    member.bonds = member.bonds.filter((one) => one !== bond);
  }

  async #decide(
    member: Member,
    bond: Bond,
    contactId: string,
    how: 'compare' | 'go-on' | 'refuse',
  ): Promise<void> {
    const { engine } = member.person;
    const isDisputed = bond.claimants.length > 0;
    const digits = (await member.view(bond))?.safety.digits ?? '';
    const expected = bond.claimants.at(-1)?.digits ?? bond.digits;
    if (digits !== expected) throw new Error(`${member.key} is shown another key of ${bond.key}`);
    if (how === 'refuse') {
      if (isDisputed) {
        await this.#circle.still();
        await member.screen(bond);
        await engine.handle({ type: 'refuse-key', contactId, digits });
        this.#circle.turnAway(member, bond);
      } else {
        await engine.handle({ type: 'take-back-comparison', contactId });
        bond.compared = undefined;
      }
      return;
    }
    if (how === 'compare') await engine.handle({ type: 'note-compared', contactId, how: 'eye', digits });
    else await engine.handle({ type: 'accept-key', contactId, digits });
    if (!isDisputed) {
      if (how === 'compare') bond.compared = bond.key;
      return;
    }
    const failed = (await member.screen(bond)).filter(({ delivery }) => delivery?.state === 'failed');
    bond.goOn(
      how === 'compare',
      failed.map(({ text }) => text),
    );
  }

  async #goOnWithFailed(member: Member, bond: Bond, contactId: string, retry: boolean): Promise<void> {
    const screen = await member.screen(bond);
    const found = screen.find(({ from, text }) => from === 'me' && bond.failed.has(text));
    if (found === undefined) return;
    const { id: messageId, text } = found;
    const command: Command = { type: retry ? 'retry' : 'discard', contactId, messageId };
    if (retry && bond.claimants.length > 0) return this.#refuses(member, command, 'key-changed');
    await member.person.engine.handle(command);
    bond.failed.delete(text);
    if (bond.readTo === messageId) bond.readTo = screen[screen.indexOf(found) - 1]?.id;
    bond.mine = bond.mine.filter((one) => one !== text);
    if (!retry) return;
    // It is written now, behind all that there is.
    bond.mine.push(text);
    const after = screen.flatMap((one) => (one === found ? [] : [one.text]));
    this.#circle.written.set(text, { by: member.key, after });
  }
}
