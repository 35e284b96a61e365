import { ArrowRight } from 'lucide-preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { words } from '../../locales/index.ts';
import type { Conversation } from '../models/conversation.ts';
import { number } from '../words/format.ts';
import { Icon } from './icon.tsx';
import { hasFiles, isComposing, PAGE, useListener } from './listener.ts';
import { Failure } from './note.tsx';

/** More than the field shows at its highest: a pasted book is not laid out twice. Characters. */
const COPIED = 4_000;

/** Where messages are written. Enter sends, Shift and Enter makes a new line. */
export function Composer({ model, name }: { readonly model: Conversation; readonly name: string }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const say = words.composer;
  const text = model.draft.value;
  const left = model.left.value;
  const code = model.failure.value;
  const count = left === undefined ? undefined : left < 0 ? say.over(number(-left)) : say.left(number(left));
  /** Refused for what is counted here already: by how much is the better reason. */
  const isTooLong = code === 'text-too-long' && left !== undefined && left < 0;

  /** Somebody wants to give a file. */
  const [offered, setOffered] = useState(false);

  useEffect(() => field.current?.focus(), [model]);
  useListener(PAGE, 'dragover', (event) => {
    if (hasFiles(event.dataTransfer)) setOffered(true);
  });
  useListener(PAGE, 'paste', (event) => {
    if (!hasFiles(event.clipboardData) || event.clipboardData?.types.includes('text/plain')) return;
    event.preventDefault();
    setOffered(true);
  });

  function send(): void {
    void model.send();
    field.current?.focus();
  }

  function onKey(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.shiftKey || isComposing(event)) return;
    event.preventDefault();
    send();
  }

  return (
    <form
      class="composer"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Failure>{code === undefined ? undefined : isTooLong ? count : words.errors[code]}</Failure>
      <p
        class={left !== undefined && left < 0 ? 'count-left over' : 'count-left'}
        id={`${id}-left`}
        role="status"
      >
        {offered ? say.noFiles : !isTooLong && count}
      </p>
      <div class="composer-box">
        {/* The hidden copy gives the field its height: field-sizing is not everywhere yet. */}
        <div class="composer-field" data-copy={`${text.slice(0, COPIED)}\n`}>
          <textarea
            ref={field}
            rows={1}
            dir={text === '' ? undefined : 'auto'}
            value={text}
            data-arrive
            aria-label={say.field(name)}
            aria-describedby={`${id}-left`}
            aria-invalid={left !== undefined && left < 0}
            placeholder={say.placeholder}
            onInput={(event) => {
              setOffered(false);
              model.type(event.currentTarget.value);
            }}
            onKeyDown={onKey}
          />
        </div>
        <button type="submit" class="send" aria-label={say.send} title={say.send}>
          <Icon of={ArrowRight} directed />
        </button>
      </div>
    </form>
  );
}
