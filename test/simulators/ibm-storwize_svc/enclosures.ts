/** Enclosures with what is in them, remote copies, mappings and snapshots: data and views. */
import type { Model } from './data.ts';
import type { Cell, Entry } from './print.ts';
import { flat, type View } from './views.ts';

type Pairs = readonly (readonly [name: string, value: Cell])[];

export interface Enclosure {
  readonly id: string;
  readonly status: string;
  readonly serial: string;
  readonly celsius: number;
  readonly watts: number;
  /** States of its parts, the first one numbered 1. */
  readonly canisters: readonly string[];
  readonly supplies: readonly string[];
  readonly fans: readonly string[];
  readonly batteries: readonly Battery[];
}

export interface Battery {
  readonly status: string;
  readonly percent: number;
  readonly endOfLife: boolean;
}

/** Two enclosures; one is hot, has a failed fan and a battery at the end of its life. */
export function makeEnclosures(external: boolean): Enclosure[] {
  if (external) return [];
  return [
    {
      id: '1', status: 'online', serial: '78N16G4', celsius: 24, watts: 332,
      canisters: ['online', 'online'], supplies: ['online', 'online'], fans: [],
      batteries: [
        { status: 'online', percent: 100, endOfLife: false },
        { status: 'online', percent: 87, endOfLife: true },
      ],
    },
    {
      id: '2', status: 'degraded', serial: '78N16G9', celsius: 47, watts: 251,
      canisters: ['online', 'degraded'], supplies: ['online', 'offline'],
      fans: ['online', 'offline', 'spinning'], batteries: [],
    },
  ]; // prettier-ignore
}

export interface Relationship {
  readonly id: string;
  readonly name: string;
  readonly volume: string;
  readonly isMaster: boolean;
  readonly primary: '' | 'master' | 'aux';
  readonly state: string;
  readonly progress: string;
  readonly copyType: string;
  /** How old the last consistent copy is, s. */
  readonly ageSeconds: number | undefined;
}

/** A stalled one, one that has lost the other system, one that is copied to here. */
export const RELATIONSHIPS: readonly Relationship[] = [
  { id: '3', name: 'rc metro', volume: '1', isMaster: true, primary: 'master', state: 'consistent_synchronized', progress: '', copyType: 'metro', ageSeconds: undefined },
  { id: '4', name: 'rc_global', volume: '2', isMaster: true, primary: 'master', state: 'inconsistent_copying', progress: '37', copyType: 'global', ageSeconds: undefined },
  { id: '5', name: 'rc_cycling', volume: '3', isMaster: false, primary: 'master', state: 'consistent_copying', progress: '100', copyType: 'global', ageSeconds: 754 },
  { id: '6', name: 'rc_stalled', volume: '4', isMaster: true, primary: 'master', state: 'consistent_stopped', progress: '', copyType: 'global', ageSeconds: 86_400 },
  { id: '7', name: 'rc_lost', volume: '8', isMaster: true, primary: '', state: 'idling_disconnected', progress: '', copyType: 'odd_type', ageSeconds: undefined },
]; // prettier-ignore

export interface Mapping {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly status: string;
  readonly progress: string;
  readonly internal: boolean;
}

export const MAPPINGS: readonly Mapping[] = [
  { id: '0', source: '10', target: '11', status: 'idle_or_copied', progress: '100', internal: false },
  { id: '1', source: '12', target: '13', status: 'copying', progress: '41', internal: false },
  { id: '2', source: '14', target: '16', status: 'suspended', progress: '0', internal: false },
  { id: '3', source: '3', target: '17', status: 'copying', progress: '5', internal: true },
]; // prettier-ignore

/** Volumes with so many snapshots. */
export const SNAPSHOTS: Readonly<Record<string, number>> = { '0': 3, '9': 1 };

const REMOTE = { id: '0000020321A06C9C', name: 'dr system' };

