import { batch, computed, effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import type { AppSnapshot, SpokenView } from '../../bridge/types/snapshots.ts';
import { type Accept, createAccept } from './accept.ts';
import { type Announcements, createAnnouncements } from './announcements.ts';
import { type BackupModel, createBackup } from './backup.ts';
import { type CompareScan, createCompareScan } from './compare-scan.ts';
import { type Contact, createContact } from './contact.ts';
import { type Contacts, createContacts } from './contacts.ts';
import { type Conversation, createConversation, type ReadingPlace } from './conversation.ts';
import { createDrafts, type Drafts } from './drafts.ts';
import { createEngine, type Reach } from './engine.ts';
import { type Begun, createFirstRun, type FirstRun, type FirstRunSnapshot } from './first-run.ts';
import { createInvite, type Invite } from './invite.ts';
import { createLocked, type Locked } from './locked.ts';
import { createNavigation, keyOf, type Navigation, type Screen } from './navigation.ts';
import { type Person, personOf } from './person.ts';
import { createProof, type Proof } from './proof.ts';
import { createSayWords, type SayWords } from './say-words.ts';
import { createSearch, type Search } from './search.ts';
import { createServer, type ServerModel } from './server.ts';
import { createSettings, type SettingsModel } from './settings.ts';
import type { Surroundings } from './surroundings.ts';
import { createTypeWords, type TypeWords } from './type-words.ts';

export type Ready = Extract<AppSnapshot, { phase: 'ready' }>;

/** The screen that is open, with the model that lives as long as it is. */
export type Place =
  | { readonly at: 'list' }
  | { readonly at: 'conversation'; readonly conversation: Conversation }
  | { readonly at: 'contact'; readonly contact: Contact }
  | { readonly at: 'invite'; readonly invite: Invite }
  | { readonly at: 'accept'; readonly accept: Accept }
  | { readonly at: 'compare'; readonly compare: CompareScan }
  | { readonly at: 'proof'; readonly proof: Proof }
  | { readonly at: 'search'; readonly search: Search }
  | { readonly at: 'say-words'; readonly sayWords: SayWords }
  | { readonly at: 'type-words'; readonly typeWords: TypeWords }
  | { readonly at: 'backup'; readonly backup: BackupModel }
  | { readonly at: 'settings'; readonly settings: SettingsModel };

/** What fills the view. */
export type Stage =
  | { readonly show: 'nothing' }
  | { readonly show: 'starting' | 'silent' | 'newer-data' | 'storage-failed' }
  | { readonly show: 'first-run'; readonly firstRun: FirstRun; readonly snapshot: FirstRunSnapshot }
  | { readonly show: 'locked'; readonly locked: Locked }
  | { readonly show: 'proposal'; readonly accept: Accept }
  | { readonly show: 'main'; readonly ready: Ready };

export interface App {
  readonly surroundings: Surroundings;
  readonly stage: ReadonlySignal<Stage>;
  readonly reach: ReadonlySignal<Reach>;
  readonly navigation: Navigation;
  /** Goes to the screen that the page's address asks for, as soon as the engine shows what is in it. */
  startAt(screen: Screen): void;
  readonly place: ReadonlySignal<Place>;
  readonly contacts: Contacts;
  readonly drafts: Drafts;
  readonly server: ServerModel;
  /** All that nobody has looked at yet. */
  readonly unread: ReadonlySignal<number>;
  /** A clock for what is shown in words of time; it moves twice a minute. */
  readonly now: ReadonlySignal<number>;
  /** Newest conversation first, whatever is searched for. */
  readonly everybody: ReadonlySignal<readonly Person[]>;
  readonly announcements: Announcements;
  /** My three words that somebody's wrong try used up, unless the screen that is open says so itself. */
  readonly burntWords: ReadonlySignal<SpokenView | undefined>;
  contact(contactId: string): Person | undefined;
  /** Whoever used an invite of mine, by link or by words. */
  takerOf(inviteId: string | undefined): Person | undefined;
  /** To a new invite, or to the one on the screen while that is good for somebody. */
  inviteSomebody(): void;
  /** Looks for it in all messages: on the screen for that, which may be open beside the list already. */
  searchMessages(text: string): void;
  closeBurntWords(): Promise<void>;
  dismissProposal(): Promise<void>;
  lockNow(): Promise<void>;
  /** Puts the offer of a back-up off. */
  noBackupNow(): Promise<void>;
  dispose(): void;
}

const NOW_EVERY_MS = 30_000;
const NOBODY: readonly Person[] = [];

/** With the invites that have expired since: an engine's clock stops while the computer sleeps, and may be a little early. */
function atPresent(ready: Ready, now: number): Ready {
  const isOver = ({ state, expiresAt }: Ready['invites'][number]) => state !== 'expired' && expiresAt <= now;
  if (!ready.invites.some(isOver)) return ready;
  const invites = ready.invites.map((one) => (isOver(one) ? ({ ...one, state: 'expired' } as const) : one));
  return { ...ready, invites };
}

/** Everything that one view knows. */
export function createApp(given: Surroundings): App {
  const engine = createEngine(given.client, given.clock);
  const surroundings: Surroundings = { ...given, client: engine.client };
  const { client, clock } = surroundings;
  const navigation = createNavigation((go) => {
    const here = place.peek();
    if (here.at === 'backup') here.backup.leaving.leave(go);
    else if (here.at === 'settings') here.settings.leaving.leave(go);
    else go();
  });
  const announcements = createAnnouncements({ clock });
  const now = signal(clock.now());
  const ready = computed(() =>
    engine.app.value?.phase === 'ready' ? atPresent(engine.app.value, now.value) : undefined,
  );
  const all = computed(() => ready.value?.contacts.map((one) => personOf(one, given.nameless)) ?? NOBODY);
  const contacts = createContacts(all);
  const drafts = createDrafts({ client, clock });
  const spoken = computed(() => ready.value?.spoken);
  const server = createServer(
    { client, clock },
    computed(() => ready.value?.server),
  );

  /** The invite that waits for a yes, and those that have had their answer here. */
  const answered = signal<string | undefined>(undefined);
  const proposed = computed(() => {
    const snapshot = engine.app.value;
    return snapshot?.phase === 'ready' || snapshot?.phase === 'first-run' ? snapshot.proposed : undefined;
  });
  const proposedLink = computed(() => proposed.value?.link);
  const proposal = signal<Accept | undefined>(undefined);
  const firstRun = signal<{ model: FirstRun; snapshot: FirstRunSnapshot } | undefined>(undefined);

  function accepted(contactId: string): void {
    navigation.go({ at: 'conversation', contactId });
  }

  /** What somebody began with and led nowhere: the screen for it goes on with that. */
  let begunWords: TypeWords | undefined;
  let begunLink: Accept | undefined;
  const begun: Begun = {
    accepted,
    wordsRefused(typeWords) {
      begunWords = typeWords;
      navigation.go({ at: 'type-words' });
    },
    linkRefused(link) {
      begunLink = link;
      navigation.go({ at: 'accept' });
    },
  };

  const stopProposal = effect(() => {
    const link = proposedLink.value;
    const invite = proposed.peek();
    // One that is found again after that is asked about again.
    if (link === undefined) answered.value = undefined;
    // While the identity is being made, the snapshot may be without it for a moment; its model must outlive that.
    if (firstRun.peek()?.model.begin.peek().state === 'running') return;
    proposal.value =
      link === undefined || invite === undefined
        ? undefined
        : createAccept(
            surroundings,
            (contactId) => {
              batch(() => {
                // Another one may have been found meanwhile, and has no answer yet.
                if (proposedLink.peek() === link) answered.value = link;
                accepted(contactId);
              });
            },
            { proposed: invite },
          );
  });

  const stopFirstRun = effect(() => {
    const snapshot = engine.app.value;
    const offered = proposal.value;
    const present = firstRun.peek();
    if (present?.model.begin.value.state === 'running') return;
    if (snapshot?.phase !== 'first-run') {
      present?.model.dispose();
      firstRun.value = undefined;
    } else if (
      present === undefined ||
      present.snapshot.proposed?.link !== snapshot.proposed?.link ||
      present.snapshot.defaultServer !== snapshot.defaultServer
    ) {
      // Whoever restores, or has typed words or a link, goes on with that; what is found meanwhile waits.
      if (present?.model.isUnderWay.value === true) {
        present.model.found.value = snapshot.proposed;
        return;
      }
      present?.model.dispose();
      const model = untracked(() => createFirstRun(surroundings, snapshot, offered, begun));
      const name = present?.model.name.peek();
      if (name !== undefined) model.typeName(name);
      firstRun.value = { model, snapshot };
    }
  });

  /** What this view has seen leaves it when the engine locks, or has been erased. */
  const locked = signal<Locked | undefined>(undefined);
  const retryAt = computed(() => {
    const snapshot = engine.app.value;
    if (snapshot?.phase === 'ready') return snapshot.lock.retryAt;
    return snapshot?.phase === 'locked' ? snapshot.retryAt : undefined;
  });
  const phase = computed(() => engine.app.value?.phase);
  const stopLocked = effect(() => {
    const now = phase.value;
    untracked(() => {
      if (now === 'locked' || now === 'first-run') {
        announcements.forget();
        drafts.forget();
        contacts.search('');
        navigation.forget();
      }
      if ((now === 'locked') === (locked.peek() !== undefined)) return;
      locked.peek()?.dispose();
      locked.value = now === 'locked' ? createLocked({ client, clock }, retryAt) : undefined;
    });
  });

  const place = signal<Place>({ at: 'list' });
  /** Whoever comes back to an invite from a deeper screen finds the same: each new one is a door that stands open. */
  const invites = new WeakMap<Screen, Invite>();
  /** Whoever comes back from what they found, finds the rest again. */
  const searches = new WeakMap<Screen, Search>();
  /** Whoever comes back to a conversation finds it where they had been in it; at its end, where that was. */
  const readings = new WeakMap<Screen, ReadingPlace | undefined>();
  let leave = (): void => {};
  const stopPlace = effect(() => {
    const screen = navigation.screen.value;
    untracked(() => {
      leave();
      const next = enter(screen);
      leave = next.leave;
      place.value = next.place;
    });
  });

  function enter(screen: Screen): { place: Place; leave: () => void } {
    const nothing = (): void => {};
    switch (screen.at) {
      case 'list':
        return { place: { at: 'list' }, leave: nothing };
      case 'conversation': {
        const conversation = createConversation(surroundings, drafts, screen.contactId, readings.get(screen));
        if (screen.messageId !== undefined && !readings.has(screen)) conversation.goTo(screen.messageId);
        return {
          place: { at: 'conversation', conversation },
          leave() {
            if (conversation.snapshot.peek() !== undefined) readings.set(screen, conversation.reading());
            conversation.dispose();
          },
        };
      }
      case 'contact': {
        const contact = createContact({ client }, screen.contactId, navigation.home);
        return { place: { at: 'contact', contact }, leave: contact.dispose };
      }
      case 'invite': {
        const invite = invites.get(screen) ?? createInvite(surroundings, navigation.back, screen);
        invites.set(screen, invite);
        invite.enter();
        return { place: { at: 'invite', invite }, leave: invite.leave };
      }
      case 'accept': {
        const accept = begunLink ?? createAccept(surroundings, accepted, screen);
        begunLink = undefined;
        if (screen.scan === true) accept.scanCode();
        return { place: { at: 'accept', accept }, leave: accept.dispose };
      }
      case 'compare': {
        const compare = createCompareScan(surroundings, screen.contactId);
        return { place: { at: 'compare', compare }, leave: compare.dispose };
      }
      case 'proof': {
        const proof = createProof(surroundings, screen.contactId, () =>
          all.value.find(({ id }) => id === screen.contactId),
        );
        return { place: { at: 'proof', proof }, leave: proof.dispose };
      }
      case 'search': {
        const search =
          searches.get(screen) ?? createSearch({ client, clock }, all, screen.contactId, screen.text);
        searches.set(screen, search);
        search.enter();
        return { place: { at: 'search', search }, leave: search.leave };
      }
      case 'say-words': {
        const sayWords = createSayWords({ client, clock }, navigation.back, spoken, screen);
        return { place: { at: 'say-words', sayWords }, leave: sayWords.dispose };
      }
      case 'type-words': {
        const typeWords = begunWords ?? createTypeWords({ client }, accepted, screen);
        begunWords = undefined;
        return { place: { at: 'type-words', typeWords }, leave: typeWords.dispose };
      }
      case 'backup': {
        const backup = createBackup(surroundings);
        return { place: { at: 'backup', backup }, leave: backup.dispose };
      }
      case 'settings': {
        const present = ready.peek()?.settings;
        if (present === undefined) return { place: { at: 'list' }, leave: nothing };
        const latest = computed(() => ready.value?.settings ?? present);
        const settings = createSettings(surroundings, latest, retryAt);
        return { place: { at: 'settings', settings }, leave: settings.dispose };
      }
    }
  }

  // A contact that was removed in another view leaves nothing to look at in this one. One that was never seen is on
  // its way: the answer to accepting an invite may overtake the snapshot.
  let seen = new Set<string>();
  const stopLost = effect(() => {
    if (ready.value === undefined) return;
    const present = new Set(all.value.map(({ id }) => id));
    const screen = navigation.screen.value;
    const before = seen;
    seen = present;
    if (!('contactId' in screen) || screen.contactId === undefined) return;
    if (!present.has(screen.contactId) && before.has(screen.contactId)) untracked(navigation.home);
  });

  /** Where the page's address leads. Behind a lock it waits; for who begins anew it leads nowhere. */
  const asked = signal<Screen | undefined>(undefined);
  const stopAsked = effect(() => {
    const screen = asked.value;
    const now = phase.value;
    if (screen === undefined || (now !== 'ready' && now !== 'first-run')) return;
    untracked(() => {
      asked.value = undefined;
      if (now === 'first-run') return;
      // Somebody who is not there now has been removed.
      if ('contactId' in screen && screen.contactId !== undefined) seen.add(screen.contactId);
      navigation.go(screen);
    });
  });

  const stopDrafts = effect(() => {
    if (ready.value === undefined) return;
    const present = all.value;
    untracked(() => drafts.look(present));
  });

  const stopNow = clock.every(NOW_EVERY_MS, () => {
    now.value = clock.now();
  });

  const stage = computed<Stage>(() => {
    const snapshot = engine.app.value;
    if (engine.reach.value === 'silent') return { show: 'silent' };
    const first = firstRun.value;
    if (first !== undefined) return { show: 'first-run', firstRun: first.model, snapshot: first.snapshot };
    switch (snapshot?.phase) {
      case 'newer-data':
      case 'storage-failed':
        return { show: snapshot.phase };
      case 'locked': {
        const model = locked.value;
        return model === undefined ? { show: 'nothing' } : { show: 'locked', locked: model };
      }
      case 'ready': {
        const open = proposal.value;
        if (open !== undefined && proposedLink.value !== undefined && proposedLink.value !== answered.value)
          return { show: 'proposal', accept: open };
        return { show: 'main', ready: ready.value ?? snapshot };
      }
      default:
        return { show: engine.reach.value === 'fresh' ? 'nothing' : 'starting' };
    }
  });

  const contact = (contactId: string) => all.value.find(({ id }) => id === contactId);

  return {
    surroundings,
    announcements,
    stage,
    reach: engine.reach,
    navigation,
    place,
    contacts,
    drafts,
    server,
    unread: computed(() => all.value.reduce((sum, { unread }) => sum + unread, 0)),
    now,
    everybody: all,
    burntWords: computed(() =>
      spoken.value?.state === 'failed' && place.value.at !== 'say-words' ? spoken.value : undefined,
    ),
    contact,
    takerOf(inviteId) {
      const taken = ready.value?.taken.find(({ id }) => id === inviteId);
      return taken && contact(taken.contactId);
    },
    inviteSomebody() {
      const screen: Screen = { at: 'invite' };
      const here = place.peek();
      if (here.at !== 'invite' || keyOf(navigation.screen.peek()) !== keyOf(screen))
        return navigation.go(screen);
      // In a wide view the list beside it offers what is on the screen already, and may be over.
      const made = here.invite.inviteId.peek();
      const present = ready.peek()?.invites.find(({ id }) => id === made);
      if (present === undefined || present.state === 'expired') void here.invite.make();
    },
    searchMessages(text) {
      const here = place.peek();
      if (here.at === 'search' && here.search.contactId === undefined) here.search.hand(text);
      else navigation.go({ at: 'search', text });
    },
    async closeBurntWords() {
      // Not heard, it stands a while longer.
      await client.call({ type: 'cancel-words-invite' }).catch(() => {});
    },
    async dismissProposal() {
      answered.value = proposedLink.peek();
      proposal.peek()?.dispose();
      // Whether or not the engine hears it, the person has answered; it asks again after a restart at worst.
      await client.call({ type: 'dismiss-proposed-invite' }).catch(() => {});
    },
    async lockNow() {
      // The screen is the answer; where the engine is away nothing is shown that is not shown already.
      await client.call({ type: 'lock' }).catch(() => {});
    },
    async noBackupNow() {
      // Not heard, it is offered again: that is all.
      await client.call({ type: 'backup-not-now' }).catch(() => {});
    },
    startAt(screen) {
      asked.value = screen;
    },
    dispose() {
      leave();
      drafts.forget();
      locked.peek()?.dispose();
      for (const stop of [
        stopLocked,
        stopProposal,
        stopFirstRun,
        stopPlace,
        stopLost,
        stopAsked,
        stopDrafts,
        stopNow,
      ])
        stop();
      server.dispose();
      engine.dispose();
    },
  };
}
