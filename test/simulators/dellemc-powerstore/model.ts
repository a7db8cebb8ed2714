/** Makes the simulated cluster from a seed: every state and type, one unknown, odd names. */
import { createRandom, ODD_NAMES, type Random } from '../../kit/data.ts';
import {
  addressRows,
  APPLIANCES,
  at,
  hardwareRows,
  hex,
  many,
  portRows,
  uuid,
} from './hardware.ts';
import { RELEASES, type Generation, type PowerStoreArray, type Row, word } from './types.ts';

const GIB = 2 ** 30;

export interface ModelOptions {
  readonly seed: number;
  readonly generation: Generation;
  readonly volumes: number;
  /** Snapshots of volumes. */
  readonly snapshots?: number;
  readonly clock: () => number;
}

export function createModel(options: ModelOptions): PowerStoreArray {
  const { seed, generation, clock } = options;
  const random = createRandom(seed);
  const ports = portRows();
  const block = blockRows(random, options);
  const rows: Record<string, Row[]> = {
    ...clusterRows(seed, generation),
    hardware: hardwareRows(),
    ...ports,
    ...addressRows(ports.eth_port, ports.bond),
    ...block,
    ...hostRows(block.volume),
    ...fileRows(random, seed),
    ...replicationRows(block, clock()),
    alert: many(26, (index) => alert(index, clock())),
    snmp_server: [
      { id: uuid('snmp', 0), ip_address: '192.0.2.99', port: 162, version: 'V2c', alert_severity: 'Info' },
    ],
  }; // prettier-ignore
  return { generation, rows, clock };
}

function nameOf(prefix: string, index: number): string {
  return index < ODD_NAMES.length ? at(ODD_NAMES, index) : `${prefix}-${index}`;
}

function clusterRows(seed: number, generation: Generation) {
  const release = RELEASES[generation];
  const software = (id: string | null, version: string) => ({
    id: uuid('software', id ?? 'cluster'),
    is_cluster: id === null,
    release_version: version,
    build_version: version,
    appliance: id === null ? null : { id },
  });
  return {
    cluster: [
      {
        id: '0',
        global_id: `PS${hex('cluster', seed).slice(0, 12)}`,
        name: 'Größe "PowerStore"',
        state: 'Configured',
        state_l10n: 'Configured',
        primary_appliance_id: 'A1',
        master_appliance_id: 'A1',
        management_address: '192.0.2.1',
        appliance_count: 2,
        compatibility_level: 15,
      },
    ],
    appliance: APPLIANCES.map((id, index) => ({
      id,
      name: `PS-${seed}-appliance-${index + 1}`,
      service_tag: `TAG${index}`,
      model: index === 0 ? 'PowerStore 1000T' : 'PowerStore 500T',
      mode: index === 0 ? 'Unified' : 'Block',
    })),
    node: many(4, (index) => ({
      id: `N${index + 1}`,
      slot: index % 2,
      appliance_id: at(APPLIANCES, index >> 1),
    })),
    software_installed: [
      software('A2', '1.0.0.0'),
      software('A1', release),
      software(null, release),
    ],
  };
}

const VOLUME_STATES = [
  'Ready',
  'Ready',
  'Ready',
  'Initializing',
  'Offline',
  'Destroying',
  'Sulking',
];

function volume(random: Random, index: number, more: Row = {}): Row {
  const size = index === 3 ? 0 : random.integer(1, 4_096) * GIB;
  return {
    id: uuid('volume', index),
    name: index === 20 ? 'none' : nameOf('volume', index),
    description: index % 3 === 0 ? `volume no. ${index}` : null,
    type: index % 9 === 8 ? 'Clone' : 'Primary',
    wwn: `naa.68ccf098${hex('wwn', index).slice(0, 24)}`,
    appliance_id: at(APPLIANCES, index),
    state: at(VOLUME_STATES, index),
    size,
    // Not known until it was first collected.
    logical_used: index % 11 === 10 ? null : Math.floor(size * random.next()),
    node_affinity: 'System_Select_At_Attach',
    creation_timestamp: '2026-01-02T03:04:05.123456+00:00',
    protection_data: { family_id: uuid('volume', index), parent_id: null, source_id: null },
    app_type: null,
    type_l10n: 'text',
    ...more,
  };
}

