import { AudioLines, Eye, ScanLine, TriangleAlert } from 'lucide-preact';
import type { BridgeErrorCode } from '../../bridge/types/errors.ts';
import type { ProposedInvite } from '../../bridge/types/snapshots.ts';
import { words } from '../../locales/index.ts';
import { Bar } from '../components/bar.tsx';
import { Button } from '../components/button.tsx';
import { useApp } from '../components/context.ts';
import { Facts } from '../components/facts.tsx';
import { Field } from '../components/field.tsx';
import { useFocusOnArrival } from '../components/focus.ts';
import { Form } from '../components/form.tsx';
import { Failure, Note } from '../components/note.tsx';
import { Scanner } from '../components/scanner.tsx';
import { Select } from '../components/select.tsx';
import { type Accept as AcceptModel, canTryAgain } from '../models/accept.ts';
import { keyOf, type Screen } from '../models/navigation.ts';
import type { Scan } from '../models/scan.ts';
import { moment, serverName } from '../words/format.ts';

interface Props {
  readonly model: AcceptModel;
  /** Where "not now" leads. */
  readonly onNotNow: () => void;
  readonly proposed?: boolean;
}

/** An invite of somebody else: pasted, or found in the open tab; read, then asked about, then accepted. */
export function Accept({ model, onNotNow, proposed = false }: Props) {
  const state = model.state.value;
  return (
    <div class="screen">
      <Bar title={words.accept.title} back={!proposed} />
      {state.step === 'confirm' || state.step === 'accepting' ? (
        <Question model={model} invite={state.invite} onNotNow={onNotNow} proposed={proposed} />
      ) : state.step === 'scan' ? (
        <ScanInvite model={model} scan={state.scan} />
      ) : (
        <Paste model={model} />
      )}
    </div>
  );
}

function Paste({ model }: { readonly model: AcceptModel }) {
  const { navigation } = useApp();
  const say = words.accept;
  const contactId = model.from.value;
  const spoken: Screen = { at: 'type-words', ...(contactId === undefined ? {} : { contactId }) };
  const state = model.state.value;
  const code = state.step === 'paste' ? state.code : undefined;
  return (
    <Form class="body" onSubmit={model.read}>
      <Field
        label={say.field}
        kind="address"
        rows={3}
        arrive
        value={model.text.value}
        placeholder={say.placeholder}
        hint={say.hint}
        failure={code === undefined ? undefined : words.errors[code]}
        onType={model.type}
      />
      <Button submit busy={state.step === 'reading'}>
        {say.read}
      </Button>
      <Button kind="quiet" icon={ScanLine} onPress={model.scanCode}>
        {say.scan}
      </Button>
      <Button kind="quiet" icon={AudioLines} opens={keyOf(spoken)} onPress={() => navigation.go(spoken)}>
        {words.spoken.typeOffer}
      </Button>
    </Form>
  );
}

function ScanInvite({ model, scan }: { readonly model: AcceptModel; readonly scan: Scan }) {
  const title = useFocusOnArrival<HTMLHeadingElement>();
  const say = words.accept;
  const contactId = model.from.value;
  return (
    <div class="body">
      <h2 tabIndex={-1} ref={title}>
        {say.scanTitle}
      </h2>
      <Scanner
        scan={scan}
        hint={say.scanHint}
        other={say.scanOther}
        screen={{ at: 'accept', ...(contactId === undefined ? {} : { contactId }) }}
      />
      <Button kind="quiet" onPress={model.restart}>
        {say.pasteInstead}
      </Button>
    </div>
  );
}

interface QuestionProps {
  readonly model: AcceptModel;
  readonly invite: ProposedInvite;
  readonly onNotNow: () => void;
  readonly proposed: boolean;
}

function Question({ model, invite, onNotNow, proposed }: QuestionProps) {
  const title = useFocusOnArrival<HTMLHeadingElement>();
  const say = words.accept;
  const state = model.state.value;
  const code = state.step === 'confirm' ? state.code : undefined;
  const busy = state.step === 'accepting';
  const { contact, everybody } = useApp();
  const known = invite.from === undefined ? undefined : contact(invite.from);
  const said = model.from.value === undefined ? undefined : contact(model.from.value);
  const changes = known === undefined && said !== undefined;
  if (!canTryAgain(code))
    return <Refused model={model} onNotNow={onNotNow} proposed={proposed} code={code} />;
  return (
    <div class="body">
      <h2 tabIndex={-1} data-arrive ref={title}>
        {known !== undefined
          ? say.againTitle(known.name)
          : changes
            ? say.fromTitle(said.name)
            : say.confirmTitle}
      </h2>
      {known !== undefined ? (
        <p>{say.againHint(known.name)}</p>
      ) : changes ? (
        <Note icon={TriangleAlert} kind="warning" title={say.otherKey(said.name)} announced>
          {say.otherKeyHint(said.name)}
        </Note>
      ) : (
        <p>{say.confirmHint}</p>
      )}
      {known === undefined && everybody.value.length > 0 && (
        <Select
          label={say.whoseIsIt}
          value={model.from.value ?? ''}
          options={[
            { value: '', label: say.somebodyNew },
            ...everybody.value.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChoose={(id) => model.sayFrom(id === '' ? undefined : id)}
        />
      )}
      <Facts
        facts={[
          { name: say.throughServer, value: serverName(invite.server) },
          { name: say.validUntil, value: moment(invite.expiresAt) },
        ]}
      />
      <Note icon={Eye}>{say.address}</Note>
      <div class="actions">
        <Failure>{code === undefined ? undefined : words.errors[code]}</Failure>
        <Button busy={busy} onPress={() => void model.accept()}>
          {busy ? say.accepting : code === undefined ? say.accept : words.general.tryAgain}
        </Button>
        <Button kind="quiet" onPress={onNotNow}>
          {say.notNow}
        </Button>
      </div>
    </div>
  );
}

interface RefusedProps extends Omit<QuestionProps, 'invite'> {
  readonly code: BridgeErrorCode | undefined;
}

/** An invite that no further try can help. */
function Refused({ model, onNotNow, proposed, code }: RefusedProps) {
  const title = useFocusOnArrival<HTMLHeadingElement>();
  return (
    <div class="body">
      <h2 tabIndex={-1} ref={title}>
        {words.accept.refusedTitle}
      </h2>
      {code !== undefined && (
        <Note icon={TriangleAlert} kind="warning" announced>
          {words.errors[code]}
        </Note>
      )}
      {!proposed && <Button onPress={model.restart}>{words.accept.otherLink}</Button>}
      <Button kind="quiet" onPress={onNotNow}>
        {words.general.close}
      </Button>
    </div>
  );
}
