import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { cleanName } from '../../bridge/name.ts';
import type { AppSnapshot, ProposedInvite } from '../../bridge/types/snapshots.ts';
import { type Accept, createAccept } from './accept.ts';
import { createRestore, type Restore } from './restore.ts';
import { createServerCheck, type ServerCheck } from './server-check.ts';
import type { Surroundings } from './surroundings.ts';
import { codeOf, run, type Task, task } from './task.ts';
import { createTypeWords, type TypeWords } from './type-words.ts';

export type FirstRunSnapshot = Extract<AppSnapshot, { phase: 'first-run' }>;

export interface FirstRun {
  readonly name: ReadonlySignal<string>;
  readonly begin: ReadonlySignal<Task>;
  /** Shown where no server is known yet, or where the person wants another than the default. */
  readonly serverField: ReadonlySignal<ServerCheck | undefined>;
  /** Three words that the person was told, where they begin with them. */
  readonly typeWords: ReadonlySignal<TypeWords | undefined>;
  openWords(): void;
  closeWords(): void;
  /** An invite's link that the person has, where they begin with that. */
  readonly link: ReadonlySignal<Accept | undefined>;
  openLink(): void;
  closeLink(): void;
  /** Also reads it: what it says is on the screen before they say yes. */
  typeLink(text: string): void;
  /** Instead of beginning anew. */
  readonly restore: ReadonlySignal<Restore | undefined>;
  openRestore(): void;
  /** Asks first where it is under way. */
  closeRestore(): void;
  typeName(name: string): void;
  changeServer(): void;
  /** The default one after all. */
  keepServer(): void;
  /** Whether what the person has begun with would be lost by another beginning. */
  readonly isUnderWay: ReadonlySignal<boolean>;
  /** An invite that was found meanwhile. */
  readonly found: Signal<ProposedInvite | undefined>;
  /** Leaves what was begun for the invite that was found. */
  takeFound(): void;
  /** Makes the identity; with a proposed invite, a link or three words, accepts them in the same step. */
  start(): Promise<void>;
  dispose(): void;
}

/** What follows when somebody begins with three words or a link. */
export interface Begun {
  accepted(contactId: string): void;
  /** The identity is made; what went wrong with the words, or the link, is theirs to show. */
  wordsRefused(typeWords: TypeWords): void;
  linkRefused(link: Accept): void;
}

const NOTHING_FOLLOWS: Begun = { accepted() {}, wordsRefused() {}, linkRefused() {} };

/** @param proposal the proposed invite's own model, whose server is then used and never asked for. */
export function createFirstRun(
  surroundings: Pick<Surroundings, 'client' | 'camera' | 'clock' | 'surface'>,
  snapshot: FirstRunSnapshot,
  proposal: Accept | undefined,
  begun: Begun = NOTHING_FOLLOWS,
): FirstRun {
  const { client } = surroundings;
  const name = signal('');
  const begin: Signal<Task> = task();
  const known = snapshot.proposed?.server ?? snapshot.defaultServer;
  const typeWords: Signal<TypeWords | undefined> = signal(undefined);
  const link: Signal<Accept | undefined> = signal(undefined);
  let reading: Promise<void> | undefined;
  const newField = () => createServerCheck(surroundings, '', () => typeWords.peek() !== undefined);
  const serverField = signal<ServerCheck | undefined>(known === undefined ? newField() : undefined);
  const restore: Signal<Restore | undefined> = signal(undefined);
  const found = signal<ProposedInvite | undefined>(undefined);
  const isUnderWay = computed(() => {
    const typed = [typeWords.value, link.value].filter((one) => one !== undefined);
    // With an invite waiting, emptying the field is no word about which of the two is meant.
    const isTyped = typed.some(({ text }) => text.value.trim() !== '') || found.peek() !== undefined;
    return restore.value !== undefined || (typed.length > 0 && isTyped);
  });

  /** The server to begin with, or nothing where the field says what is wrong with it. Throws what `check-server` does. */
  async function server(): Promise<string | undefined> {
    const pasted = link.peek();
    if (pasted !== undefined) {
      await reading;
      await pasted.read();
      const state = pasted.state.peek();
      return state.step === 'confirm' ? state.invite.server : undefined;
    }
    const said = typeWords.peek()?.heard.peek().server;
    if (said !== undefined)
      return (await client.call({ type: 'check-server', server: said, invited: true })).server;
    const field = serverField.peek();
    return field === undefined ? known : field.check();
  }

  /** So that nobody is sent back twice. Nothing is asked of a server. */
  async function tellWhatElseIsMissing(): Promise<void> {
    const pasted = link.peek();
    if (pasted !== undefined) {
      if (pasted.text.peek().trim() === '') await pasted.read();
    } else if (typeWords.peek()?.heard.peek().server === undefined) {
      const field = serverField.peek();
      if (field?.text.peek().trim() === '') await field.check();
    }
  }

  return {
    name,
    begin,
    serverField,
    typeWords,
    openWords() {
      typeWords.value ??= createTypeWords({ client }, begun.accepted);
    },
    closeWords() {
      typeWords.value = undefined;
    },
    link,
    openLink() {
      link.value ??= createAccept(surroundings, begun.accepted);
    },
    closeLink() {
      link.value = undefined;
    },
    typeLink(text) {
      const pasted = link.peek();
      pasted?.restart();
      pasted?.type(text);
      reading = text.trim() === '' ? undefined : pasted?.read();
    },
    restore,
    openRestore() {
      restore.value ??= createRestore({ client });
    },
    closeRestore() {
      const open = restore.peek();
      open?.leaving.leave(() => {
        open.dispose();
        restore.value = undefined;
      });
    },
    typeName(typed) {
      name.value = typed;
      if (begin.peek().state === 'failed') begin.value = { state: 'idle' };
    },
    changeServer() {
      serverField.value ??= newField();
    },
    keepServer() {
      if (known === undefined) return;
      serverField.peek()?.dispose();
      serverField.value = undefined;
    },
    isUnderWay,
    found,
    takeFound() {
      batch(() => {
        typeWords.value = undefined;
        link.value = undefined;
      });
    },
    async start() {
      if (begin.peek().state === 'running') return;
      const spoken = typeWords.peek();
      const pasted = link.peek();
      const short = spoken?.isShort() === true;
      let typed: string;
      try {
        typed = cleanName(name.peek());
      } catch (error) {
        begin.value = { state: 'failed', code: codeOf(error) };
        await tellWhatElseIsMissing();
        return;
      }
      if (short) return;
      begin.value = { state: 'running' };
      let chosen: string | undefined;
      try {
        chosen = await server();
      } catch (error) {
        begin.value = { state: 'failed', code: codeOf(error) };
        return;
      }
      begin.value = { state: 'idle' };
      if (chosen === undefined) return;
      await run(begin, async () => {
        await client.call({ type: 'begin', name: typed, server: chosen });
        // Their own models keep what goes wrong here, and the next screen shows it: the identity is made either way.
        await proposal?.accept();
        if (spoken !== undefined && !(await spoken.accept())) begun.wordsRefused(spoken);
        if (pasted !== undefined && !(await pasted.accept())) begun.linkRefused(pasted);
      });
    },
    dispose() {
      serverField.peek()?.dispose();
      restore.peek()?.dispose();
    },
  };
}
