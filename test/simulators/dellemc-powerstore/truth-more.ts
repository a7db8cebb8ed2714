/** The truth of hosts, files, replications and alerts. */
import { createHash } from 'node:crypto';
import type { TruthRecord } from '../../kit/simulator.ts';
import { word, type Row } from './types.ts';
import { isPrimary, table, type Context, type Rows } from './words.ts';

export function host(row: Row): TruthRecord {
  return {
    native_storage_host_id: row['id'],
    name: row['name'],
    description: row['description'],
    os_type: row['os_type'],
  };
}

export function initiators({ rows, isOld }: Context): TruthRecord[] {
  const types = table({ FC: 'fc', iSCSI: 'iscsi', NVMe: 'nvme-of', NVMe_vVol: 'nvme-of' });
  return rows('initiator')
    .filter((row) => !isOld || row['host_id'] !== null)
    .map((row) => ({
      native_storage_host_initiator_id: isOld ? row['port_name'] : row['id'],
      native_storage_host_id: row['host_id'],
      name: row['port_name'],
      wwn: row['port_name'],
      type: types(row['port_type']),
      status: (row['active_sessions'] as readonly unknown[]).length > 0 ? 'online' : 'offline',
    }));
}

export function maskingViews(rows: Rows): TruthRecord[] {
  const ids = new Set(
    rows('volume')
      .filter(isPrimary)
      .map(({ id }) => id),
  );
  return rows('host_volume_mapping').map((row) => ({
    native_masking_view_id: row['id'],
    native_storage_host_id: row['host_id'],
    native_storage_host_group_id: row['host_group_id'],
    native_volume_id: ids.has(row['volume_id']) ? row['volume_id'] : undefined,
  }));
}

export function filesystems({ rows, isOld }: Context): TruthRecord[] {
  const states = table({ Started: 'normal', Degraded: 'faulty' });
  const all = rows('file_system');
  return all.filter(isPrimary).map((row) => {
    const server = rows('nas_server').find(({ id }) => id === row['nas_server_id']);
    const flr = row['flr_attributes'] as Row | null;
    return {
      native_filesystem_id: row['id'],
      name: row['name'],
      type: 'thin',
      status: server && states(server['operational_status']),
      native_pool_id: server && (server['current_node_id'] === 'N3' ? 'A2' : 'A1'),
      security_mode: { Native: 'native', UNIX: 'unix', Windows: 'ntfs' }[
        word(row['access_policy'])
      ],
      worm: isOld
        ? undefined
        : { None: 'non_worm', Enterprise: 'enterprise', Compliance: 'compliance' }[
            word(flr?.['mode'])
          ],
      total_capacity: row['size_total'],
      used_capacity: row['size_used'],
      free_capacity: (row['size_total'] as number) - (row['size_used'] as number),
      snapshot_count: all.filter((one) => one['parent_id'] === row['id']).length,
    };
  });
}

export function qtrees(rows: Rows): TruthRecord[] {
  return rows('file_tree_quota').map((row) => ({
    native_qtree_id: row['id'],
    name: row['path'],
    path: row['path'],
    native_filesystem_id: row['file_system_id'],
  }));
}

function limits(row: Row) {
  return {
    capacity_hard_limit: row['hard_limit'] || undefined,
    capacity_soft_limit: row['soft_limit'] || undefined,
    used_capacity: row['size_used'],
  };
}

export function treeQuotas(rows: Rows): TruthRecord[] {
  return rows('file_tree_quota').map((row) => ({
    native_quota_id: row['id'],
    type: 'tree',
    native_filesystem_id: row['file_system_id'],
    native_qtree_id: row['id'],
    ...limits(row),
  }));
}

export function userQuotas(rows: Rows): TruthRecord[] {
  return rows('file_user_quota').map((row) => ({
    native_quota_id: row['id'],
    type: 'user',
    native_filesystem_id: row['file_system_id'],
    native_qtree_id: row['tree_quota_id'],
    user_group_name: word(
      [row['unix_name'], row['windows_name'], row['windows_sid'], row['uid']].find(
        (one) => one !== null,
      ),
    ),
    ...limits(row),
  }));
}

