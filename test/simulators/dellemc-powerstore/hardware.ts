/** Appliances, nodes, their parts, ports and addresses. */
import { createHash } from 'node:crypto';
import type { Row } from './types.ts';

const GIB = 2 ** 30;
export const APPLIANCES = ['A1', 'A2'] as const;

/** 32 hexadecimal digits, always the same for the same words. */
export function hex(...words: readonly (string | number)[]): string {
  return createHash('md5').update(words.join(' ')).digest('hex');
}

export function uuid(...words: readonly (string | number)[]): string {
  return hex(...words).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

export function many<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

export function at<T>(items: readonly T[], index: number): T {
  return items[index % items.length] as T;
}

const STATES = [
  'Healthy', 'Healthy', 'Healthy', 'Failed', 'Initializing', 'Disconnected', 'Uninitialized',
  'Trigger_Update', 'Prepare_Failed', 'Replaced', 'Prepare_Reset', 'Melted',
] as const; // prettier-ignore
const DRIVES = [
  'NVMe_SSD', 'NVMe_SSD', 'NVMe_SSD_QLC', 'NVMe_SCM', 'SAS_SSD', 'NVMe_Virtual', 'Unknown', 'Optane',
] as const; // prettier-ignore

function part(appliance: string, type: string, name: string, more: Row = {}): Row {
  return {
    id: hex(appliance, name),
    name,
    type,
    lifecycle_state: 'Healthy',
    stale_state: 'Not_Stale',
    parent_id: type === 'Appliance' ? null : hex(appliance, 'BaseEnclosure'),
    appliance_id: appliance,
    slot: null,
    part_number: `110-${name.length}`,
    serial_number: `FX${hex(name).slice(0, 8).toUpperCase()}    `,
    status_led_state: 'Off',
    is_marked: false,
    extra_details: null,
    type_l10n: type,
    ...more,
  };
}

export function hardwareRows(): Row[] {
  return APPLIANCES.flatMap((appliance) => [
    part(appliance, 'Appliance', appliance, {
      lifecycle_state: appliance === 'A1' ? 'Healthy' : 'Failed',
    }),
    part(appliance, 'Base_Enclosure', 'BaseEnclosure', {
      parent_id: hex(appliance, appliance),
      extra_details: { dell_service_tag: '4YBRFR3' },
    }),
    ...['A', 'B'].flatMap((side, slot) => nodeParts(appliance, side, slot)),
    ...many(2, (slot) => part(appliance, 'CDB', `CDB${slot}`, { slot })),
    ...many(26, (slot) => drive(appliance, slot)),
  ]);
}

function nodeParts(appliance: string, side: string, slot: number): Row[] {
  const node = `BaseEnclosure-Node${side}`;
  const inNode = { parent_id: hex(appliance, node) };
  return [
    part(appliance, 'Node', node, {
      slot,
      lifecycle_state: appliance === 'A2' && slot === 1 ? 'Failed' : 'Healthy',
      extra_details: {
        cpu_model: 'Intel(R) Xeon(R) Silver 4108 CPU @ 1.80GHz',
        cpu_cores: 8,
        cpu_sockets: 2,
        physical_memory_size_gb: 192,
      },
    }),
    ...many(3, (fan) =>
      part(appliance, 'Fan', `${node}-Fan${fan}`, {
        ...inNode,
        slot: fan,
        extra_details: { rpm_reading: String(8_000 + fan) },
      }),
    ),
    part(appliance, 'Power_Supply', `BaseEnclosure-PS${side}`, { slot, lifecycle_state: at(STATES, slot + 2) }),
    part(appliance, 'Battery', `${node}-Battery`, { ...inNode, slot: 0 }),
    part(appliance, 'M2_Drive', `${node}-M2`, { ...inNode, extra_details: { model_name: 'M2 240' } }),
    ...many(2, (dimm) => part(appliance, 'DIMM', `${node}-DIMM${dimm}`, { ...inNode, slot: dimm })),
    ...many(2, (module) =>
      part(appliance, 'IO_Module', `${node}-IoModule${module}`, {
        ...inNode,
        slot: module,
        extra_details: { model_name: '32Gb FC' },
      }),
    ),
    part(appliance, 'Hologram', `${node}-Hologram`, inNode),
    ...many(8, (sfp) =>
      part(appliance, 'SFP', `${node}-SFP${sfp}`, {
        ...inNode,
        slot: sfp,
        lifecycle_state: at(['Healthy', 'Healthy', 'Failed', 'Empty', 'Molten'], sfp),
      }),
    ),
  ]; // prettier-ignore
}

function drive(appliance: string, slot: number): Row {
  const isNvram = slot > 23;
  const state = slot === 22 ? 'Empty' : at(STATES, appliance === 'A1' ? slot : 0);
  return part(appliance, 'Drive', `Drive_0_0_${slot}`, {
    slot,
    lifecycle_state: state,
    stale_state: slot === 21 ? 'Disconnected' : 'Not_Stale',
    extra_details: {
      firmware_version: `VPV1ET${slot}`,
      drive_type: isNvram ? 'NVMe_NVRAM' : at(DRIVES, slot),
      size: isNvram ? 8_484_552_704 : 1_920_383_410_176 + slot * GIB,
      encryption_status: 'Disabled',
    },
  });
}

/** Every node has the same ports. */
function perNode<T>(
  make: (place: { appliance: string; side: string; node: string }, port: number) => T,
  count: number,
): T[] {
  return APPLIANCES.flatMap((appliance) =>
    ['A', 'B'].flatMap((side) =>
      many(count, (index) => make({ appliance, side, node: `BaseEnclosure-Node${side}` }, index)),
    ),
  );
}

type Place = { appliance: string; side: string; node: string };

function port({ appliance, node }: Place, name: string, index: number, sfp: boolean): Row {
  return {
    id: hex(appliance, name),
    name,
    appliance_id: appliance,
    node_id: hex(appliance, node),
    is_link_up: index % 3 !== 2,
    sfp_id: sfp ? hex(appliance, `${node}-SFP${index % 8}`) : null,
    port_index: index,
    partner_id: null,
    stale_state: index === 5 ? 'Disconnected' : 'Not_Stale',
  };
}

export function portRows() {
  const fc = perNode((place, index) => ({
    ...port(place, `${place.node}-IoModule0-FEPort${index}`, index, true),
    wwn: `58:cc:f0:90:${place.appliance === 'A1' ? '4d' : '4e'}:${place.side === 'A' ? '22' : '23'}:19:f${index}`,
    current_speed: index % 3 === 2 ? null : '16_Gbps',
    supported_speeds: ['Auto', '32_Gbps', '8_Gbps', '16_Gbps'],
    protocols: ['SCSI'],
  }), 6); // prettier-ignore
  const eth = perNode((place, index) => ({
    ...port(place, `${place.node}-4PortCard-FEPort${index}`, index, index !== 3),
    mac_address: hex(place.appliance, place.node, index).slice(0, 12),
    current_speed: at(['10_Gbps', '100_Mbps', null, '25_Gbps'], index),
    supported_speeds: index === 2 ? ['Auto'] : ['Auto', '25_Gbps', '1_Gbps', '10_Gbps'],
    bond_id: null,
  }), 4); // prettier-ignore
  const back = perNode((place, index) => ({
    ...port(place, `${place.node}-EmbeddedModule-BEPort${index}`, index, false),
    mac_address: hex('be', place.appliance, place.node, index).slice(0, 12),
    speed: '100_Gbps',
  }), 2); // prettier-ignore
  const sas = perNode((place, index) => ({
    ...port(place, `${place.node}-EmbeddedModule-SASPort${index}`, index, true),
    speed: index === 0 ? '12_Gbps' : null,
  }), 2); // prettier-ignore
  const bond = ['Healthy', 'Degraded', 'Failed', 'Fuzzy'].map((status, index) => ({
    id: hex('bond', index),
    name: `BaseEnclosure-NodeA-bond${index}`,
    is_link_up: index < 3,
    status,
    mtu: 1_500,
  }));
  return { fc_port: fc, eth_port: eth, eth_be_port: back, sas_port: sas, bond };
}

export function addressRows(eth: readonly Row[], bonds: readonly Row[]) {
  const network = [
    { id: 'NW1', name: 'Management', type: 'Management', ip_version: 'IPv4', prefix_length: 24 },
    { id: 'NW2', name: 'Storage', type: 'Storage', ip_version: 'IPv4', prefix_length: 20 },
    { id: 'NW6', name: 'ICM', type: 'Intra_Cluster_Management', ip_version: 'IPv6', prefix_length: 64 },
  ]; // prettier-ignore
  const ip_port = [
    ...eth.slice(0, 6).map((one, index) => ({ id: `IP_PORT${index}`, eth_port_id: one['id'], bond_id: null })),
    { id: 'IP_PORT90', eth_port_id: null, bond_id: bonds[0]?.['id'] },
    { id: 'IP_PORT99', eth_port_id: null, bond_id: null },
  ]; // prettier-ignore
  const row = (index: number, more: Row): Row => ({
    id: `IP${index}`,
    name: `Default ${index}`,
    address: `192.0.2.${index}`,
    network_id: 'NW1',
    ip_port_id: null,
    appliance_id: null,
    node_id: null,
    purposes: ['Unused'],
    ...more,
  });
  const ip_pool_address = [
    row(1, { purposes: ['Mgmt_Cluster_Floating'] }),
    ...APPLIANCES.map((appliance_id, index) =>
      row(2 + index, { appliance_id, purposes: ['Mgmt_Appliance_Floating'] }),
    ),
    ...many(4, (index) =>
      row(10 + index, {
        appliance_id: at(APPLIANCES, index >> 1),
        node_id: `N${index + 1}`,
        purposes: ['Mgmt_Node_CoreOS'],
      }),
    ),
    ...many(6, (index) =>
      row(20 + index, {
        ip_port_id: `IP_PORT${index % 5}`,
        network_id: 'NW2',
        purposes: ['Storage_Iscsi_Target'],
      }),
    ),
    row(30, { ip_port_id: 'IP_PORT90', network_id: 'NW2', purposes: ['File_Mobility'] }),
    row(31, {
      address: 'fd4e:c5b3:1db3::201:44f0:49e5:21c3',
      ip_port_id: 'IP_PORT1',
      network_id: 'NW6',
      purposes: ['ICM_Node_CoreOS'],
    }),
    ...many(20, (index) => row(60 + index, {})),
  ];
  return { network, ip_port, ip_pool_address };
}
