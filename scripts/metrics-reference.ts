/** docs/metrics.md: the catalog as tables. */
import {
  CATALOG,
  labelsOf,
  prometheusType,
  SYSTEM,
  type Family,
} from '../src/telemetry/catalog.ts';
import { labelName } from '../src/telemetry/names.ts';
import { STATUSES } from '../src/telemetry/tables.ts';
import { table } from './table.ts';

const INTRO = `# Metrics

Every metric of the agent, generated from its catalog by \`npm run generate\`. The same data leaves as a Prometheus page and over OTLP; the first name in a row is the one in Prometheus, the second the OTLP instrument.

## Rules

- **Prefixes.** \`storage_\` is data of the arrays, \`hw_\` that of their parts that OpenTelemetry's hardware conventions have names for, \`delfin_\` is the agent itself: \`{__name__=~"(storage|hw)_.+"}\` is exactly the arrays' data. One exception: \`storage_alert_received_total\` is counted by the agent.
- **Names** are the OTLP instrument, then the unit, by the rules of Prometheus' OTLP translation: what arrives over OTLP is called the same as what is scraped.
- **Units** are base units: bytes, seconds, ratios from 0 to 1, operations per second.
- **Direction is in the name**, never a label. Overall values have a family of their own. Where an array gives reads and writes but no overall operations or throughput, the agent adds them up; latencies, sizes and ratios are never derived.
- **Identity.** Every series carries \`storage_system_name\`, the name of the backend in the configuration. Series of a resource add its id, unique in the array, and its name. Everything else about a resource is on its \`_info\` family. Labels in OTLP are the same with dots: \`storage_volume_name\` is \`storage.volume.name\`.
- **Joins** name their labels, because scope and job labels differ by path:
  \`storage_volume_latency_seconds * on (storage_system_name, storage_volume_id) group_left (storage_pool_name) storage_volume_info\`
- **States** are one series per state, 1 for the one that the resource is in and 0 for the others: \`storage_disk_status{storage_state!~"normal|unknown"} == 1\` finds the disks that are not well.
- **Absent is absent.** What an array does not say has no series; there is no zero in its place. A resource that is gone takes its series with it, and data that is too old is withdrawn while \`storage_system_up\` stays.
- **Time.** Samples on the page have no timestamp; over OTLP they have the array's. \`storage_system_performance_sample_timestamp_seconds\` says how old the newest is.
- **Kinds.** Gauges and updowncounters are gauges in Prometheus; updowncounters are those whose sum over resources means something.
`;

const SECTIONS: readonly (readonly [Family['group'], string, string])[] = [
  ['system', 'Arrays', 'One series per array.'],
  ['alert', 'Alerts', 'Every severity is there, with 0 if it has no alert.'],
  [
    'info',
    'Facts',
    'The value is always 1; empty labels are left out. Labels that name another resource are for joins.',
  ],
  ['status', 'States', ''],
  ['quantity', 'Capacities, sizes, speeds, sensors', ''],
  ['performance', 'Performance', "Averages over the array's sampling interval."],
  ['self', 'The agent itself', ''],
];

