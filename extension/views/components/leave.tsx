import type { Leaving } from '../models/leaving.ts';
import { Confirm } from './confirm.tsx';

interface Props {
  readonly leaving: Leaving;
  readonly say: {
    readonly stopTitle: string;
    readonly stopHint: string;
    readonly stop: string;
    readonly stay: string;
  };
}

/** Asks before something is left that would be lost. */
export function Leave({ leaving, say }: Props) {
  if (!leaving.isAsked.value) return null;
  return (
    <Confirm
      title={say.stopTitle}
      hint={say.stopHint}
      action={say.stop}
      stay={say.stay}
      busy={false}
      onConfirm={leaving.confirm}
      onClose={leaving.stay}
    />
  );
}
