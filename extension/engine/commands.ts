/** What a view can ask of an engine that has an identity. Everything rejects with a `BridgeError`, or is a bug. */
import { cleanName } from '../bridge/name.ts';
import { TEXT_MAX_BYTES } from '../bridge/types/bounds.ts';
import type { Command, CommandResults } from '../bridge/types/commands.ts';
import { BridgeError } from '../bridge/types/errors.ts';
import type { CheckedProof, Settings } from '../bridge/types/snapshots.ts';
import type { Accepting } from './accepting.ts';
import { inviteLink } from './address.ts';
import type { Backups } from './backup/backups.ts';
import type { RestoreCommand } from './backup/restores.ts';
import type { Claims } from './claims.ts';
import type { Clock } from './clock.ts';
import type { Contact, Contacts } from './contacts.ts';
import { isSealable } from './content.ts';
import type { Conversations } from './conversations.ts';
import { agree } from './destination.ts';
import type { Drafts } from './drafts.ts';
import { addressView } from './hiding.ts';
import type { Inbox } from './inbox.ts';
import type { Invites } from './invites.ts';
import type { Live } from './live.ts';
import type { Sockets } from './mail/sockets.ts';
import type { Outbox } from './outbox.ts';
import type { Passes } from './passes.ts';
import { type Me, saveSettings } from './profile.ts';
import { myProof, myStatement, readStatement } from './proof.ts';
import type { Reading } from './reading.ts';
import { report } from './report.ts';
import type { Rotation } from './rotation.ts';
import type { Search } from './search/search.ts';
import { typedServer } from './servers.ts';
import type { Shell } from './shell.ts';
import type { SpokenGuess } from './spoken/guess.ts';
import type { SpokenOffer } from './spoken/offer.ts';
import type { Database } from './storage/database.ts';
import type { ContactRow } from './storage/rows.ts';
import { compareCode, noteCompared } from './trust.ts';

/** Everything that needs an identity. */
export interface Running {
  readonly database: Database;
  readonly claims: Claims;
  readonly contacts: Contacts;
  readonly conversations: Conversations;
  readonly drafts: Drafts;
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly invites: Invites;
  readonly accepting: Accepting;
  readonly live: Live;
  readonly sockets: Sockets;
  readonly passes: Passes;
  readonly backups: Backups;
  readonly reading: Reading;
  readonly rotation: Rotation;
  readonly search: Search;
  readonly spoken: { readonly offer: SpokenOffer; readonly guess: SpokenGuess };
}

/** The commands that need no identity, or end what has one: the engine does them itself. */
export type EarlyCommand =
  | RestoreCommand
  | Extract<
      Command,
      {
        type:
          | 'begin'
          | 'check-server'
          | 'read-invite'
          | 'dismiss-proposed-invite'
          | 'used'
          | 'lock'
          | 'unlock'
          | 'set-passphrase'
          | 'remove-passphrase'
          | 'wipe';
      }
    >;

export interface CommandsOptions {
  readonly clock: Clock;
  readonly shell: Shell;
  me(): Me;
  becomes(me: Me): void;
  changed(): void;
  /** A draft of this contact was kept. */
  drafted(contactId: string): void;
  /** The number of unread messages may have changed. */
  unreadChanged(): void;
  /** An invite was accepted: it is proposed no longer. */
  accepted(): void;
  takenBack(): void;
  /** The person has said something about a contact's key: what it held up may go on. */
  decided(contactId: string): void;
}

export class Commands {
  readonly #running: Running;
  readonly #options: CommandsOptions;
  /** Settings are read, changed and written whole: one change at a time. */
  #settings: Promise<unknown> = Promise.resolve();

  constructor(running: Running, options: CommandsOptions) {
    this.#running = running;
    this.#options = options;
  }

