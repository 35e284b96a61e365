import { useId } from 'preact/hooks';
import { words } from '../../locales/index.ts';
import type { TypeWords } from '../models/type-words.ts';

/** Three words and the longest name of a server, and room for what stands between them. UTF-16 units. */
const SAID_MAX = 400;

/**
 * A field for three words, with those that fit below it: the combobox pattern, so that arrow keys and screen readers
 * find them. What is none of the words is said with the letter that made it so.
 */
export function WordsField({ model }: { readonly model: TypeWords }) {
  const id = useId();
  const say = words.spoken;
  const heard = model.heard.value;
  const { rest, suggestions } = heard;
  const active = model.active.value;
  const wrong = rest !== undefined && !rest.known;
  const tooMany = heard.words.length > 3;
  const state = model.state.value;
  const short = state.step === 'typing' && state.short === true;
  /** What came of them is said elsewhere, and that they are three is no news then. */
  const refused = state.step === 'typing' && state.code !== undefined;
  const open = suggestions.length > 0;

  function onKeyDown(event: KeyboardEvent): void {
    const chosen = active === undefined ? undefined : suggestions[active];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      model.move(event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Enter' && chosen !== undefined) {
      event.preventDefault();
      model.choose(chosen);
    }
  }

  return (
    <div class="field words-field">
      <label for={id}>{say.field}</label>
      <input
        id={id}
        type="text"
        role="combobox"
        dir="ltr"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        data-arrive
        value={model.text.value}
        maxLength={SAID_MAX}
        placeholder={say.placeholder}
        aria-autocomplete="list"
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-invalid={wrong || tooMany || short}
        aria-describedby={`${id}-hint ${id}-failure`}
        {...(open && active !== undefined ? { 'aria-activedescendant': `${id}-${active}` } : {})}
        onKeyDown={onKeyDown}
        onInput={(event) => {
          model.type(event.currentTarget.value);
          // What a space completed stands in the model; an unchanged value would not be written back.
          event.currentTarget.value = model.text.peek();
        }}
      />
      <p class="failure" role="alert" id={`${id}-failure`}>
        {wrong ? say.noSuchWord(rest.text) : tooMany ? say.tooMany : short ? say.short : undefined}
      </p>
      <p class="hint" role="status" id={`${id}-hint`}>
        {short || refused ? undefined : say.missing(Math.max(0, 3 - heard.words.length))}
      </p>
      <div
        id={`${id}-list`}
        class="words-list"
        role="listbox"
        dir="ltr"
        aria-label={wrong ? say.similar : say.suggestions}
        hidden={!open}
      >
        {suggestions.map((word, at) => (
          <button
            key={word}
            id={`${id}-${at}`}
            type="button"
            role="option"
            tabIndex={-1}
            lang="en"
            aria-selected={at === active}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => model.choose(word)}
          >
            {word}
          </button>
        ))}
      </div>
    </div>
  );
}