export function enclosureViews(model: Model): [string, View][] {
  const all = model.enclosures;
  const inside =
    (
      column: string,
      parts: (enclosure: Enclosure) => readonly string[],
      more: (enclosure: Enclosure, index: number) => Pairs = () => [],
    ): View =>
    () =>
      all.flatMap((enclosure) =>
        parts(enclosure).map((status, index) =>
          flat([
            ['enclosure_id', enclosure.id],
            [column, String(index + 1)],
            ['status', status],
            ...more(enclosure, index),
          ]),
        ),
      );
  return [
    ['lsenclosure', () => all.map(enclosureEntry)],
    ['lsenclosurestats', () => all.flatMap(statEntries)],
    [
      'lsenclosurecanister',
      inside(
        'canister_id',
        (enclosure) => enclosure.canisters,
        ({ id }, index) => [
          ['type', id === '1' ? 'node' : 'expansion'],
          ['node_id', id === '1' ? String(index + 1) : ''],
        ],
      ),
    ],
    [
      'lsenclosurepsu',
      inside(
        'PSU_id',
        (enclosure) => enclosure.supplies,
        () => [['input_power', 'ac']],
      ),
    ],
    [
      'lsenclosurebattery',
      inside(
        'battery_id',
        ({ batteries }) => batteries.map(({ status }) => status),
        ({ batteries }, index) => [
          ['charging_status', 'idle'],
          ['recondition_needed', 'no'],
          ['percent_charged', String(batteries[index]?.percent ?? 0)],
          ['end_of_life_warning', batteries[index]?.endOfLife ? 'yes' : 'no'],
        ],
      ),
    ],
    // The older release has neither fan modules nor secondary expander modules.
    ...(model.generation === 'flashsystem-8.5' && !model.sparse
      ? ([
          ['lsenclosurefanmodule', inside('fan_module_id', (enclosure) => enclosure.fans)],
          ['lsenclosuresem', () => []],
          ['lsvolumesnapshot', () => snapshotEntries(model)],
          ['lsvolumegroupreplication', () => groupEntries()],
        ] as [string, View][])
      : []),
    ...(model.external
      ? ([['lsnodebattery', () => nodeBatteryEntries(model)]] as [string, View][])
      : []),
    ['lsrcrelationship', () => relationshipEntries(model)],
    ['lsfcmap', () => MAPPINGS.map((one) => mappingEntry(model, one))],
    [
      'lssystemip',
      () => [
        flat([
          ['cluster_id', model.system.id],
          ['cluster_name', model.system.name],
          ['location', 'local'],
          ['port_id', '1'],
          ['IP_address', '192.0.2.125'],
          ['subnet_mask', '255.255.255.0'],
          ['gateway', '192.0.2.1'],
          ['IP_address_6', ''],
          ['prefix_6', ''],
        ]),
      ],
    ],
  ];
}

function enclosureEntry(enclosure: Enclosure): Entry {
  const online = (states: readonly string[]) =>
    String(states.filter((state) => state === 'online').length);
  return flat([
    ['id', enclosure.id],
    ['status', enclosure.status],
    ['type', enclosure.id === '1' ? 'control' : 'expansion'],
    ['managed', 'yes'],
    ['IO_group_id', '0'],
    ['IO_group_name', 'io_grp0'],
    ['product_MTM', '2076-24F'],
    ['serial_number', enclosure.serial],
    ['total_canisters', String(enclosure.canisters.length)],
    ['online_canisters', online(enclosure.canisters)],
    ['total_PSUs', String(enclosure.supplies.length)],
    ['online_PSUs', online(enclosure.supplies)],
    ['drive_slots', '24'],
  ]);
}

function statEntries({ id, celsius, watts }: Enclosure): Entry[] {
  const values = { power_w: watts, temp_c: celsius, temp_f: Math.round(celsius * 1.8 + 32) };
  return Object.entries(values).map(([name, value]) =>
    flat([
      ['enclosure_id', id],
      ['stat_name', name],
      ['stat_current', String(value)],
      ['stat_peak', String(value + 1)],
      ['stat_peak_time', '221126132328'],
    ]),
  );
}

