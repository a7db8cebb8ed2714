/** What all pages share: the frame, its headers, and the files that it refers to. */
import { readFileSync } from 'node:fs';
import type { BackendStatus } from '../backend/status.ts';
import { html, stamp, type Html, type Part } from './html.ts';

/** Nothing from elsewhere, no inline code, in nobody's frame. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

const TYPES = {
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;

/** The files of the pages. @throws Error if the installation lacks one. */
export function asset(name: string): { type: string; text: string } | undefined {
  if (!Object.hasOwn(TYPES, name)) return undefined;
  const type = TYPES[name as keyof typeof TYPES];
  return { type, text: readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8') };
}

export interface Frame {
  readonly title: string;
  readonly now: number;
  readonly header: Part;
  readonly main: Part;
}

/** Without a script the browser loads it anew; page.js does it without a flicker. */
export function page({ title, now, header, main }: Frame): string {
  const { markup } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        <link rel="icon" href="/assets/icon.svg" />
        <link rel="stylesheet" href="/assets/page.css" />
        <script src="/assets/page.js" defer></script>
        <noscript><meta http-equiv="refresh" content="30" /></noscript>
      </head>
      <body>
        <header>${header}</header>
        <main>${main}</main>
        <footer>
          <span class="muted">as of ${stamp(now)}</span>
          <button type="button" id="pause" data-own hidden>Pause updates</button>
          <span id="news" role="status" data-own></span>
        </footer>
      </body>
    </html> `;
  return markup;
}

export type Mood = 'good' | 'odd' | 'bad' | 'muted';

export function pill(text: string, mood: Mood): Html {
  return html`<span class="pill ${mood}">${text}</span>`;
}

/** What is to be done comes first. */
export const STATES = ['down', 'starting', 'problems', 'up'] as const;
export type StateWord = (typeof STATES)[number];

export const MOODS: Readonly<Record<StateWord, Mood>> = {
  down: 'bad',
  starting: 'odd',
  problems: 'odd',
  up: 'good',
};

export const SEVERITY_MOODS: Readonly<Record<string, Mood>> = {
  Fatal: 'bad',
  Critical: 'bad',
  Major: 'bad',
  Minor: 'odd',
  Warning: 'odd',
};

export function stateOf({ up, problems }: BackendStatus): StateWord {
  if (up === undefined) return 'starting';
  if (!up) return 'down';
  return problems.length > 0 ? 'problems' : 'up';
}

/** Product, serial number and version, as the array states them. */
export function identityOf(backend: BackendStatus): string {
  const { vendor, model, product, serial_number: serial, firmware_version: version } = backend;
  const stated = [product, serial, version].filter(Boolean).join(', ');
  return stated ? `${vendor} ${model}: ${stated}` : `${vendor} ${model}`;
}

/** A path below `folder` that ends in a foreign name. */
export function pathTo(folder: string, name: string): string {
  return `${folder}${encodeURIComponent(name.toWellFormed())}`;
}
