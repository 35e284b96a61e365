import { words } from '../../locales/index.ts';
import type { Address } from '../models/address.ts';
import type { Person } from '../models/person.ts';
import { failureOf } from '../models/task.ts';
import { Button } from './button.tsx';
import { Failure } from './note.tsx';
import { Switch } from './switch.tsx';

interface Props {
  readonly model: Address;
  readonly contact: Person;
}

/** Whether this contact gets to see my address; what the settings forbid is said, and not offered. */
export function AddressSwitch({ model, contact }: Props) {
  const say = words.address;
  const code = failureOf(model.task.value);
  if (contact.address === 'hidden-from-all') return <p class="hint">{say.hiddenFromAll}</p>;
  return (
    <>
      <Switch
        label={say.hide}
        hint={contact.address === 'until-accepted' ? say.untilHint(contact.name) : say.hideHint}
        on={contact.address !== 'shown'}
        onChange={(on) => void (on ? model.hide() : model.show())}
      />
      <Failure>{code === undefined ? undefined : words.errors[code]}</Failure>
    </>
  );
}

/** Offers a direct connection with somebody whom the person has not accepted yet. */
export function ConnectDirectly({ model, contact }: Props) {
  if (contact.address !== 'until-accepted') return null;
  return (
    <Button
      kind="quiet"
      size="small"
      busy={model.task.value.state === 'running'}
      onPress={() => void model.show()}
    >
      {words.address.show(contact.name)}
    </Button>
  );
}