function blockRows(random: Random, { volumes, snapshots = 31 }: ModelOptions) {
  const primaries = many(volumes, (index) => volume(random, index));
  const taken = many(snapshots, (index) => {
    const of = uuid('volume', (index * 3) % volumes);
    return volume(random, 1_000_000 + index, {
      name: `snapshot-${index}`,
      type: 'Snapshot',
      protection_data: { family_id: of, parent_id: of, source_id: of, creator_type: 'Scheduler' },
    });
  });
  const group = (index: number): Row => ({
    id: uuid('group', index),
    name: nameOf('group', index),
    description: index === 1 ? 'a group' : null,
    type: index === 3 ? 'Snapshot' : 'Primary',
    is_write_order_consistent: true,
    volumes: (index === 3 ? taken : primaries)
      .filter((_one, at_) => at_ % 5 === index)
      .slice(0, 40)
      .map(({ id }) => ({ id })),
  });
  return { volume: interleaved(primaries, taken), volume_group: many(5, group) };
}

/** Snapshots stand between their volumes. */
function interleaved(some: readonly Row[], others: readonly Row[]): Row[] {
  return [...some, ...others].toSorted((a, b) => (word(a['id']) < word(b['id']) ? -1 : 1));
}

const OS = ['Windows', 'Linux', 'ESXi', 'AIX', 'HP-UX', 'Solaris', 'BeOS'];
const PROTOCOLS = ['FC', 'iSCSI', 'NVMe', 'NVMe_vVol', 'Pigeon'];

function hostRows(volumes: readonly Row[]) {
  const initiators = many(25, (index) => initiator(index));
  const host = many(23, (index) => ({
    id: uuid('host', index),
    name: nameOf('host', index),
    description: index === 2 ? 'ein Rechner' : null,
    os_type: at(OS, index),
    type: 'External',
    host_group_id: index < 6 ? uuid('hosts', index % 2) : null,
    host_initiators: initiators
      .filter(({ host_id: id }) => id === uuid('host', index))
      .map(({ port_name, port_type, active_sessions }) => ({
        port_name,
        port_type,
        active_sessions,
        chap_single_username: null,
      })),
  }));
  const host_group = many(2, (index) => ({
    id: uuid('hosts', index),
    name: nameOf('hosts', index + 2),
    description: index === 0 ? 'cluster' : null,
    hosts: host
      .filter((one) => one.host_group_id === uuid('hosts', index))
      .map(({ id }) => ({ id })),
  }));
  const host_volume_mapping = many(42, (index) => ({
    id: uuid('mapping', index),
    host_id: index % 3 === 0 ? null : uuid('host', 6 + (index % 15)),
    host_group_id: index % 3 === 0 ? uuid('hosts', index % 2) : null,
    volume_id: at(volumes, index * 2)['id'],
    logical_unit_number: index,
  }));
  return { host, initiator: initiators, host_group, host_volume_mapping };
}

function initiator(index: number) {
  const type = at(PROTOCOLS, index);
  return {
    id: uuid('initiator', index),
    host_id: index === 24 ? null : uuid('host', index % 23),
    port_name:
      type === 'FC'
        ? `10:00:00:90:fa:53:30:${index.toString(16).padStart(2, '0')}`
        : `iqn.1998-01.com.example:host-${index}`,
    port_type: type,
    active_sessions: index % 3 === 0 ? [] : [{ appliance_id: 'A1', node_id: 'N1' }],
  };
}

function fileRows(random: Random, seed: number) {
  const states = ['Started', 'Degraded', 'Stopped', 'Dreaming'];
  const nas_server = states.map((operational_status, index) => ({
    id: uuid('nas', index),
    name: `nas-${index}`,
    operational_status,
    current_node_id: index === 3 ? 'N3' : `PS-${seed}-appliance-1-node-${index % 2 ? 'B' : 'A'}`,
    preferred_node_id: null,
  }));
  const file_system = many(27, (index) => {
    const size_total = random.integer(3, 4_096) * GIB;
    const isSnapshot = index > 21;
    return {
      id: uuid('fs', index),
      name: nameOf('fs', index),
      description: null,
      nas_server_id: uuid('nas', index % 4),
      parent_id: isSnapshot ? uuid('fs', index % 2) : null,
      filesystem_type: isSnapshot ? 'Snapshot' : 'Primary',
      size_total,
      size_used: Math.floor(size_total * random.next()),
      access_policy: at(['Native', 'UNIX', 'Windows', 'Anarchy'], index),
      config_type: 'General',
      flr_attributes: { mode: at(['None', 'Enterprise', 'Compliance'], index), auto_lock: false },
      is_quota_enabled: true,
    };
  });
  const limits = (index: number) => ({
    hard_limit: index % 3 === 0 ? 0 : 10 * GIB,
    soft_limit: index % 4 === 0 ? 0 : 5 * GIB,
    size_used: index * 4_096,
    state: 'Ok',
  });
  const file_tree_quota = many(22, (index) => ({
    id: `0000000${index}-06c5-0000-0100-000000000000`,
    file_system_id: uuid('fs', index % 20),
    path: `/${nameOf('tree', index)}`,
    description: null,
    ...limits(index),
  }));
  const user = (index: number) => ({
    uid: index % 4 === 3 ? 1_000 + index : null,
    unix_name: index % 4 === 0 ? `user${index}` : null,
    windows_name: index % 4 === 1 ? `DOMAIN\\user${index}` : null,
    windows_sid: index % 4 === 2 ? `S-1-5-15-${index}` : null,
  });
  const file_user_quota = many(21, (index) => ({
    id: `0000000${index}-06c5-0000-0000-00000000000${index % 9}-u`,
    file_system_id: uuid('fs', index % 20),
    tree_quota_id: index % 2 ? file_tree_quota[index]?.id : null,
    ...user(index),
    ...limits(index + 1),
  }));
  const share = (kind: string) => (index: number) => ({
    id: uuid(kind, index),
    file_system_id: uuid('fs', index === 7 ? 25 : index % 20),
    name: nameOf(kind, index),
    path: `/${nameOf('fs', index % 20)}/${kind}`,
    description: null,
  });
  return {
    nas_server,
    file_system,
    file_tree_quota,
    file_user_quota,
    nfs_export: many(22, share('nfs')),
    smb_share: many(21, share('smb')),
  };
}