/** docs/hardware and docs/registry/attributes/hardware.md of the OpenTelemetry semantic conventions. */
const CONVENTIONS = `## Beside the OpenTelemetry hardware conventions

Checked against version 1.44.0 of the semantic conventions (\`hw.*\`, stability: development).

| here | there | why it differs |
| --- | --- | --- |
| \`hw.status\`, \`hw.temperature\`, \`hw.fan.speed\`, \`hw.fan.speed_ratio\`, \`hw.power\`, \`hw.voltage\`, \`hw.battery.charge\` | the same names, units and instruments | |
| \`hw.id\`, \`hw.name\`, \`hw.type\`, \`hw.state\`, \`hw.parent\`, \`hw.vendor\`, \`hw.model\`, \`hw.serial_number\`, \`hw.firmware_version\` | the same attributes | |
| states \`missing\`, \`unknown\` | not there | an empty slot and a word that nobody knows are neither ok nor failed |
| types \`module\`, \`sfp\`, \`other\` | not there | parts of arrays that have no type of their own |
| \`storage.component.info\` | facts are attributes of every metric | facts once, joined by \`hw_id\`: a firmware update does not start every series anew |
| \`storage.component.location\`, \`storage.component.part_number\` | \`hw.sensor_location\`; not there | the place of any part, not of a sensor in it |
| \`storage.disk.*\`, \`storage.controller.*\`, \`storage.port.*\` | \`hw.physical_disk.*\`, \`hw.disk_controller.*\`, \`hw.network.*\` | they join with their performance and inventory by \`storage_disk_id\` and so on |
| \`storage.disk.endurance.remaining\` | \`hw.physical_disk.endurance_utilization\` with state \`remaining\` | as above |
| \`storage.disk.media.errors\` | \`hw.errors\` | as above |
| \`storage.replication.*\`, \`storage.*.data_reduction\`, \`storage.*.snapshots\` | not there | |

## Beside the OpenTelemetry system conventions

\`system.*\` is about the host that an exporter runs on, counted by its operating system. An array tells rates of its own interval, about objects that are on no host.

| here | there | why it differs |
| --- | --- | --- |
| \`storage.disk.read.throughput\`, \`.write.throughput\` | \`system.disk.io\` by \`disk.io.direction\` | gauges of an interval, not counters since a start; the direction is in the name |
| \`storage.disk.read.operations\`, \`.write.operations\` | \`system.disk.operations\` | as above |
| \`storage.disk.latency\` and its parts | \`system.disk.operation_time\` | an average of the interval; arrays tell no sum |
| \`storage.filesystem.capacity\`, \`.used\`, \`.free\` | \`system.filesystem.limit\`, \`.usage\` by \`system.filesystem.state\` | the same words for arrays, pools, volumes and file systems |
| \`storage.controller.cpu.utilization\` | \`system.cpu.utilization\` | of a controller, not of logical processors |
| \`storage.port.*\` | \`system.network.*\` | as disks |

## Beside the proposal for storage

OpenTelemetry has no conventions for storage; a project for them is proposed (open-telemetry/community pull request 3521). Its draft has the names on the right.

| here | there |
| --- | --- |
| \`storage.system\`, \`storage.pool\`, \`storage.volume\`, \`storage.filesystem\`, \`storage.host\` | the same; \`storage.array\` is a RAID array there, and nothing here |
| \`storage.controller\` | \`storage.node\` |
| \`storage.disk\` | \`storage.drive\` |
| \`storage.volume_group\` | \`storage.volumegroup\` |
| \`storage.port\` with \`storage.port.type\` | \`storage.fc_port\`, \`storage.ip_port\` |
| ids as \`storage.*.id\`, names as \`storage.*.name\` | the same |
| the array's identity is its name in the configuration; its serial number is a fact | the serial number |
`;

export function metricsReference(): string {
  const sections = SECTIONS.map(([group, title, note]) => {
    const families = CATALOG.filter((family) => family.group === group);
    return [
      `## ${title}`,
      ...(note ? [note] : []),
      tableOf(families),
      group === 'status' ? states() : '',
    ]
      .filter((part) => part !== '')
      .join('\n\n');
  });
  return `${[INTRO.trim(), ...sections, CONVENTIONS.trim()].join('\n\n')}\n`;
}

function tableOf(families: readonly Family[]): string {
  return table(
    ['metric', 'instrument', 'unit', 'type', 'labels', 'meaning'],
    families.map((family) => [
      code(family.name),
      code(family.instrument),
      code(family.unit),
      family.kind === 'updown' ? 'updowncounter' : prometheusType(family),
      labels(family),
      family.help,
    ]),
  );
}

/** The name of the array is on all of the arrays' series: it is not repeated in each row. */
function labels(family: Family): string {
  const own = labelsOf(family).filter(
    (label) => family.group === 'self' || label !== labelName(SYSTEM),
  );
  return own.map(code).join(', ');
}

function states(): string {
  return table(
    ['family', 'states'],
    STATUSES.map(({ instrument, states: known }) => [
      code(labelName(instrument)),
      known.join(', '),
    ]),
  );
}

function code(text: string): string {
  return `\`${text}\``;
}
