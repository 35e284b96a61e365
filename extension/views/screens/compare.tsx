import { ShieldCheck, TriangleAlert } from 'lucide-preact';
import { words } from '../../locales/index.ts';
import { Bar } from '../components/bar.tsx';
import { Button } from '../components/button.tsx';
import { useApp } from '../components/context.ts';
import { useFocusOnArrival } from '../components/focus.ts';
import { Failure, Note } from '../components/note.tsx';
import { Scanner } from '../components/scanner.tsx';
import type { CompareScan as CompareScanModel } from '../models/compare-scan.ts';
import type { Person } from '../models/person.ts';

interface Props {
  readonly model: CompareScanModel;
  readonly contact: Person;
}

/** Comparing by scanning the code on the other person's screen. */
export function CompareScan({ model, contact }: Props) {
  const outcome = model.outcome.value;
  const say = words.compareScan;
  return (
    <div class="screen">
      <Bar title={say.title(contact.name)} />
      <div class="body">
        {outcome.state === 'none' ? (
          <Scanner
            scan={model.scan}
            hint={say.hint(contact.name)}
            other={say.other(contact.name)}
            screen={{ at: 'compare', contactId: contact.id }}
          />
        ) : (
          <Outcome model={model} contact={contact} />
        )}
      </div>
    </div>
  );
}

function Outcome({ model, contact }: Props) {
  const { navigation } = useApp();
  const title = useFocusOnArrival<HTMLHeadingElement>();
  const outcome = model.outcome.value;
  const say = words.compareScan;
  const matches = outcome.state === 'match';
  return (
    <>
      <h2 tabIndex={-1} ref={title}>
        {matches ? say.match : outcome.state === 'mismatch' ? say.mismatch : say.failed}
      </h2>
      {outcome.state === 'failed' ? (
        <Failure>{words.errors[outcome.code]}</Failure>
      ) : (
        <Note icon={matches ? ShieldCheck : TriangleAlert} kind={matches ? 'plain' : 'warning'}>
          {matches ? say.matchHint(contact.name) : words.safety.differsHint(contact.name)}
        </Note>
      )}
      <div class="push" />
      {!matches && <Button onPress={model.again}>{say.again}</Button>}
      <Button kind={matches ? 'main' : 'quiet'} onPress={navigation.back}>
        {say.done}
      </Button>
    </>
  );
}
