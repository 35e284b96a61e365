import { SHOWN_MAX_MESSAGES } from '../../bridge/types/bounds.ts';
import type { Command, CommandResults } from '../../bridge/types/commands.ts';
import type { EngineClient } from '../../bridge/types/engine-client.ts';
import { BridgeError, type BridgeErrorCode } from '../../bridge/types/errors.ts';
import type {
  AppSnapshot,
  ConversationSnapshot,
  Part,
  Snapshots,
  Watch,
} from '../../bridge/types/snapshots.ts';

type Answers = {
  [Type in Command['type']]?: (
    command: Extract<Command, { type: Type }>,
  ) => CommandResults[Type] | Promise<CommandResults[Type]>;
};

interface Watcher {
  readonly watch: Watch;
  readonly tell: (snapshot: Snapshots[Watch['topic']]) => void;
}

/** An engine's double: shows what a test or the gallery gives it, notes what is asked of it, answers as told. */
export class FakeClient implements EngineClient {
  readonly calls: Command[] = [];
  readonly #answers: Answers = {};
  readonly #watchers = new Set<Watcher>();
  readonly #conversations = new Map<string, ConversationSnapshot>();
  #app: AppSnapshot | undefined;
  #revision = 0;

  constructor(app?: AppSnapshot) {
    this.#app = app;
  }

  /** What the engine's state is from now on. */
  show(app: AppSnapshot): void {
    this.#app = app;
    for (const { watch, tell } of this.#watchers) if (watch.topic === 'app') tell(app);
  }

  /** Some message came, changed or went. */
  changeMessages(): void {
    this.#revision++;
    for (const { watch, tell } of this.#watchers)
      if (watch.topic === 'messages') tell({ revision: this.#revision });
  }

  showConversation(conversation: ConversationSnapshot): void {
    this.#conversations.set(conversation.contactId, conversation);
    for (const { watch, tell } of this.#watchers)
      if (watch.topic === 'conversation' && watch.contactId === conversation.contactId)
        tell(cut(conversation, watch));
  }

  answer<Type extends Command['type']>(type: Type, how: NonNullable<Answers[Type]>): this {
    this.#answers[type] = how as Answers[Type];
    return this;
  }

  refuse(type: Command['type'], code: BridgeErrorCode): this {
    return this.answer(type, () => {
      throw new BridgeError(code);
    });
  }

  /** Commands of one kind, in the order they came. */
  callsOf<Type extends Command['type']>(type: Type): Extract<Command, { type: Type }>[] {
    return this.calls.filter((call): call is Extract<Command, { type: Type }> => call.type === type);
  }

  get watches(): readonly Watch[] {
    return [...this.#watchers].map(({ watch }) => watch);
  }

  async call<C extends Command>(command: C): Promise<CommandResults[C['type']]> {
    this.calls.push(command);
    const answer = this.#answers[command.type] as
      | ((command: Command) => CommandResults[C['type']] | Promise<CommandResults[C['type']]>)
      | undefined;
    if (answer === undefined && command.type === 'set-draft') {
      const kept = this.#conversations.get(command.contactId);
      if (kept !== undefined) this.#conversations.set(command.contactId, { ...kept, draft: command.text });
    }
    // Commands without a result need no answer to be told.
    return answer === undefined ? ({} as CommandResults[C['type']]) : answer(command);
  }

  watch<W extends Watch>(watch: W, onSnapshot: (snapshot: Snapshots[W['topic']]) => void): () => void {
    const watcher: Watcher = { watch, tell: onSnapshot as Watcher['tell'] };
    this.#watchers.add(watcher);
    const present =
      watch.topic === 'conversation'
        ? this.#conversations.get(watch.contactId)
        : watch.topic === 'app'
          ? this.#app
          : { revision: this.#revision };
    if (present !== undefined)
      watcher.tell('messages' in present && watch.topic === 'conversation' ? cut(present, watch) : present);
    return () => this.#watchers.delete(watcher);
  }
}

/** The part that the engine would show, {@link Part}. */
function cut(conversation: ConversationSnapshot, { limit, place }: Part): ConversationSnapshot {
  const { messages } = conversation;
  const at = messages.findIndex(({ id }) => id === place?.messageId) + 1;
  const end = at === 0 || place === undefined ? messages.length : Math.min(at + place.newer, messages.length);
  const begin = Math.max(0, (at === 0 ? end : at) - Math.min(limit, SHOWN_MAX_MESSAGES));
  return {
    ...conversation,
    messages: messages.slice(begin, end),
    hasOlder: conversation.hasOlder || begin > 0,
    hasNewer: end < messages.length,
  };
}
