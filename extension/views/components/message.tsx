import { Component } from 'preact';
import type { FailureReason, MessageView } from '../../bridge/types/snapshots.ts';
import { words } from '../../locales/index.ts';
import type { Conversation } from '../models/conversation.ts';
import { timeOfDay } from '../words/format.ts';
import { linksIn } from '../words/links.ts';
import { Button } from './button.tsx';
import { useFocusOnLeaving } from './focus.ts';
import { DeliveryMark } from './marks.tsx';

interface Props {
  readonly message: MessageView;
  readonly joined: boolean;
  readonly name: string;
  /** Nothing is sent for now: what failed cannot be tried again yet. */
  readonly held: boolean;
  readonly model: Conversation;
}

/** One message, drawn again only where something of it is new: a long conversation gets one at a time. */
export class Message extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    const { message, joined, name, held, model } = this.props;
    return (
      message !== next.message ||
      joined !== next.joined ||
      name !== next.name ||
      held !== next.held ||
      model !== next.model
    );
  }

  override render(props: Props) {
    return <Bubble {...props} />;
  }
}

/** Its name says who wrote it, when, and how far it has come. */
function Bubble({ message, joined, name, held, model }: Props) {
  const say = words.thread;
  const time = timeOfDay(message.at);
  const { delivery } = message;
  const mine = message.from === 'me';
  const label =
    delivery === undefined
      ? say.message(mine ? words.general.you : name, time)
      : say.myMessage(time, words.delivery[delivery.state]);
  return (
    <li class={`message ${mine ? 'mine' : 'theirs'}${joined ? ' joined' : ''}`} data-message={message.id}>
      <article class={delivery?.state === 'failed' ? 'bubble undelivered' : 'bubble'} aria-label={label}>
        <p dir="auto">
          {linksIn(message.text).map(({ text, address }) =>
            address === undefined ? (
              text
            ) : (
              <a href={address} target="_blank" rel="noopener noreferrer">
                {text}
              </a>
            ),
          )}
          {/* At the end of the text, in the text's direction; what it says is in the page's. */}
          <span class="bubble-end">
            <span dir={words.direction}>
              <time dateTime={new Date(message.at).toISOString()}>{time}</time>
              {delivery !== undefined && <DeliveryMark of={delivery} />}
            </span>
          </span>
        </p>
      </article>
      {delivery?.state === 'failed' && (
        <Undelivered id={message.id} reason={delivery.reason} held={held} model={model} />
      )}
    </li>
  );
}

interface UndeliveredProps extends Pick<Props, 'held' | 'model'> {
  readonly id: string;
  readonly reason: FailureReason;
}

function Undelivered({ id, reason, held, model }: UndeliveredProps) {
  const root = useFocusOnLeaving<HTMLDivElement>();
  const say = words.thread;
  return (
    <div class="message-failed" ref={root}>
      <p>{words.failure[reason]}</p>
      {!held && (
        <Button kind="quiet" size="small" onPress={() => void model.retry(id)}>
          {say.retry}
        </Button>
      )}
      <Button kind="quiet" size="small" onPress={() => void model.discard(id)}>
        {say.discard}
      </Button>
    </div>
  );
}
