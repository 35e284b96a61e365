import { Signpost } from 'lucide-preact';
import type { ContactView } from '../../bridge/types/snapshots.ts';
import { words } from '../../locales/index.ts';
import type { Person } from '../models/person.ts';
import type { ServerMove as Model } from '../models/server-move.ts';
import { failureOf } from '../models/task.ts';
import { serverName } from '../words/format.ts';
import { Button } from './button.tsx';
import { useFocusOnLeaving } from './focus.ts';
import { Failure, Note } from './note.tsx';

interface Props {
  readonly model: Model;
  readonly contact: Person;
  /** Where it is in the way of something else, it can be put off. */
  readonly postponable?: boolean;
}

/** A contact reads at a server that the person has not agreed to: asks before anything is sent there. */
export function ServerMove({ model, contact, postponable = false }: Props) {
  const { moveTo, name } = contact;
  if (moveTo === undefined || (postponable && model.postponed.value === moveTo.server)) return null;
  return <Question model={model} name={name} moveTo={moveTo} postponable={postponable} />;
}

interface QuestionProps {
  readonly model: Model;
  readonly name: string;
  readonly moveTo: NonNullable<ContactView['moveTo']>;
  readonly postponable: boolean;
}

function Question({ model, name, moveTo, postponable }: QuestionProps) {
  const root = useFocusOnLeaving<HTMLDivElement>();
  const say = words.serverMove;
  const server = serverName(moveTo.server);
  const code = failureOf(model.task.value);
  return (
    <div class={postponable ? 'banner' : undefined} ref={root}>
      <Note
        icon={Signpost}
        title={moveTo.held ? say.reads(name, server) : say.nowReads(name, server)}
        announced
        action={
          <>
            <Button
              size="small"
              busy={model.task.value.state === 'running'}
              onPress={() => void model.allow(moveTo.server)}
            >
              {say.allow}
            </Button>
            {postponable && (
              <Button kind="quiet" size="small" onPress={() => model.postpone(moveTo.server)}>
                {say.notNow}
              </Button>
            )}
          </>
        }
      >
        {say.hint} {moveTo.held ? say.held : say.meanwhile}
      </Note>
      {code !== undefined && <Failure>{words.errors[code]}</Failure>}
    </div>
  );
}