function nodeBatteryEntries(model: Model): Entry[] {
  return model.nodes.slice(0, 2).map((node) =>
    flat([
      ['node_id', node.id],
      ['node_name', node.name],
      ['battery_id', '1'],
      ['status', 'online'],
      ['charging_status', 'idle'],
      ['recondition_needed', 'no'],
      ['percent_charged', '98'],
      ['end_of_life_warning', 'no'],
    ]),
  );
}

function relationshipEntries(model: Model): Entry[] {
  const own = { id: model.system.id, name: model.system.name };
  return RELATIONSHIPS.map((one) => {
    const local = { system: own, volume: one.volume, title: nameOf(model, one.volume) };
    const remote = { system: REMOTE, volume: '90', title: `remote_${one.name}` };
    const [master, aux] = one.isMaster ? [local, remote] : [remote, local];
    return flat([
      ['id', one.id],
      ['name', one.name],
      ['master_cluster_id', master.system.id],
      ['master_cluster_name', master.system.name],
      ['master_vdisk_id', master.volume],
      ['master_vdisk_name', master.title],
      ['aux_cluster_id', aux.system.id],
      ['aux_cluster_name', aux.system.name],
      ['aux_vdisk_id', aux.volume],
      ['aux_vdisk_name', aux.title],
      ['primary', one.primary],
      ['consistency_group_id', ''],
      ['consistency_group_name', ''],
      ['state', one.state],
      ['bg_copy_priority', '50'],
      ['progress', one.progress],
      ['copy_type', one.copyType],
      ['cycling_mode', one.id === '5' ? 'multi' : 'none'],
      ['freeze_time', one.ageSeconds === undefined ? '' : frozenAt(model, one.ageSeconds)],
    ]);
  });
}

/** `2024/11/08/20/03/57` by the system's clock. */
function frozenAt({ clock, system }: Model, ageSeconds: number): string {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone: system.zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(clock() - ageSeconds * 1000);
  return parts.replaceAll(/[- :]/g, '/');
}

const nameOf = (model: Model, id: string) =>
  model.volumes.find((volume) => volume.id === id)?.name ?? '';

function mappingEntry(model: Model, one: Mapping): Entry {
  return flat([
    ['id', one.id],
    ['name', `fcmap${one.id}`],
    ['source_vdisk_id', one.source],
    ['source_vdisk_name', nameOf(model, one.source)],
    ['target_vdisk_id', one.target],
    ['target_vdisk_name', nameOf(model, one.target)],
    ['group_id', ''],
    ['group_name', ''],
    ['status', one.status],
    ['progress', one.progress],
    ['copy_rate', '50'],
    ['clean_progress', '100'],
    ['incremental', 'off'],
    ['rc_controlled', one.internal ? 'yes' : 'no'],
  ]);
}

function snapshotEntries(model: Model): Entry[] {
  return Object.entries(SNAPSHOTS).flatMap(([volume, count]) =>
    Array.from({ length: count }, (_, index) =>
      flat([
        ['volume_id', volume],
        ['volume_name', nameOf(model, volume)],
        ['snapshot_id', String(index)],
        ['snapshot_name', `snapshot${index}`],
        ['state', 'active'],
      ]),
    ),
  );
}

function groupEntries(): Entry[] {
  return [
    flat([
      ['id', '1'],
      ['name', 'vg 1'],
      ['replication_policy_id', '0'],
      ['replication_policy_name', 'async'],
      ['local_location', '1'],
      ['location1_system_id', 'here'],
      ['location1_system_name', 'here'],
      ['location1_replication_mode', 'production'],
      ['location1_within_rpo', ''],
      ['location2_system_id', REMOTE.id],
      ['location2_system_name', REMOTE.name],
      ['location2_replication_mode', 'recovery'],
      ['location2_within_rpo', 'no'],
      ['link1_status', 'running'],
    ]),
  ];
}
