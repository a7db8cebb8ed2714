/** The `fake:` block: how big the array is, and what goes wrong. */
import { METRIC_NAMES, SecretText, Type, type MetricName, type Static } from 'delfin-agent/driver';

const count = (fallback: number, maximum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum, default: fallback, description }));

const FAULT_LISTS = [
  'storage', 'storage_pools', 'volumes', 'controllers', 'ports', 'disks', 'filesystems', 'qtrees',
  'quotas', 'shares', 'storage_hosts', 'storage_host_initiators', 'storage_host_groups',
  'port_groups', 'volume_groups', 'masking_views', 'components', 'replications', 'alert_sources',
  'access_url', 'alerts', 'performance',
] as const; // prettier-ignore

const lists = (description: string) =>
  Type.Optional(
    Type.Array(Type.Unsafe<(typeof FAULT_LISTS)[number]>({ type: 'string', enum: FAULT_LISTS }), {
      description,
    }),
  );

export const FakeOptions = Type.Object(
  {
    seed: Type.Optional(
      Type.Integer({ minimum: 0, default: 1, description: 'The same seed gives the same array' }),
    ),
    pools: count(3, 1_000, 'Number of pools'),
    volumes: count(20, 1_000_000, 'Number of volumes'),
    controllers: count(4, 64, 'Number of controllers'),
    ports: count(16, 2_000, 'Number of ports'),
    disks: count(18, 5_000, 'Number of disks'),
    filesystems: count(6, 10_000, 'Number of file systems'),
    hosts: count(5, 10_000, 'Number of hosts'),
    enclosures: count(2, 10_000, 'Number of enclosures, each with fans, power supplies, sensors'),
    replications: count(6, 10_000, 'Number of replications'),
    alerts: count(7, 1_000, 'Number of alerts that come and go'),
    alert_period: Type.Optional(
      Type.Integer({
        minimum: 1,
        default: 600,
        description: 'Seconds an alert is there, and then away',
      }),
    ),
    sample_interval: Type.Optional(
      Type.Integer({ minimum: 1, default: 10, description: 'Seconds between performance samples' }),
    ),
    historic: Type.Optional(
      Type.Boolean({ default: true, description: 'Keeps samples for an hour' }),
    ),
    metrics: Type.Optional(
      Type.Array(Type.Unsafe<MetricName>({ type: 'string', enum: METRIC_NAMES }), {
        description: 'Measures of each resource; all if absent',
      }),
    ),
    odd_names: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Names with quotes, line breaks and other letters',
      }),
    ),
    drop_last_volume_after: Type.Optional(
      Type.Number({ description: 'Epoch ms at which the last volume is deleted' }),
    ),
    serial_number: Type.Optional(
      Type.String({ description: 'Serial number, if not made from the seed' }),
    ),
    alert_sources: Type.Optional(
      Type.Array(Type.String(), { description: 'Addresses it says its traps come from' }),
    ),
    latency_ms: Type.Optional(
      Type.Integer({ minimum: 0, default: 0, description: 'Time each request takes' }),
    ),
    username: Type.Optional(Type.String({ description: 'Account' })),
    password: Type.Optional(SecretText('Its password; "wrong" is refused')),
    fail: Type.Optional(
      Type.Object(
        {
          lists: lists('Answer with an error'),
          unsupported: lists('Answer that the feature is missing'),
          malformed: lists('Return a record without id, one with a wrong field, one twice'),
          hang: lists('Never answer'),
          spin: lists('Keep the processor busy for ever'),
          exhaust_memory: lists('Allocate until the heap is full'),
          session_expires_after: Type.Optional(
            Type.Integer({ minimum: 1, description: 'Requests a session lives for' }),
          ),
          unreachable: Type.Optional(Type.Boolean({ description: 'Refuse the connection' })),
        },
        { additionalProperties: false, description: 'What goes wrong' },
      ),
    ),
  },
  { additionalProperties: false, description: 'The made-up array' },
);

export type FakeSettings = Static<typeof FakeOptions>;
type Defaulted =
  | 'seed' | 'pools' | 'volumes' | 'controllers' | 'ports' | 'disks' | 'filesystems' | 'hosts'
  | 'enclosures' | 'replications' | 'alert_sources' | 'alerts' | 'alert_period' | 'sample_interval' | 'historic' | 'odd_names' | 'latency_ms' | 'fail'; // prettier-ignore
/** The settings with every default filled in. */
export type Fake = FakeSettings & Required<Pick<FakeSettings, Defaulted>>;

const DEFAULTS: Pick<Fake, Defaulted> = {
  seed: 1,
  pools: 3,
  volumes: 20,
  controllers: 4,
  ports: 16,
  disks: 18,
  filesystems: 6,
  hosts: 5,
  enclosures: 2,
  replications: 6,
  alert_sources: [],
  alerts: 7,
  alert_period: 600,
  sample_interval: 10,
  historic: true,
  odd_names: false,
  latency_ms: 0,
  fail: {},
};

export function optionsOf(settings: FakeSettings | undefined): Fake {
  return { ...DEFAULTS, ...settings };
}
