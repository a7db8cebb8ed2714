/** The configuration file: one TypeBox schema gives its JSON Schema, its checks and its type. */
import { Type, type Static } from '../driver/schema.ts';
import { SecretText } from '../driver/access.ts';
import { RESOURCE_TYPES } from '../driver/metrics.ts';
import { ADDRESS_PATTERN, DURATION_PATTERN, LISTEN_PATTERN, SIZE_PATTERN } from './patterns.ts';

const closed = { additionalProperties: false } as const;

interface Bounds {
  readonly min: string;
  readonly max: string;
  /** What to write instead of more than that. */
  readonly advice?: string;
}
/** Timers hold 24 days; what comes less often than once a day is off. */
const INTERVAL: Bounds = { min: '1s', max: '1d' };
const OFF: Bounds = { ...INTERVAL, advice: 'enabled: false for never' };
const DEADLINE: Bounds = { min: '100ms', max: '10m' };

const duration = (fallback: string | undefined, bounds: Bounds, description: string) =>
  Type.Optional(
    Type.String({
      pattern: DURATION_PATTERN,
      format: 'duration',
      bounds,
      description,
      ...(fallback ? { default: fallback } : {}),
    }),
  );
const size = (fallback: string, bounds: Bounds, description: string) =>
  Type.Optional(
    Type.String({ pattern: SIZE_PATTERN, format: 'size', bounds, description, default: fallback }),
  );
const address = (description: string) =>
  Type.String({ pattern: ADDRESS_PATTERN, format: 'address', description });
const httpAddress = () =>
  Type.String({
    pattern: LISTEN_PATTERN,
    format: 'http_address',
    description: 'HTTP address, or unix:///path',
  });
/** A name that goes on as a label or an attribute. */
const word = (description: string) =>
  Type.String({ minLength: 1, maxLength: 128, meaning: 'text', description });
const yes = (description: string) => Type.Optional(Type.Boolean({ default: true, description }));
const no = (description: string) => Type.Optional(Type.Boolean({ default: false, description }));
const file = (description: string, meaning?: string) =>
  Type.Optional(Type.String({ file: true, ...(meaning ? { meaning } : {}), description }));
/** The environment may speak where the block does not: its default is no value of the block. */
const open = <const T extends string>(values: readonly T[], description: string) =>
  Type.Optional(Type.Unsafe<T>({ type: 'string', enum: values, description }));
const choice = <const T extends string>(
  values: readonly T[],
  fallback: NoInfer<T>,
  description: string,
) =>
  Type.Optional(Type.Unsafe<T>({ type: 'string', enum: values, default: fallback, description }));

/** The names `inventory.exclude`, `inspect --only` and the JSON document use for the lists. */
export const LIST_NAMES = [
  'storage_pools',
  'volumes',
  'controllers',
  'ports',
  'disks',
  'quotas',
  'filesystems',
  'qtrees',
  'shares',
  'storage_host_initiators',
  'storage_hosts',
  'storage_host_groups',
  'port_groups',
  'volume_groups',
  'masking_views',
  'components',
  'replications',
] as const;
export type ListName = (typeof LIST_NAMES)[number];

export const OtlpSchema = Type.Object(
  {
    endpoint: Type.Optional(
      Type.String({
        meaning: 'endpoint',
        description:
          'Base URL; /v1/metrics and /v1/logs are appended, with grpc nothing; http://localhost:4318, with grpc 4317',
      }),
    ),
    protocol: open(['http/protobuf', 'http/json', 'grpc'], 'How it is sent; http/protobuf'),
    compression: open(['gzip', 'none'], 'Compression; gzip'),
    headers: Type.Optional(
      Type.Record(Type.String(), SecretText('Value', 1, 'header'), {
        meaning: 'headers',
        description: 'Sent with every export',
      }),
    ),
    ca: file('PEM file with the certificate authority of the endpoint', 'certificates'),
    cert: file('PEM file with the certificate the agent shows', 'certificates'),
    key: file('PEM file with its key', 'tls_key'),
    proxy: Type.Optional(
      Type.String({
        meaning: 'proxy',
        description: 'URL of an HTTP proxy; HTTP_PROXY, HTTPS_PROXY and NO_PROXY apply if absent',
      }),
    ),
    insecure: no(
      'Trust any certificate of the endpoint, and send headers over http to other machines',
    ),
    metrics: yes('Export metrics'),
    logs: yes('Export alerts as logs'),
    entities: no('Export objects and how they belong together as entity events, which are logs'),
    export_interval: duration(
      undefined,
      { ...INTERVAL, advice: 'metrics: false for never' },
      'How often inventory, status and capacity go out; 60s',
    ),
    timeout: duration(undefined, DEADLINE, 'Deadline of one attempt; 10s'),
    queue: size(
      '128MiB',
      { min: '1MiB', max: '64GiB' },
      'Bound of the queue of batches; the oldest goes first and is counted',
    ),
    queue_dir: Type.Optional(
      Type.String({
        minLength: 1,
        meaning: 'folder',
        description:
          'Folder, of this agent alone, in which the queue survives a restart; made if it is not there',
      }),
    ),
    repeat_last: no(
      'Send the last performance value again at each export, for receivers that forget after 5 minutes',
    ),
  },
  { ...closed, meaning: 'otlp', description: 'OTLP export' },
);
export type OtlpConfig = Static<typeof OtlpSchema>;

