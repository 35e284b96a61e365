import { ArrowRight } from 'lucide-preact';
import { useId, useState } from 'preact/hooks';
import { DRAFT_MAX_CHARACTERS, TEXT_MAX_BYTES } from '../../bridge/types/bounds.ts';
import { words } from '../../locales/index.ts';
import type { Conversation } from '../models/conversation.ts';
import { number } from '../words/format.ts';
import { useFocusWhereLost } from './focus.ts';
import { Icon } from './icon.tsx';
import { hasFiles, isComposing, PAGE, useListener } from './listener.ts';
import { Failure } from './note.tsx';

/** More than the field shows at its highest: a pasted book is not laid out twice. Characters. */
const COPIED = 4_000;

/** Where messages are written. Enter sends, Shift and Enter makes a new line. */
export function Composer({ model, name }: { readonly model: Conversation; readonly name: string }) {
  // What opened the screen that one comes back from, or a message that was gone to, keeps it.
  const field = useFocusWhereLost<HTMLTextAreaElement>(true);
  const id = useId();
  const say = words.composer;
  const text = model.draft.value;
  const left = model.left.value;
  const code = model.failure.value;
  const count = left === undefined ? undefined : left < 0 ? say.over(number(-left)) : say.left(number(left));
  /** Refused for what is counted here already: by how much is the better reason. */
  const isTooLong = code === 'text-too-long' && left !== undefined && left < 0;

  /** What was given and not taken: a file, or more text than is kept. */
  const [notTaken, setNotTaken] = useState<string>();

  useListener(PAGE, 'dragover', (event) => {
    if (hasFiles(event.dataTransfer)) setNotTaken(say.noFiles);
  });
  useListener(PAGE, 'paste', (event) => {
    if (!hasFiles(event.clipboardData) || event.clipboardData?.types.includes('text/plain')) return;
    event.preventDefault();
    setNotTaken(say.noFiles);
  });
  // Refused as a whole, before a browser lays it out for seconds: what was pasted is on the clipboard still, and a part
  // of it would be worse than nothing.
  useListener(field, 'beforeinput', (event) => {
    const { value, selectionStart, selectionEnd } = event.currentTarget as HTMLTextAreaElement;
    const { length } = event.data ?? '';
    const next = value.length - (selectionEnd - selectionStart) + length;
    if (length === 0 || next <= DRAFT_MAX_CHARACTERS) return;
    event.preventDefault();
    setNotTaken(say.noRoom(number(next), number(TEXT_MAX_BYTES)));
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
        {notTaken ?? (!isTooLong && count)}
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
              setNotTaken(undefined);
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
