/** Views of nodes, ports, mdisks and drives. */
import type { Model } from './data.ts';
import type { Cell, Entry } from './print.ts';
import { flat, type View } from './views.ts';

type Pairs = readonly (readonly [name: string, value: Cell])[];

export function hardwareViews(model: Model): [string, View][] {
  const nodes: View = () => nodeEntries(model);
  const hardware: View = () => hardwareEntries(model);
  const modern = model.generation === 'flashsystem-8.5';
  const names: [string, View][] =
    model.generation === 'storwize-7.8'
      ? [
          ['lsnodecanister', nodes],
          ['lsnodecanisterhw', hardware],
        ]
      : [
          ['lsnode', nodes],
          ['lsnodehw', hardware],
        ];
  return [
    ...(model.sparse ? names.slice(0, 1) : names),
    ['lsportfc', () => fcEntries(model)],
    ['lsmdisk', () => mdiskEntries(model)],
    ...(model.sparse ? [] : ([['lsdrive', () => driveEntries(model)]] as [string, View][])),
    ...(modern
      ? ([
          ['lsportethernet', () => ethernetEntries(model)],
          ['lsip', () => addressEntries(model)],
        ] as [string, View][])
      : ([['lsportip', () => ipEntries(model)]] as [string, View][])),
  ];
}

function nodeEntries(model: Model): Entry[] {
  return model.nodes.map((node) =>
    flat(
      [
        ['id', node.id],
        ['name', node.name],
        ['UPS_serial_number', ''],
        ['WWNN', `500507680200${node.id}F7C`],
        ['status', node.status],
        ['IO_group_id', '0'],
        ['IO_group_name', 'io_grp0'],
        ['config_node', node.config ? 'yes' : 'no'],
        ['hardware', '300'],
        ...panelOf(model, node),
      ],
      [
        ['port_id', `500507680140${node.id}F7C`],
        ['port_status', 'active'],
        ['port_id', `500507680130${node.id}F7C`],
        ['port_status', 'active'],
        ['service_IP_address', node.serviceIp],
        ['code_level', model.system.level],
      ],
    ),
  );
}

/** Canisters have a panel by enclosure and slot; their files are named by serial number and slot. */
function panelOf(model: Model, node: Model['nodes'][number]): Pairs {
  if (model.generation !== 'storwize-7.8') return [['panel_name', node.panel]];
  const [serial = '', canister = ''] = node.panel.split('-');
  return [
    ['panel_name', `01-${canister}`],
    ['enclosure_id', '1'],
    ['canister_id', canister],
    ['enclosure_serial_number', serial],
  ];
}

function hardwareEntries(model: Model): Entry[] {
  return model.nodes.map((node) =>
    flat(
      [
        ['id', node.id],
        ['name', node.name],
        ['status', node.status],
        ['memory_configured', String(node.memoryGb)],
        ['memory_actual', String(node.memoryGb)],
        ['cpu_count', String(node.cpus)],
      ],
      Array.from({ length: node.cpus }, (_, socket): Pairs => [
        ['cpu_socket', String(socket + 1)],
        ['cpu_configured', '6 core Intel(R) Xeon(R) CPU E5645 @ 2.40GHz'],
        ['cpu_actual', '6 core Intel(R) Xeon(R) CPU E5645 @ 2.40GHz'],
        ['cpu_valid', 'yes'],
      ]).flat(),
    ),
  );
}

function fcEntries(model: Model): Entry[] {
  return model.fcPorts.map((port, index) =>
    flat([
      ['id', port.id],
      ['fc_io_port_id', String((index % 4) + 1)],
      ['port_id', String((index % 4) + 1)],
      ['type', port.type],
      ['port_speed', port.speed],
      ['node_id', port.node.id],
      ['node_name', port.node.name],
      ['WWPN', port.wwpn],
      ['nportid', '850600'],
      ['status', port.status],
      ['attachment', 'switch'],
    ]),
  );
}

/** Every port twice: once more for the addresses taken over from the partner. */
function ipEntries(model: Model): Entry[] {
  const rows = (failover: boolean) =>
    model.ipPorts.map((port) =>
      flat([
        ['id', port.number],
        ['node_id', port.node.id],
        ['node_name', port.node.name],
        ['IP_address', failover ? '' : port.ipv4],
        ['mask', failover || !port.ipv4 ? '' : '255.255.255.0'],
        ['gateway', ''],
        ['IP_address_6', failover ? '' : port.ipv6],
        ['prefix_6', failover || !port.ipv6 ? '' : '64'],
        ['gateway_6', ''],
        ['MAC', port.mac],
        ['duplex', 'Full'],
        ['state', failover ? 'unconfigured' : port.state],
        ['speed', port.speed],
        ['failover', failover ? 'yes' : 'no'],
        ['link_state', port.link],
        ['host', ''],
      ]),
    );
  return [...rows(false), ...rows(true)];
}

function ethernetEntries(model: Model): Entry[] {
  return model.ipPorts.map((port) =>
    flat([
      ['id', port.number],
      ['node_id', port.node.id],
      ['node_name', port.node.name],
      ['MAC', port.mac],
      ['duplex', 'Full'],
      ['speed', port.speed],
      ['link_state', port.link],
      ['mtu', '1500'],
    ]),
  );
}

function addressEntries(model: Model): Entry[] {
  const rows = model.ipPorts.flatMap((port) =>
    [
      { address: port.ipv4, prefix: '24' },
      { address: port.ipv6, prefix: '64' },
    ]
      .filter(({ address }) => address !== '')
      .map((one) => ({ ...one, port })),
  );
  return rows.map(({ address, prefix, port }, index) =>
    flat([
      ['id', String(index)],
      ['node_id', port.node.id],
      ['node_name', port.node.name],
      ['port_id', port.number],
      ['portset_id', '0'],
      ['portset_name', 'portset0'],
      ['IP_address', address],
      ['prefix', prefix],
      ['vlan', ''],
      ['gateway', ''],
    ]),
  );
}

function mdiskEntries(model: Model): Entry[] {
  return model.mdisks.map((mdisk) =>
    flat(
      [
        ['id', mdisk.id],
        ['name', mdisk.name],
        ['status', mdisk.status],
        ['mode', mdisk.mode],
        ['mdisk_grp_id', mdisk.pool?.id ?? ''],
        ['mdisk_grp_name', mdisk.pool?.name ?? ''],
        ['capacity', { bytes: mdisk.capacity }],
        ['ctrl_LUN_#', mdisk.controller ? '0000000000000001' : ''],
        ['controller_name', mdisk.controller],
        ['UID', ''],
      ],
      model.sparse ? [] : [['fabric_type', mdisk.fabric]],
    ),
  );
}

function driveEntries(model: Model): Entry[] {
  return model.drives.map((drive) =>
    flat(
      [
        ['id', drive.id],
        ['status', drive.status],
        ['error_sequence_number', ''],
        ['use', drive.use],
        ['tech_type', drive.technology],
        ['capacity', { bytes: drive.capacity }],
        ['mdisk_id', drive.mdisk],
        ['mdisk_name', drive.mdisk === '' ? '' : `mdisk${drive.mdisk}`],
        ['enclosure_id', drive.enclosure],
        ['slot_id', drive.slot],
      ],
      [
        ['vendor_id', drive.vendor],
        ['product_id', drive.product],
        ['FRU_identity', drive.serial],
        ['RPM', drive.rpm],
        ['firmware_level', drive.firmware],
        // Older releases do not tell.
        ...(model.generation === 'flashsystem-8.5'
          ? ([['write_endurance_used', drive.worn]] as const)
          : []),
      ],
    ),
  );
}