const AUTH_PROTOCOLS = ['md5', 'sha', 'sha224', 'sha256', 'sha384', 'sha512'] as const;
const PRIV_PROTOCOLS = ['des', 'aes', 'aes192b', 'aes256b', 'aes192r', 'aes256r'] as const;

export const TrapUserSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, meaning: 'user', description: 'User name' }),
    auth: Type.Optional(
      Type.Object(
        {
          protocol: choice(AUTH_PROTOCOLS, 'sha', 'Authentication protocol'),
          key: SecretText('Pass phrase, at least 8 characters', 8),
        },
        closed,
      ),
    ),
    priv: Type.Optional(
      Type.Object(
        {
          protocol: choice(
            PRIV_PROTOCOLS,
            'aes',
            'Privacy protocol; b: Blumenthal, r: Reeder key extension',
          ),
          key: SecretText('Pass phrase, at least 8 characters', 8),
        },
        closed,
      ),
    ),
    engine_id: Type.Optional(
      Type.String({
        pattern: '^(0x)?([0-9A-Fa-f]{2}){5,32}$',
        description: 'Only for this engine, hex',
      }),
    ),
  },
  { ...closed, meaning: 'trap_user' },
);

export const TrapsSchema = Type.Object(
  {
    listen: Type.Optional(
      Type.Union([address('UDP address'), Type.Array(address('UDP address'), { minItems: 1 })], {
        description: 'Where traps arrive; several addresses are allowed',
        default: '127.0.0.1:1162',
      }),
    ),
    communities: Type.Optional(
      Type.Array(SecretText('Community', 1, 'community'), {
        description: 'v1 and v2c: accepted communities',
      }),
    ),
    users: Type.Optional(Type.Array(TrapUserSchema, { description: 'v3: accepted users' })),
    engine_id: Type.Optional(
      Type.String({
        pattern: '^(0x)?([0-9A-Fa-f]{2}){5,32}$',
        description: 'Our own engine id, for v3 informs; random for each start if absent',
      }),
    ),
    relays: Type.Optional(
      Type.Array(Type.String({ minLength: 1, meaning: 'ip', description: 'Address of a relay' }), {
        description:
          'Addresses of relays: the array that their traps name inside (agent address, snmpTrapAddress) is believed',
      }),
    ),
    unknown: choice(['drop', 'log'], 'drop', 'Traps of sources that belong to no backend'),
    varbinds: no('Also attach the raw variable bindings to alerts that a driver parsed'),
  },
  { ...closed, description: 'SNMP trap receiver' },
);
export type TrapsConfig = Static<typeof TrapsSchema>;

export const AlertOutputSchema = Type.Object(
  {
    stdout: no('Write alert records to standard output, one JSON object a line'),
    file: Type.Optional(
      Type.String({ outputFile: true, description: 'Write them to this file, rotated' }),
    ),
    max_size: size('10MiB', { min: '1KiB', max: '1GiB' }, 'Size at which the file is rotated'),
    max_files: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, default: 5, description: 'Rotated files kept' }),
    ),
  },
  { ...closed, description: 'Alert records without a collector' },
);
export type AlertOutputConfig = Static<typeof AlertOutputSchema>;

