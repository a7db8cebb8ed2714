/** Markup that is safe by its making, and how times and numbers are written in it. */

/** Markup. What `html` puts into it is escaped. */
export interface Html {
  readonly markup: string;
}

export type Part = Html | string | number | undefined | readonly Part[];

/** A template whose values are texts, escaped, or markup, as it is; undefined is nothing. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  // Without the indents of the source.
  const [first = '', ...between] = texts.map((text) => text.replaceAll(/\s*\n\s*/g, '\n'));
  let markup = first;
  for (const [at, part] of parts.entries()) markup += write(part) + (between[at] ?? '');
  return { markup };
}

function write(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'string') return escape(part);
  if (typeof part === 'number') return part.toLocaleString('en');
  return 'markup' in part ? part.markup : part.map(write).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** What a page obeys and does not show: control characters, and marks that turn the direction of writing. */
const UNPRINTABLE = /[\0-\x08\v\f\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function escape(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
    .replaceAll(
      UNPRINTABLE,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}

export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} d`;
}

/** How long ago; the time itself is its title. */
export function ago(at: number, now: number): Html {
  const text = stamp(at);
  return html`<time title="${text}">${duration(now - at)} ago</time>`;
}

/** `2026-11-29 04:10:21 UTC` */
export function stamp(at: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '?';
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** A name of the contract, for people: `storage_pools`, `readResponseTime`. */
export function words(name: string): string {
  return name.replaceAll('_', ' ').replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`); // prettier-ignore
}

/** A table with named columns; nothing if it has no rows. */
export function table(
  name: string,
  columns: readonly string[],
  rows: readonly (readonly [Part, ...Part[]])[],
): Html | undefined {
  if (rows.length === 0) return undefined;
  return html`<table aria-label="${name}">
    <thead>
      <tr>
        ${columns.map((column) => html`<th scope="col">${column}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ([first, ...rest]) =>
          html`<tr>
            <th scope="row">${first}</th>
            ${rest.map((cell) => html`<td>${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}
