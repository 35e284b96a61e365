/**
 * What engine and views say to each other. Views know nothing else of the engine: they send a {@link Command} and
 * get its {@link CommandResults | result} or a {@link BridgeErrorCode}, and they watch topics whose {@link Snapshots}
 * the engine sends whole whenever something in them changed. All values survive structured cloning.
 */
import type { Command, CommandResults } from './commands.ts';
import type { BridgeError } from './errors.ts';
import type { Snapshots, Watch } from './snapshots.ts';

/** What views hold. Implemented over the bridge's channel, and by the doubles of the views' tests. */
export interface EngineClient {
  /** Rejects with a {@link BridgeError}. */
  call<C extends Command>(command: C): Promise<CommandResults[C['type']]>;
  /** Calls back with every new snapshot, first with the present one; returns how to stop. */
  watch<W extends Watch>(watch: W, onSnapshot: (snapshot: Snapshots[W['topic']]) => void): () => void;
}
