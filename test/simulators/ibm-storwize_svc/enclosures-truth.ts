/** Components and replications in the seed's terms. */
import type { TruthRecord } from '../../kit/simulator.ts';
import type { Model } from './data.ts';
import { MAPPINGS, RELATIONSHIPS, type Enclosure } from './enclosures.ts';
import { defined } from './truth.ts';

const STATE: Readonly<Record<string, string>> = {
  online: 'ok',
  degraded: 'degraded',
  offline: 'failed',
};

export function componentsTruth(model: Model): TruthRecord[] {
  const withFans = model.generation === 'flashsystem-8.5' && !model.sparse;
  return [
    ...model.enclosures.flatMap((enclosure) => enclosureTruth(enclosure, withFans)),
    ...(model.external
      ? model.nodes.slice(0, 2).map((node) => ({
          native_component_id: `node_${node.id}_battery_1`,
          name: `node ${node.name} battery 1`,
          type: 'battery',
          status: 'ok',
          native_parent_id: node.id,
          location: `node ${node.name}`,
          charge_ratio: 0.98,
        }))
      : []),
  ];
}

function enclosureTruth(enclosure: Enclosure, withFans: boolean): TruthRecord[] {
  const { id } = enclosure;
  const part = (type: string, title: string, index: number, status: string | undefined) => ({
    native_component_id: `enclosure_${id}_${title.replace(' ', '_')}_${index + 1}`,
    name: `enclosure ${id} ${title} ${index + 1}`,
    type,
    status: STATE[status ?? ''] ?? 'unknown',
    native_parent_id: `enclosure_${id}`,
    location: `enclosure ${id}`,
  });
  return [
    {
      native_component_id: `enclosure_${id}`,
      name: `enclosure ${id}`,
      type: 'enclosure',
      status: STATE[enclosure.status] ?? 'unknown',
      model: '2076-24F',
      serial_number: enclosure.serial,
      temperature: enclosure.celsius,
      power: enclosure.watts,
    },
    ...enclosure.canisters.map((status, index) => part('module', 'canister', index, status)),
    ...enclosure.supplies.map((status, index) => part('power_supply', 'PSU', index, status)),
    ...enclosure.batteries.map(({ status, percent, endOfLife }, index) => ({
      ...part('battery', 'battery', index, status),
      ...(endOfLife ? { status: 'predicted_failure' } : {}),
      charge_ratio: percent / 100,
    })),
    ...(withFans
      ? enclosure.fans.map((status, index) => part('fan', 'fan module', index, status))
      : []),
  ];
}

const RELATIONSHIP_STATE: Readonly<Record<string, string>> = {
  consistent_synchronized: 'normal',
  consistent_copying: 'normal',
  inconsistent_copying: 'syncing',
  consistent_stopped: 'suspended',
  idling_disconnected: 'failed',
};
const COPY: Readonly<Record<string, string>> = { metro: 'sync', global: 'async' };
const MAP_STATE: Readonly<Record<string, string>> = {
  idle_or_copied: 'normal',
  copying: 'syncing',
  suspended: 'failed',
};

/** Without the ages: the agent's clock runs on. */
export function replicationsTruth(model: Model): TruthRecord[] {
  const nameOf = (id: string) => model.volumes.find((volume) => volume.id === id)?.name;
  const progressOf = (written: string) => (written === '' ? undefined : Number(written) / 100);
  return [
    ...RELATIONSHIPS.map((one) =>
      defined({
        native_replication_id: `rc_${one.id}`,
        name: one.name,
        type: COPY[one.copyType] ?? 'unknown',
        role: one.primary === '' ? 'unknown' : one.isMaster ? 'source' : 'target',
        status: RELATIONSHIP_STATE[one.state],
        native_volume_id: one.volume,
        remote_system: 'dr system',
        remote_resource: `remote_${one.name}`,
        lag: one.ageSeconds === undefined ? undefined : one.ageSeconds * 1000,
        progress: progressOf(one.progress),
      }),
    ),
    ...(model.generation === 'flashsystem-8.5' && !model.sparse
      ? [
          {
            native_replication_id: 'group_1',
            name: 'vg 1',
            type: 'async',
            role: 'source',
            status: 'degraded',
            native_volume_group_id: '1',
            remote_system: 'dr system',
            remote_resource: 'vg 1',
          },
        ]
      : []),
    ...MAPPINGS.filter((one) => !one.internal).map((one) => ({
      native_replication_id: `fcmap_${one.id}`,
      name: `fcmap${one.id}`,
      type: 'snapshot',
      role: 'source',
      status: MAP_STATE[one.status],
      native_volume_id: one.source,
      remote_resource: nameOf(one.target),
      progress: progressOf(one.progress),
    })),
  ];
}
