/** TLS, headers, users and a limit from a file in the format of the Prometheus exporter toolkit. */
import { validateHeaderValue } from 'node:http';
import { dirname } from 'node:path';
import { messageOf } from '../driver/message.ts';
import { Type, type Static } from '../driver/schema.ts';
import { parse } from 'yaml';
import { checkValue } from '../config/check.ts';
import { readText } from '../config/files.ts';
import { loadTls, TlsSchema, type Tls } from './tls-config.ts';

const closed = { additionalProperties: false } as const;
/** Go's form of a duration: `1s`, `1m30s`, `200ms`; a number alone is nanoseconds. */
const GO_DURATION = '^[+-]?((\\d+(\\.\\d*)?|\\.\\d+)(ns|us|µs|μs|ms|s|m|h))+$|^[+-]?0$';
const header = (allowed?: readonly string[]) =>
  Type.Optional(
    Type.Unsafe<string | number | boolean>(
      allowed
        ? { type: 'string', enum: allowed }
        : { type: ['string', 'number', 'boolean'], description: 'Value of the header' },
    ),
  );

const WebConfigSchema = Type.Object(
  {
    tls_server_config: Type.Optional(TlsSchema),
    http_server_config: Type.Optional(
      Type.Object(
        {
          http2: Type.Optional(Type.Boolean()),
          headers: Type.Optional(
            Type.Object(
              {
                'Content-Security-Policy': header(),
                'Strict-Transport-Security': header(),
                'X-Content-Type-Options': header(['nosniff']),
                'X-Frame-Options': header(['deny', 'sameorigin']),
                'X-XSS-Protection': header(),
              },
              closed,
            ),
          ),
        },
        closed,
      ),
    ),
    basic_auth_users: Type.Optional(
      Type.Record(
        Type.String(),
        Type.String({
          pattern: '^\\$2[aby]\\$(0[4-9]|[12]\\d|3[01])\\$[./A-Za-z0-9]{53}$',
          description: "The bcrypt hash of the user's password, of `htpasswd -nB USER`",
        }),
      ),
    ),
    rate_limit: Type.Optional(
      Type.Object(
        {
          interval: Type.Optional(
            Type.Union([
              Type.String({
                pattern: GO_DURATION,
                description: 'Time between two requests, as in 1s or 200ms',
              }),
              Type.Integer(),
            ]),
          ),
          burst: Type.Optional(Type.Integer()),
        },
        closed,
      ),
    ),
  },
  closed,
);
type WebConfigFile = Static<typeof WebConfigSchema>;

export interface WebConfig {
  readonly tls?: Tls;
  /** Names in lower case. They go before those of a page. */
  readonly headers: Readonly<Record<string, string>>;
  /** User -> bcrypt hash. */
  readonly users: Readonly<Record<string, string>>;
  readonly rateLimit?: { readonly intervalMs: number; readonly burst: number };
  /** What works and is hardly meant so. */
  readonly doubts: readonly string[];
}

/** What is wrong with the file, as `loadWebConfig` would say it; nothing if all is well. */
export function checkWebConfig(file: string): readonly string[] {
  try {
    loadWebConfig(file);
    return [];
  } catch (error) {
    return [messageOf(error)];
  }
}

/** @throws Error naming the file and everything that is wrong with it; hashes and keys are not quoted. */
export function loadWebConfig(file: string): WebConfig {
  try {
    return toWebConfig(readWebConfig(file), dirname(file));
  } catch (error) {
    throw new Error(`${file}: ${messageOf(error)}`, { cause: error });
  }
}

function readWebConfig(file: string): WebConfigFile {
  const text = readText(file);
  let value: unknown;
  try {
    // As the toolkit reads it: `yes` and `off` are switches, `<<` merges.
    value = withoutNull(parse(text, { version: '1.1' })) ?? {};
  } catch (error) {
    // The first line only: the others quote the file, and in it there are hashes and keys.
    // oxlint-disable-next-line preserve-caught-error -- for the same reason
    throw new Error(messageOf(error).split('\n')[0]?.replace(/:$/, ''));
  }
  const faults = checkValue(WebConfigSchema, value);
  if (faults.length > 0) throw new Error(faults.map(({ message }) => message).join('; '));
  return value as WebConfigFile;
}

const NAMED_FREELY = new Set(['basic_auth_users', 'headers']);

/** A key without a value is not set; a user or a header without one is an empty text. */
function withoutNull(value: unknown, parent = ''): unknown {
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]: [string, unknown]) => {
      if (child !== null) return [[key, withoutNull(child, key)]];
      return NAMED_FREELY.has(parent) ? [[key, '']] : [];
    }),
  );
}

function toWebConfig(config: WebConfigFile, folder: string): WebConfig {
  const { http2 = true, headers = {} } = config.http_server_config ?? {};
  const { tls, doubts } = loadTls(config.tls_server_config ?? {}, { folder, http2 });
  const rateLimit = rateLimitOf(config.rate_limit ?? {});
  return {
    ...(tls ? { tls } : {}),
    headers: toHeaders(headers),
    users: config.basic_auth_users ?? {},
    ...(rateLimit ? { rateLimit } : {}),
    doubts,
  };
}

function toHeaders(
  headers: Readonly<Record<string, string | number | boolean>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      if (value === '') return [];
      try {
        validateHeaderValue(name, String(value));
      } catch (error) {
        throw new Error(`${name} has characters that no header may have`, { cause: error });
      }
      return [[name.toLowerCase(), String(value)]];
    }),
  );
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** None without an interval: the toolkit's 0 turns it off. */
function rateLimitOf({
  interval = 0,
  burst = 0,
}: NonNullable<WebConfigFile['rate_limit']>): WebConfig['rateLimit'] {
  let intervalMs = typeof interval === 'number' ? interval * 1e-6 : 0;
  if (typeof interval === 'string' && !interval.startsWith('-')) {
    for (const [, amount, unit = ''] of interval.matchAll(/([\d.]+)([a-zµμ]+)/g)) {
      intervalMs += Number(amount) * (UNIT_MS[unit] ?? 0);
    }
  }
  return intervalMs > 0 ? { intervalMs, burst } : undefined;
}
