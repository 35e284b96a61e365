/** The mark of Aside: a page with a spoken word beside it. */
export function Mark({ size = 24 }: { readonly size?: number }) {
  return (
    <svg
      class="mark"
      width={`${size / 16}rem`}
      height={`${size / 16}rem`}
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
    >
      <path
        d="M12.5 20.5H6A3.5 3.5 0 0 1 2.5 17V7A3.5 3.5 0 0 1 6 3.5h4.5"
        fill="none"
        stroke="currentColor"
        stroke-width="1.9"
        stroke-linecap="round"
      />
      <path
        d="M13.5 6.2A2.7 2.7 0 0 1 16.2 3.5h2.6a2.7 2.7 0 0 1 2.7 2.7v7.6a2.7 2.7 0 0 1-2.7 2.7h-.6l-3.2 3.4c-.5.5-1.5.2-1.5-.6Z"
        fill="var(--accent)"
      />
    </svg>
  );
}
