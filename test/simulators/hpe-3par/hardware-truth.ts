/** Components and replications in the seed's terms. */
import type { TruthRecord } from '../../kit/simulator.ts';
import type { ArrayModel } from './data.ts';
import { CAGES, hasSensors, sensorsOf, SUPPLIES } from './hardware.ts';
import { GROUPS } from './remote-copy.ts';

const STATE: Readonly<Record<string, string>> = {
  OK: 'ok', Normal: 'ok', Degraded: 'degraded', Failed: 'failed',
}; // prettier-ignore
const worse = (own: string, ...others: readonly string[]) =>
  STATE[own] === 'ok' && others.some((other) => other !== 'OK')
    ? 'degraded'
    : (STATE[own] ?? 'unknown');

export function componentsTruth(model: ArrayModel): TruthRecord[] {
  return [
    ...SUPPLIES.flatMap((one) => {
      const { nodes, id, battery } = one;
      const own = `node_${nodes}_ps_${id}`;
      const parent = nodes.includes(',') ? {} : { native_parent_id: nodes };
      return [
        {
          native_component_id: own,
          name: `node ${nodes} ps ${id}`,
          type: 'power_supply',
          status: worse(one.state, one.ac, one.dc),
          ...parent,
          location: `node ${nodes}`,
          part_number: '682372-001',
          serial_number: one.serial,
        },
        ...(model.alletra
          ? []
          : [
              {
                native_component_id: `${own}_battery_0`,
                name: `node ${nodes} ps ${id} battery 0`,
                type: 'battery',
                status: battery.expired ? 'predicted_failure' : (STATE[battery.state] ?? 'unknown'),
                native_parent_id: own,
                location: `node ${nodes}`,
                serial_number: `6${one.serial}`,
                charge_ratio: battery.charge / 100,
              },
            ]),
      ];
    }),
    ...(hasSensors(model) ? model.nodes.flatMap(({ id }) => sensorsTruth(id)) : []),
    ...CAGES.flatMap(cageTruth),
  ];
}

const KINDS = {
  C: ['temperature', 'temperature'],
  V: ['voltage', 'voltage'],
  RPM: ['fan', 'fan_speed'],
  W: ['other', 'power'],
} as const;
const SENSOR_STATE: Readonly<Record<string, string>> = {
  'Within Tolerance': 'ok', 'Out of Tolerance': 'failed', 'Below Limit': 'failed',
}; // prettier-ignore

function sensorsTruth(node: number): TruthRecord[] {
  const seen = new Map<string, number>();
  return sensorsOf(node).flatMap(({ name, value, unit, status }) => {
    if (unit === 'A') return [];
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    const [type, field] = KINDS[unit];
    return [
      {
        native_component_id: `node_${node}_${name}${count > 1 ? `#${count}` : ''}`,
        name: `node ${node} ${name}`,
        type,
        status: SENSOR_STATE[status] ?? 'unknown',
        native_parent_id: String(node),
        location: `node ${node}`,
        [field]: Number(value),
      },
    ];
  });
}

function cageTruth(cage: (typeof CAGES)[number]): TruthRecord[] {
  const id = `cage_${cage.id}`;
  const part = (name: string, type: string, status: string | undefined, parent = id) => ({
    native_component_id: `${id}_${name}`,
    name: `${cage.name} ${name.replaceAll('_', ' ')}`,
    type,
    status,
    native_parent_id: parent,
    location: cage.name,
  });
  return [
    {
      native_component_id: id,
      name: cage.name,
      type: 'enclosure',
      status: STATE[cage.state],
      model: 'DCN1',
    },
    ...cage.boards.map(([own, partner], index) =>
      part(`card_${index}`, 'module', worse(own, partner)),
    ),
    ...cage.supplies.flatMap(({ state, ac, dc, fan }, index) => [
      part(`ps${index}`, 'power_supply', worse(state, ac, dc)),
      part(`ps${index}_fan`, 'fan', STATE[fan], `${id}_ps${index}`),
    ]),
  ];
}

const ROLES: Readonly<Record<string, string>> = { Primary: 'source', Secondary: 'target' };
const SYNC: Readonly<Record<string, string>> = { Synced: 'normal', Syncing: 'syncing' };

export function replicationsTruth(model: ArrayModel): TruthRecord[] {
  if (model.sparse) return [];
  return GROUPS.flatMap((group) =>
    group.volumes.map(({ volume, remote, sync, ageSeconds, percent }) => {
      const name = model.volumes.find(({ id }) => id === volume)?.name;
      return {
        native_replication_id: `${group.name}:${name}:${group.target}`,
        name: group.name,
        type: group.mode[1] === 'Sync' ? 'sync' : 'async',
        role: ROLES[group.role[1]],
        status: group.state[1] === 'Stopped' ? 'suspended' : SYNC[sync[1]],
        native_volume_id: String(volume),
        remote_system: group.target,
        remote_resource: remote,
        ...(ageSeconds === undefined ? {} : { lag: ageSeconds * 1000 }),
        ...(percent === undefined ? {} : { progress: percent / 100 }),
      };
    }),
  );
}