export function shares(rows: Rows): TruthRecord[] {
  const ids = new Set(
    rows('file_system')
      .filter(isPrimary)
      .map(({ id }) => id),
  );
  const of = (resource: string, protocol: string) =>
    rows(resource).map((row) => ({
      native_share_id: row['id'],
      name: row['name'],
      path: row['path'],
      native_filesystem_id: ids.has(row['file_system_id']) ? row['file_system_id'] : undefined,
      protocol,
    }));
  return [...of('nfs_export', 'nfs'), ...of('smb_share', 'cifs')];
}

const REPLICATION = {
  normal: ['OK'],
  syncing: ['Synchronizing', 'Initializing', 'Resuming', 'Reprotecting', 'Switching_To_Metro_Sync', 'Switching_To_Synchronous'],
  degraded: ['Fractured', 'Partial_OK', 'Partial_Failed_Over', 'Partial_Failed_Back', 'Partial_Paused', 'Partial_Reprotected'],
  suspended: ['Paused', 'Pausing', 'Paused_For_NDU', 'Paused_For_Migration', 'Failed_Over', 'Failing_Over', 'Failing_Over_For_DR'],
  failed: ['System_Paused', 'Error'],
}; // prettier-ignore

export function replications({ array, rows, isOld }: Context): TruthRecord[] {
  const fields: Record<string, string> = {
    volume: 'native_volume_id',
    volume_group: 'native_volume_group_id',
    file_system: 'native_filesystem_id',
  };
  const types: Record<string, string> = {
    Synchronous: 'sync',
    Metro_Active_Active: 'active_active',
  };
  return rows('replication_session').map((row) => {
    const type = isOld ? 'async' : (types[word(row['type'])] ?? 'async');
    const field = fields[word(row['resource_type'])];
    const synced = row['last_sync_timestamp'] as string | null;
    return {
      native_replication_id: row['id'],
      type,
      role: { Source: 'source', Destination: 'target' }[word(row['role'])] ?? 'both',
      status:
        Object.entries(REPLICATION).find(([, states]) =>
          states.includes(word(row['state'])),
        )?.[0] ?? 'unknown',
      ...(field ? { [field]: row['local_resource_id'] } : {}),
      remote_system: rows('remote_system').find(({ id }) => id === row['remote_system_id'])?.[
        'name'
      ],
      remote_resource: row['remote_resource_id'],
      lag: type === 'async' && synced !== null ? array.clock() - Date.parse(synced) : undefined,
      progress: row['state'] === 'Synchronizing' ? 0.45 : undefined,
    };
  });
}

export function alerts(rows: readonly Row[]): TruthRecord[] {
  const severities: Record<string, string> = {
    Critical: 'Critical',
    Major: 'Major',
    Minor: 'Minor',
    Info: 'Informational',
  };
  const key = (...parts: readonly unknown[]) =>
    createHash('md5').update(JSON.stringify(parts)).digest('hex');
  return rows
    .filter(({ state }) => state === 'ACTIVE')
    .map((row) => {
      const severity = severities[word(row['severity'])] ?? 'NotSpecified';
      const common = key(row['event_code'], row['resource_type'], row['resource_id']);
      return {
        alert_id: row['event_code'],
        alert_name: row['description_l10n'],
        description: row['description_l10n'],
        severity,
        category: ['Info', 'None'].includes(word(row['severity'])) ? 'Event' : 'Fault',
        type: 'EquipmentAlarm',
        sequence_number: row['id'],
        occur_time: Date.parse(word(row['raised_timestamp'])),
        resource_type: row['resource_type'],
        location: `${word(row['resource_type'])}:${word(row['resource_name'])}`,
        recovery_advice: (row['events'] as readonly Row[])[0]?.['repair_flow_l10n'],
        match_key: common,
      };
    });
}
