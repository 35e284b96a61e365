import { createHash } from 'node:crypto';
import { ABOUT_PATH, encodeAbout, WIRE_PATH } from '../protocol/index.ts';

/** A whole answer, the same bytes each time. */
export interface Page {
  readonly status: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** Answered at any rate: for what watches over the server, and no larger than a refusal. */
  readonly always?: true;
}

/** Where an invite's link points; what is behind its `#` never leaves the browser. */
const INVITE_PATH = '/i';

/**
 * Light and dark, the values of the shared design tokens in short. System fonts and a drawing in the page: nothing is
 * loaded from anywhere.
 */
const STYLE = `:root{color-scheme:light dark;--bg:oklch(98.4% .004 85);--card:oklch(100% 0 0);--text:oklch(26% .012 75);--soft:oklch(47% .014 75);--line:oklch(90.5% .006 80);--accent:oklch(46% .085 195)}
@media (prefers-color-scheme:dark){:root{--bg:oklch(19.5% .008 75);--card:oklch(23.5% .009 75);--text:oklch(92.5% .008 80);--soft:oklch(73% .012 78);--line:oklch(32% .01 75);--accent:oklch(76% .085 192)}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--bg);color:var(--text);font:15px/1.55 system-ui,sans-serif}
main{max-width:460px;padding:32px;background:var(--card);border:1px solid var(--line);border-radius:16px}
svg{display:block;width:44px;height:44px;color:var(--accent)}
h1{margin:16px 0 8px;font-size:20px;line-height:1.3}
p{margin:0 0 12px}
ul{margin:0 0 12px;padding-inline-start:20px}
li{margin-bottom:8px}
strong{font-weight:600}
.soft{margin:16px 0 0;padding-top:16px;border-top:1px solid var(--line);color:var(--soft);font-size:13px}`;

const MARK = `<svg viewBox="0 0 48 48" fill="none" stroke="currentColor" stroke-width="3" stroke-linejoin="round" aria-hidden="true"><path d="M9 6h16v36H9z"/><path d="M31 15h10v12h-5l-5 5z" fill="currentColor"/></svg>`;

function html(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${STYLE}</style>
<main>
${MARK}
${content}
</main>
</html>
`;
}

const INVITE = html(
  'An invite to talk in Aside',
  `<h1>Somebody invites you to a private conversation</h1>
<p><strong>Press the Aside button in your browser’s toolbar.</strong> It finds the invite in this tab and asks before it accepts.</p>
<ul>
<li>No Aside button yet? Install Aside for Chrome, Edge or Firefox, then come back to this tab.</li>
<li>The button may hide behind the puzzle piece in the toolbar.</li>
<li>Pasting this page’s whole address into Aside works too.</li>
</ul>
<p class="soft">Aside is for words that only one listener hears: chat between two browsers, end-to-end encrypted, without an account. The invite works once. Its secret is the part of the address after “#”, which your browser does not send to this server.</p>`,
);

const HOME = html(
  'An Aside server',
  `<h1>This is an Aside server</h1>
<p>It keeps sealed envelopes for browsers that are asleep, and cannot look inside them.</p>
<p>To use it, enter this page’s address as your server in Aside, or open an invite that somebody sent you.</p>
<p class="soft">Aside is a browser extension for private conversations: end-to-end encrypted, peer to peer, no account.</p>`,
);

const NOT_FOUND = html(
  'Nothing here',
  `<h1>There is nothing at this address</h1>
<p>If somebody sent you an invite, check that the whole link was copied.</p>`,
);

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

const COMMON = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cache-Control', 'no-store'],
] as const;

const HTML_HEADERS = [
  ...COMMON,
  ['Content-Type', 'text/html; charset=utf-8'],
  [
    'Content-Security-Policy',
    `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  ],
  ['X-Frame-Options', 'DENY'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
] as const;

/** Any page may know that this is an Aside server: the extension has no host permissions and asks like a stranger. */
const JSON_HEADERS = [
  ...COMMON,
  ['Content-Type', 'application/json'],
  ['Access-Control-Allow-Origin', '*'],
] as const;

const TEXT_HEADERS = [...COMMON, ['Content-Type', 'text/plain; charset=utf-8']] as const;

/** What GET answers at a path. `state` is asked anew each time. */
export function pagesFor(state: {
  readonly relay: boolean;
  readonly pass: boolean;
  readonly draining: () => boolean;
  /** Whether the store takes and gives. */
  readonly ready: () => boolean;
}): (path: string) => Page {
  const about = encodeAbout({ aside: 1, relay: state.relay, pass: state.pass });
  const fixed = new Map<string, Page>([
    ['/', { status: '200 OK', headers: HTML_HEADERS, body: HOME }],
    [INVITE_PATH, { status: '200 OK', headers: HTML_HEADERS, body: INVITE }],
    [ABOUT_PATH, { status: '200 OK', headers: JSON_HEADERS, body: about }],
    // The socket's path, asked without an upgrade.
    [WIRE_PATH, { status: '426 Upgrade Required', headers: JSON_HEADERS, body: about }],
    ['/healthz', { status: '200 OK', headers: TEXT_HEADERS, body: 'alive\n', always: true }],
  ]);
  const ready: Page = { status: '200 OK', headers: TEXT_HEADERS, body: 'ready\n', always: true };
  const notReady = (why: string): Page => ({
    status: '503 Service Unavailable',
    headers: TEXT_HEADERS,
    body: `${why}\n`,
    always: true,
  });
  const draining = notReady('draining');
  const waiting = notReady('waiting for the store');
  const notFound: Page = { status: '404 Not Found', headers: HTML_HEADERS, body: NOT_FOUND };
  return (path) => {
    if (path === '/readyz') return state.draining() ? draining : state.ready() ? ready : waiting;
    return fixed.get(path) ?? notFound;
  };
}
