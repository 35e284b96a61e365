interface Props {
  readonly facts: readonly { readonly name: string; readonly value: string }[];
}

/** Names and values, one to a line. */
export function Facts({ facts }: Props) {
  return (
    <dl class="facts">
      {facts.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
