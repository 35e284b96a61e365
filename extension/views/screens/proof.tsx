import { FileCheck, FileQuestion, TriangleAlert } from 'lucide-preact';
import { PROOF_MAX_CHARACTERS } from '../../bridge/types/bounds.ts';
import type { CheckedProof } from '../../bridge/types/snapshots.ts';
import { words } from '../../locales/index.ts';
import { Bar } from '../components/bar.tsx';
import { Button } from '../components/button.tsx';
import { useApp } from '../components/context.ts';
import { Facts } from '../components/facts.tsx';
import { Field } from '../components/field.tsx';
import { Form } from '../components/form.tsx';
import { Failure, Note } from '../components/note.tsx';
import type { Person } from '../models/person.ts';
import type { Proof as ProofModel, ProofOutcome } from '../models/proof.ts';
import { OPENPGP_KEY_MAX } from '../models/surroundings.ts';
import { failureOf } from '../models/task.ts';
import { date, dayNamed, fingerprintGroups } from '../words/format.ts';

/** One more than is taken, so that it is said what is the matter. */
const STATEMENT_MAX = PROOF_MAX_CHARACTERS + 1;
const KEY_MAX = OPENPGP_KEY_MAX + 1;

interface Props {
  readonly model: ProofModel;
  readonly contact: Person;
}

/** For people who know each other by their OpenPGP keys: checking a contact's proof, and making one. */
export function Proof({ model, contact }: Props) {
  return (
    <div class="screen">
      <Bar title={words.proof.title} />
      <div class="body person">
        <Theirs model={model} contact={contact} />
        <Mine model={model} contact={contact} />
      </div>
    </div>
  );
}

function Theirs({ model, contact: { name, proof } }: Props) {
  const { now } = useApp();
  const say = words.proof;
  const outcome = model.outcome.value;
  return (
    <section class="proof" aria-labelledby="proof-theirs">
      <h2 id="proof-theirs">{say.theirs(name)}</h2>
      <p class="hint">
        {proof.theirs === undefined
          ? say.theirsHint(name)
          : say.theirsAttached(name, date(proof.theirs, now.value))}
      </p>
      {proof.checked !== undefined && outcome.state === 'none' && (
        <>
          <Note icon={FileCheck} title={say.checkedTitle(date(proof.checked.at, now.value))}>
            {say.outcome.matches.hint(name)}
          </Note>
          <KeyFacts proof={proof.checked} />
        </>
      )}
      <Form class="proof" onSubmit={model.check}>
        {proof.theirs === undefined && (
          <Field
            label={say.message}
            value={model.message.value}
            maxLength={STATEMENT_MAX}
            placeholder={say.messageMark}
            kind="armour"
            rows={3}
            onType={model.typeMessage}
            failure={troubleWith('message', outcome)}
          />
        )}
        <Field
          label={say.key(name)}
          value={model.key.value}
          maxLength={KEY_MAX}
          hint={say.keyHint(name)}
          placeholder={say.keyMark}
          kind="armour"
          rows={3}
          onType={model.typeKey}
          failure={troubleWith('key', outcome)}
        />
        <Button submit busy={outcome.state === 'running'}>
          {say.check}
        </Button>
      </Form>
      <Outcome outcome={outcome} name={name} />
      <Failure>
        {outcome.state === 'failed'
          ? words.errors[outcome.code]
          : proof.theirs === undefined
            ? undefined
            : troubleWith('message', outcome)}
      </Failure>
    </section>
  );
}

/** What is wrong with what was pasted stands at the field that it was pasted into. */
function troubleWith(field: 'message' | 'key', outcome: ProofOutcome): string | undefined {
  if (outcome.state !== 'trouble' || !outcome.trouble.startsWith(field)) return undefined;
  return words.proof.trouble[outcome.trouble];
}

function Outcome({ outcome, name }: { readonly outcome: ProofOutcome; readonly name: string }) {
  const say = words.proof;
  if (!('key' in outcome)) return null;
  const { state, key } = outcome;
  const isWarning = state !== 'matches' && state !== 'newer';
  const result = say.outcome[state];
  return (
    <>
      <Note
        icon={state === 'matches' ? FileCheck : isWarning ? TriangleAlert : FileQuestion}
        kind={isWarning ? 'warning' : 'plain'}
        title={result.title}
        announced
      >
        {result.hint(name)}
      </Note>
      <KeyFacts proof={{ ...key, ...(state === 'matches' ? { date: outcome.date } : {}) }} />
    </>
  );
}

function KeyFacts({ proof }: { readonly proof: Omit<CheckedProof, 'date'> & { readonly date?: string } }) {
  const { now } = useApp();
  const say = words.proof;
  const { fingerprint, userIds, date } = proof;
  return (
    <Facts
      facts={[
        { name: say.fingerprint, value: fingerprintGroups(fingerprint) },
        { name: say.callsItself, value: userIds.length === 0 ? say.noName : userIds.join(', ') },
        ...(date === undefined ? [] : [{ name: say.date, value: dayNamed(date, now.value) }]),
      ]}
    />
  );
}

function Mine({ model, contact: { name, proof } }: Props) {
  const { now } = useApp();
  const say = words.proof;
  const attaching = model.attaching.value;
  const code = failureOf(attaching);
  const copied = model.copied.value;
  if (model.mine.value === undefined) return null;
  return (
    <section class="proof" aria-labelledby="proof-mine">
      <h2 id="proof-mine">{say.mine}</h2>
      <p class="hint">{say.mineHint(name)}</p>
      <pre class="statement" dir="ltr">
        {model.mine.value}
      </pre>
      <Button kind="quiet" onPress={() => void model.copy()}>
        {copied === 'copied' ? say.copied : say.copy}
      </Button>
      <p class="sr" role="status">
        {copied === 'copied' && say.copied}
      </p>
      <Failure>{copied === 'refused' ? say.copyFailed : undefined}</Failure>
      <Form class="proof" onSubmit={model.attach}>
        <Field
          label={say.signed}
          value={model.signed.value}
          maxLength={STATEMENT_MAX}
          placeholder={say.messageMark}
          kind="armour"
          rows={3}
          onType={model.typeSigned}
          failure={code === undefined ? undefined : words.errors[code]}
        />
        <Button submit kind="quiet" busy={attaching.state === 'running'}>
          {say.attach(name)}
        </Button>
      </Form>
      <p class="hint" role="status">
        {proof.mine !== undefined && (
          <>
            {say.attached(name, date(proof.mine, now.value))}{' '}
            <button type="button" class="text-button" onClick={() => void model.takeBack()}>
              {say.takeBack}
            </button>
          </>
        )}
      </p>
    </section>
  );
}