const REPLICATION_STATES = [
  'OK', 'Synchronizing', 'Initializing', 'Resuming', 'Reprotecting', 'Switching_To_Metro_Sync',
  'Switching_To_Synchronous', 'Fractured', 'Partial_OK', 'Paused', 'Pausing', 'Paused_For_NDU',
  'Paused_For_Migration', 'Failed_Over', 'Failing_Over', 'Failing_Over_For_DR', 'System_Paused',
  'Error', 'Deleting', 'Modify_Role_In_Progress', 'Partial_Failed_Over', 'Partial_Failed_Back',
  'Partial_Paused', 'Partial_Reprotected', 'Whirling',
] as const; // prettier-ignore

function replicationRows(block: { volume: Row[]; volume_group: Row[] }, now: number) {
  const kinds = ['volume', 'volume_group', 'file_system', 'nas_server'];
  const local = (index: number) =>
    [
      block.volume.filter(({ type }) => type === 'Primary')[index % 5]?.['id'],
      block.volume_group[index % 3]?.['id'],
      uuid('fs', index % 9),
      uuid('nas', 0),
    ][index % 4];
  const replication_session = REPLICATION_STATES.map((state, index) => ({
    id: uuid('replication', index),
    state,
    role: at(['Source', 'Destination', 'Metro_Preferred', 'Metro_Non_Preferred'], index),
    resource_type: at(kinds, index),
    type: at(['Asynchronous', 'Synchronous', 'Metro_Active_Active', 'Asynchronous'], index),
    data_transfer_state: 'Asynchronous',
    last_sync_timestamp: index === 4 ? null : new Date(now - (index + 1) * 61_000).toISOString(),
    local_resource_id: local(index),
    remote_resource_id: uuid('remote resource', index),
    remote_system_id: uuid('remote', index % 3),
    progress_percentage: state === 'Synchronizing' ? 45 : null,
    replication_rule_id: null,
  }));
  const remote_system = many(2, (index) => ({
    id: uuid('remote', index),
    name: nameOf('remote', index),
    serial_number: `PS${index}`,
    state: 'OK',
  }));
  return { replication_session, remote_system };
}

const SEVERITIES = ['Critical', 'Major', 'Minor', 'Info', 'None', 'Dire'];

function alert(index: number, now: number): Row {
  const raised = new Date(now - (index + 1) * 60_000).toISOString();
  return {
    id: uuid('alert', index),
    event_code: `0x0180${(index % 13).toString(16).padStart(2, '0')}03`,
    severity: at(SEVERITIES, index),
    resource_type: index % 2 ? 'hardware' : 'volume',
    // The last two say the same of the same object.
    resource_id: uuid('of', index > 23 ? 1 : index),
    resource_name: nameOf('of', index),
    description_l10n: `${nameOf('fault', index)} has a fault.`,
    // The fraction is left out where there is none.
    raised_timestamp:
      index % 2 ? raised.replace('Z', '+00:00') : raised.replace(/\.\d+Z/, '+00:00'),
    generated_timestamp: raised,
    state: index % 5 === 4 ? 'CLEARED' : 'ACTIVE',
    is_acknowledged: index % 6 === 1,
    events:
      index % 3 === 0
        ? [
            { generated_timestamp: raised, repair_flow_l10n: `Do this about ${index}.` },
            { generated_timestamp: new Date(now - 9e8).toISOString(), repair_flow_l10n: 'Wait.' },
          ]
        : [],
  };
}
