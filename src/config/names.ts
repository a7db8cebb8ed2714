/** Names that go on as labels, attributes and headers. */

/** What the product, the page and the OTLP conversion of a Resource make themselves. */
const TAKEN_PREFIXES = ['storage_', 'delfin_', 'service_', 'otel_', 'telemetry_'] as const;
const TAKEN: ReadonlySet<string> = new Set(['job', 'instance', 'le', 'quantile']);
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const MAX_LABEL = 128;

export interface KeyFault {
  readonly key: string;
  readonly message: string;
}

/** Keys of `labels` that are no labels, or someone else's. */
export function labelFaults(keys: readonly string[]): KeyFault[] {
  const written = new Set(keys);
  const faults = keys.map((key) => ({ key, message: labelFault(key, written) }));
  return faults.flatMap(({ key, message }) => (message ? [{ key, message }] : []));
}

function labelFault(key: string, written: ReadonlySet<string>): string | undefined {
  const right = corrected(key);
  const advice =
    right === undefined
      ? 'choose another name'
      : written.has(right) && right !== key
        ? `${right} is what it becomes, and stands here already: keep one`
        : `write ${right}`;
  if (key.length > MAX_LABEL) return `a label has at most ${MAX_LABEL} characters (shorten it)`;
  if (!LABEL.test(key)) {
    return `labels have letters, digits and _ only, no digit first (${advice})`;
  }
  if (key.startsWith('__')) return `labels that begin __ belong to Prometheus (${advice})`;
  if (TAKEN.has(key) || TAKEN_PREFIXES.some((prefix) => key.startsWith(prefix))) {
    return `the label ${key} is made by the agent, Prometheus or the collector (${advice})`;
  }
  return undefined;
}

/** The nearest name that would do. */
function corrected(key: string): string | undefined {
  const ascii = key
    .replaceAll('ß', 'ss')
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-zA-Z0-9_]+/g, '_')
    .replace(/^_+/, '')
    .replace(/_+$/, '')
    .slice(0, 60);
  const free = TAKEN_PREFIXES.reduce(
    (name, prefix) => (name.startsWith(prefix) ? name.slice(prefix.length) : name),
    ascii,
  ).replace(/^system_/, '');
  if (free === '') return undefined;
  const named = TAKEN.has(free) || /^\d/.test(free) ? `array_${free}` : free;
  return LABEL.test(named) ? named : undefined;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Made by the sender itself, or not to be set by anybody. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'content-type', 'content-encoding', 'content-length', 'transfer-encoding', 'connection',
  'keep-alive', 'upgrade', 'expect', 'te', 'trailer', 'host',
]); // prettier-ignore

/** Headers that HTTP can't carry; values are never quoted. */
export function headerFaults(headers: Readonly<Record<string, unknown>>): KeyFault[] {
  const seen = new Set<string>();
  return Object.entries(headers).flatMap(([key, value]) => {
    const name = key.toLowerCase();
    const message = seen.has(name)
      ? 'this header stands here twice, headers know no case (keep one)'
      : (headerNameFault(name) ?? headerValueFault(value));
    seen.add(name);
    return message ? [{ key, message }] : [];
  });
}

function headerNameFault(name: string): string | undefined {
  if (OWN_HEADERS.has(name)) return `the header ${name} is the agent's own (remove it)`;
  if (TOKEN.test(name)) return undefined;
  const right = name
    .trim()
    .replaceAll(/[^!#$%&'*+.^_`|~0-9A-Za-z-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  const advice = name.includes(':') || right === '' ? 'write the name alone' : `write ${right}`;
  return `no name of a header: letters, digits and - only (${advice})`;
}

/** A header with a line break is never sent, and would be a header of someone else's. */
function headerValueFault(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (/[\r\n]/.test(value)) {
    return 'the value of this header has a line break (base64 wraps its lines: make it with base64 -w0)';
  }
  if (/[^\t\u0020-\u007E]/.test(value)) {
    return 'the value of this header has characters that HTTP does not carry (ASCII only)';
  }
  if (value !== value.trim()) return 'the value of this header has blanks around it (remove them)';
  return undefined;
}

/** Whether a header is a credential by its name. */
export function isCredential(header: string): boolean {
  return /auth|cookie|token|key|secret|passw|credential/i.test(header);
}

/** A name that goes on as a label or into a protocol: one line, without blanks around it. */
export function textFault(text: string): string | undefined {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\u0000-\u001F\u007F-\u009F]/.test(text)) {
    return 'has a line break or a control character in it: remove it';
  }
  if (text !== text.trim()) return 'has blanks around it: remove them';
  return undefined;
}

/** What a secret can't be; it is never quoted. `referred`: it came from elsewhere, as it is. */
export function secretFault(secret: string, referred: boolean): string | undefined {
  const [, name] = referred ? [] : (/^(?:[A-Za-z]+ )?\$([A-Z_][A-Z0-9_]+)$/.exec(secret) ?? []);
  if (name === undefined) return undefined;
  return `is sent as it stands: write \${env:${name}} for the variable; a secret that really begins with $ belongs into a file, \${file:PATH}`;
}

/** A header has rules of its own for that. */
export function lineFault(secret: string): string | undefined {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return /[\u0000\r\n]/.test(secret) ? 'has a line break in it: a secret is one line' : undefined;
}