  async do(command: Exclude<Command, EarlyCommand>): Promise<CommandResults[Command['type']]> {
    const { backups, contacts, conversations, inbox, invites, live, outbox, sockets } = this.#running;
    switch (command.type) {
      case 'change-settings':
        await this.#changeSettings(command.change);
        return {};
      case 'create-invite':
        return { inviteId: await invites.create(this.#known(command.contactId)) };
      case 'withdraw-invite':
        await invites.withdraw(command.inviteId);
        return {};
      case 'accept-invite': {
        const contactId = await this.#running.accepting.accept(command.text, command.contactId);
        this.#options.accepted();
        return { contactId };
      }
      case 'create-words-invite':
        return { spokenId: await this.#running.spoken.offer.create(this.#known(command.contactId)) };
      case 'cancel-words-invite':
        await this.#running.spoken.offer.cancel();
        return {};
      case 'accept-words':
        return { contactId: await this.#acceptWords(command) };
      case 'send':
        return { messageId: await this.#send(command.contactId, command.text) };
      case 'set-draft':
        await this.#running.drafts.set(contacts.get(command.contactId).id, command.text);
        this.#options.drafted(command.contactId);
        return {};
      case 'retry':
        if (!(await outbox.retry(command.contactId, command.messageId)))
          throw new BridgeError('unknown-message');
        return {};
      case 'discard':
        if (!(await outbox.discard(command.contactId, command.messageId)))
          throw new BridgeError('unknown-message');
        return {};
      case 'mark-read': {
        const news = await conversations.markRead(command.contactId, command.messageId);
        if (news === undefined) throw new BridgeError('unknown-message');
        if (news) {
          this.#options.shell.dismiss(command.contactId);
          this.#options.unreadChanged();
        }
        return {};
      }
      case 'search-messages':
        return this.#running.search.find(command.text, command.contactId, command.after);
      case 'search-changes':
        return this.#running.search.look(command.text, command.contactId, command.since);
      case 'rename-contact': {
        const alias = cleanName(command.name);
        await contacts.change(command.contactId, async (_tx, { row }) => {
          row.alias = alias;
        });
        this.#options.changed();
        return {};
      }
      case 'set-direct':
        await this.#perhapsAccepting(command.contactId, () =>
          contacts.change(command.contactId, async (_tx, { row }) => {
            row.direct = command.direct;
          }),
        );
        this.#options.changed();
        return {};
      case 'allow-server':
        await this.#allowServer(command.contactId, command.server);
        return {};
      case 'remove-contact':
        await this.#removeContact(command.contactId);
        return {};
      case 'note-compared':
        await this.#decide(command.contactId, command.digits, (row, now) =>
          noteCompared(row, command.how, now),
        );
        return {};
      case 'accept-key':
        await this.#decide(command.contactId, command.digits, () => {});
        return {};
      case 'refuse-key':
        await this.#refuse(command.contactId, command.digits);
        return {};
      case 'compare-code':
        return { outcome: await this.#compareCode(command.contactId, command.code) };
      case 'take-back-comparison':
        await contacts.change(command.contactId, async (_tx, { row }) => {
          delete row.compared;
        });
        this.#options.changed();
        return {};
      case 'identity-statement':
        return { text: myStatement(this.#options.me().identity, this.#options.clock.now()) };
      case 'read-statement':
        return readStatement(this.#keyed(command.contactId).peer, command.text);
      case 'attach-proof':
        await this.#attachProof(command.contactId, command.text);
        return {};
      case 'their-proof':
        return { text: this.#keyed(command.contactId).row.proof?.text ?? '' };
      case 'note-proof':
        await this.#noteProof(command.contactId, command.digits, command.checked);
        return {};
      case 'clear-quarantine':
        return { opened: await inbox.clearQuarantine(command.contactId) };
      case 'ping': {
        const roundTrip = await live.ping(contacts.get(command.contactId).id);
        if (roundTrip === undefined) throw new BridgeError('not-connected');
        return { roundTrip };
      }
      case 'begin-backup':
        return { backupId: await backups.begin(command.passphrase) };
      case 'read-backup':
        return backups.next(command.backupId);
      case 'backup-saved':
        await backups.saved(command.backupId);
        return {};
      case 'cancel-backup':
        backups.cancel(command.backupId);
        return {};
      case 'backup-not-now':
        await backups.notNow();
        return {};
      case 'take-over':
        this.#options.takenBack();
        sockets.resume();
        this.#options.changed();
        return {};
      case 'reconnect':
        sockets.retry();
        return {};
    }
  }

  /** Whom an invite is for: an unknown contact is said before there is one for them. Throws `unknown-contact`. */
  #known(contactId: string | undefined): string | undefined {
    return contactId === undefined ? undefined : this.#running.contacts.get(contactId).id;
  }

  /** The words lead to an invite, and that is accepted at the very server that the person named. */
  async #acceptWords({
    words,
    server: typed,
    contactId,
  }: Extract<Command, { type: 'accept-words' }>): Promise<string> {
    const { accepting, passes, spoken } = this.#running;
    const named = typed === undefined ? { server: this.#options.me().settings.server } : typedServer(typed);
    const { server } = named;
    if (named.pass !== undefined) await passes.keep(server, named.pass);
    const isTyped = server !== this.#options.me().settings.server;
    const text = await spoken.guess.accept(words, server).catch((error: unknown) => {
      // Perhaps there is none at such an address.
      const isAway = error instanceof BridgeError && error.code === 'server-away';
      throw isAway && isTyped ? new BridgeError('server-unreachable') : error;
    });
    const accepted = await accepting.accept(inviteLink(server, text), contactId);
    spoken.guess.accepted(words, server);
    return accepted;
  }

  async #send(contactId: string, text: string): Promise<string> {
    const { contacts, outbox } = this.#running;
    if (text.trim() === '') throw new BridgeError('text-empty');
    if (new TextEncoder().encode(text).length > TEXT_MAX_BYTES || !isSealable(text))
      throw new BridgeError('text-too-long');
    const { id } = contacts.get(contactId);
    return this.#perhapsAccepting(id, () => outbox.write(id, text));
  }

  /** Compares a scanned code where it cannot be looked at, and notes a match. */
  async #compareCode(contactId: string, code: string): Promise<ReturnType<typeof compareCode>> {
    const mine = this.#keyed(contactId).safetyNumber(this.#options.me().identity);
    const outcome = compareCode(mine, code);
    if (outcome === 'match')
      await this.#decide(contactId, mine.digits, (row, now) => noteCompared(row, 'scan', now));
    return outcome;
  }

  /** Whose key the person sees as a contact's: that of who came last with another one, where that is undecided. */
  #keyed(contactId: string): Contact {
    const { contacts } = this.#running;
    return contacts.claimants(contactId).at(-1) ?? contacts.get(contactId);
  }

  /** What the person says about a key counts for the one that they saw. Throws `key-changed` for another one. */
  #seen(contactId: string, digits: string): Contact {
    const keyed = this.#keyed(contactId);
    if (keyed.safetyNumber(this.#options.me().identity).digits !== digits)
      throw new BridgeError('key-changed');
    return keyed;
  }

  async #decide(
    contactId: string,
    digits: string,
    decide: (row: ContactRow, now: number) => void,
  ): Promise<void> {
    const { claims, contacts } = this.#running;
    const { clock, decided, shell } = this.#options;
    const keyed = this.#seen(contactId, digits);
    const isDisputed = contacts.isDisputed(contactId);
    await this.#perhapsAccepting(contactId, () =>
      keyed.id === contactId
        ? contacts.change(contactId, async (_tx, { row }) => {
            this.#seen(contactId, digits);
            delete row.changed;
            decide(row, clock.now());
          })
        : claims.goOn(contactId, keyed, (row) => decide(row, clock.now())),
    );
    // What it said of the key is settled.
    if (isDisputed) shell.dismiss(contactId);
    decided(contactId);
  }

  async #attachProof(contactId: string, pasted: string): Promise<void> {
    const { contacts, outbox } = this.#running;
    const { me, clock, changed } = this.#options;
    const { id } = contacts.get(contactId);
    const text = pasted.trim() === '' ? '' : myProof(me().identity, pasted);
    const sealed = await contacts.change(id, async (tx, working) => {
      if (contacts.isDisputed(id)) throw new BridgeError('key-changed');
      const at = clock.now();
      working.row.attached = { text, at };
      return outbox.seal(tx, working, { kind: 'proof', text }, at);
    });
    outbox.committed(sealed);
    changed();
  }

  /** What a view found about a proof counts for the key that the person saw. Throws `key-changed` for another one. */
  async #noteProof(contactId: string, digits: string, checked: CheckedProof | undefined): Promise<void> {
    const keyed = this.#seen(contactId, digits);
    await this.#running.contacts.change(keyed.id, async (_tx, { row }) => {
      this.#seen(contactId, digits);
      delete row.proven;
      if (checked !== undefined)
        row.proven = {
          at: this.#options.clock.now(),
          identity: row.peer,
          fingerprint: checked.fingerprint,
          userIds: [...checked.userIds],
          date: checked.date,
        };
    });
    this.#options.changed();
  }

  /**
   * The contact goes on with the key before; whoever came with this one is turned away. Throws `old-key-gone` where the
   * change is from before there were claimants, and ended the old key's session.
   */
  async #refuse(contactId: string, digits: string): Promise<void> {
    if (this.#seen(contactId, digits).row.changed !== undefined) throw new BridgeError('old-key-gone');
    const { decided, shell, unreadChanged } = this.#options;
    await this.#running.claims.turnAway(contactId);
    shell.dismiss(contactId);
    unreadChanged();
    decided(contactId);
  }

  /** Does what may say whether a contact sees my address; if it did, the two are connected anew. */
  async #perhapsAccepting<R>(contactId: string, work: () => Promise<R>): Promise<R> {
    const { contacts, live } = this.#running;
    const address = () =>
      contacts.has(contactId)
        ? addressView(this.#options.me().settings.direct, contacts.get(contactId).row.direct)
        : undefined;
    const before = address();
    const result = await work();
    if (address() !== before) live.rebuild(contactId);
    return result;
  }

  /** What waits for the contact goes there from now on. */
  async #allowServer(contactId: string, server: string): Promise<void> {
    const { contacts, inbox, outbox, live } = this.#running;
    const agreed = await contacts.change(contactId, async (_tx, { row }) => {
      if (!agree(row, server)) return false;
      // What they hear through the new place lets them leave the one before (SPEC 12.12), also where I have nothing to say.
      row.receiptDue = true;
      return true;
    });
    if (agreed) {
      inbox.receiptsDue(contactId);
      outbox.sending.revive(contactId);
      live.encourage(contactId);
    }
    this.#options.changed();
  }

  /** Whoever claims to be the contact goes first: without them, they would be one. */
  async #removeContact(contactId: string): Promise<void> {
    const { claims, contacts, drafts } = this.#running;
    for (const { id } of contacts.partsOf(contactId).reverse()) await claims.remove(id);
    this.#options.shell.dismiss(contactId);
    this.#options.unreadChanged();
    // They are gone, whatever becomes of that; what a disk keeps of it goes with the next start.
    await drafts.set(contactId, '').catch(report);
  }

  #changeSettings(change: Partial<Settings>): Promise<void> {
    const turn = this.#settings.then(() => this.#changeSettingsNow(change));
    this.#settings = turn.catch(() => {});
    return turn;
  }

  async #changeSettingsNow(change: Partial<Settings>): Promise<void> {
    const { database, live, passes, rotation, sockets } = this.#running;
    const me = this.#options.me();
    const typed = change.server === undefined ? undefined : typedServer(change.server);
    if (typed?.pass !== undefined) await passes.keep(typed.server, typed.pass);
    const settings: Settings = {
      ...me.settings,
      ...change,
      ...(change.name === undefined ? {} : { name: cleanName(change.name) }),
      ...(typed === undefined ? {} : { server: typed.server }),
    };
    this.#options.becomes(await saveSettings(database, me, settings));
    if (settings.server !== me.settings.server) sockets.to(settings.server);
    if (typed?.pass !== undefined) sockets.passChanged(typed.server);
    // With a pass I may be at home where I was somebody's guest.
    if (typed !== undefined) rotation.look();
    this.#options.shell.openAs(settings.openAs);
    if (settings.direct !== me.settings.direct) live.rebuildAll();
    if (settings.name !== me.settings.name) await rotation.tellName();
    this.#options.changed();
  }
}