/** Keys every backend has; a driver's access schema adds its own. */
export const backendFields = {
  name: word('Unique; becomes storage_system_name'),
  vendor: Type.String({ minLength: 1, description: 'First word of the driver key' }),
  model: Type.String({ minLength: 1, description: 'Second word of the driver key' }),
  labels: Type.Optional(
    Type.Record(Type.String(), Type.String({ maxLength: 1_024 }), {
      meaning: 'labels',
      description: 'Added to the OTLP resource and to storage_system_info',
    }),
  ),
  inventory: Type.Optional(
    Type.Object(
      {
        interval: duration('5m', INTERVAL, 'How often the lists are read'),
        exclude: Type.Optional(
          Type.Array(Type.Unsafe<ListName>({ type: 'string', enum: LIST_NAMES }), {
            description: 'Lists not to read',
          }),
        ),
      },
      closed,
    ),
  ),
  performance: Type.Optional(
    Type.Object(
      {
        interval: duration(
          '60s',
          OFF,
          'How often performance is read; never shorter than the array samples',
        ),
        resources: Type.Optional(
          Type.Array(
            Type.Unsafe<(typeof RESOURCE_TYPES)[number]>({ type: 'string', enum: RESOURCE_TYPES }),
            { description: 'Resource types to read; all if absent' },
          ),
        ),
        enabled: yes('Read performance'),
      },
      closed,
    ),
  ),
  alerts: Type.Optional(
    Type.Object(
      {
        interval: duration('60s', OFF, 'How often alerts are polled'),
        trap_sources: Type.Optional(
          Type.Array(Type.String({ minLength: 1, meaning: 'host' }), {
            description: 'Addresses or names its traps come from; the access hosts if absent',
          }),
        ),
        enabled: yes('Poll alerts'),
      },
      closed,
    ),
  ),
  budget: Type.Optional(
    Type.Object(
      {
        max_in_flight: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: 64,
            default: 2,
            description: 'Requests at the same time',
          }),
        ),
        call_timeout: duration(
          '5m',
          { min: '1s', max: '1h' },
          'Deadline of one list or one performance collection',
        ),
        max_series: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: 100_000_000,
            default: 1_000_000,
            description: 'Series of this backend; whole families go beyond it',
          }),
        ),
      },
      closed,
    ),
  ),
  timezone: Type.Optional(
    Type.String({
      format: 'timezone',
      description: "IANA zone of the array's clock, where its times carry none",
    }),
  ),
};

export const BackendSchema = Type.Object(backendFields, { additionalProperties: true });
/** A backend as configured: the common keys, and the driver's own beside them. */
export type BackendConfig = Static<typeof BackendSchema> & Readonly<Record<string, unknown>>;

export const ConfigSchema = Type.Object(
  {
    listen: Type.Optional(
      Type.Union([httpAddress(), Type.Array(httpAddress(), { minItems: 1 })], {
        default: '127.0.0.1:10790',
        description: 'Where HTTP is served; several addresses and unix:///path are allowed',
      }),
    ),
    web_config: file(
      'TLS and basic authentication, in the format of the Prometheus exporter toolkit',
    ),
    web_health: choice(
      ['guarded', 'open'],
      'guarded',
      'open: /-/healthy and /-/ready need no password and no client certificate, for probes',
    ),
    agent_id: Type.Optional(
      word("The agent's service.instance.id; the first listen address if absent"),
    ),
    service_namespace: Type.Optional(word('service.namespace, where two agents watch one array')),
    workers: Type.Optional(
      Type.Union([Type.Literal('auto'), Type.Integer({ minimum: 0, maximum: 64 })], {
        default: 'auto',
        description: 'Worker threads; 0 runs everything in the main thread',
      }),
    ),
    worker_heap: size('512MiB', { min: '64MiB', max: '64GiB' }, 'Heap limit of one worker'),
    otlp: Type.Optional(OtlpSchema),
    traps: Type.Optional(TrapsSchema),
    alert_output: Type.Optional(AlertOutputSchema),
    drivers: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'Third-party drivers: files or packages',
      }),
    ),
    backends: Type.Array(BackendSchema, { description: 'The arrays' }),
  },
  {
    ...closed,
    // A place for anchors, as in compose files: what stands there is not read.
    patternProperties: { '^x-': {} },
    title: 'delfin-agent configuration',
  },
);

/** The configuration, defaults filled in, secrets wrapped, file names absolute. */
export type Config = Omit<Static<typeof ConfigSchema>, 'backends'> & {
  readonly backends: readonly BackendConfig[];
};
