/** Nodes, ports, mdisks and drives of the simulated system. */
import type { Random } from '../../kit/data.ts';
import type { Drive, FcPort, IpPort, Mdisk, Pool, SimNode } from './data.ts';

const GIB = 2 ** 30;
const TIB = 2 ** 40;

export function makeNodes(random: Random, count: number, sparse: boolean): SimNode[] {
  const states = ['online', 'online', 'service', 'rebooting', 'spare'];
  return Array.from({ length: count }, (_, index) => ({
    id: String(index + 1),
    name: index === 1 ? 'node_165084' : `node${index + 1}`,
    panel: `78N16G4-${index + 1}`,
    status: states[index] ?? 'online',
    config: index === 0,
    cpus: 1 + (index % 2),
    memoryGb: random.pick([24, 32, 64]),
    serviceIp: sparse ? '' : `192.0.2.${10 + index}`,
  }));
}

export function makeFcPorts(node: SimNode, nodeIndex: number): FcPort[] {
  const status = ['active', 'inactive_configured', 'inactive_unconfigured', 'active'];
  return [0, 1, 2, 3].map((index) => ({
    id: String(nodeIndex * 4 + index),
    node,
    type: index === 3 ? 'ethernet' : 'fc',
    speed: status[index] === 'active' ? (index === 3 ? '10Gb' : '16Gb') : 'N/A',
    wwpn: `5005076802${index + 1}0${nodeIndex.toString(16)}5C1`.padEnd(16, 'B'),
    status: status[index] ?? 'active',
  }));
}

export function makeIpPorts(node: SimNode, nodeIndex: number): IpPort[] {
  return [1, 2, 3].map((number) => ({
    number: String(number),
    node,
    mac: `34:40:b5:d7:5a:${nodeIndex}${number}`,
    state: number === 1 ? 'configured' : 'unconfigured',
    speed: number === 3 ? '' : `${number === 1 ? 1 : 10}Gb/s`,
    link: number === 3 ? 'inactive' : 'active',
    ipv4: number === 1 ? `192.0.2.${100 + nodeIndex}` : '',
    ipv6: number === 1 ? `2001:db8::${nodeIndex + 1}` : '',
  }));
}

export function makeMdisks(random: Random, pools: readonly Pool[], external: boolean): Mdisk[] {
  const states = ['online', 'degraded_paths', 'degraded_ports', 'excluded', 'offline', 'odd_state'];
  return Array.from({ length: external ? 40 : 8 }, (_, index) => ({
    id: String(index),
    name: index === 1 ? 'mdisk with space' : `mdisk${index}`,
    status: states[index] ?? 'online',
    mode: external ? (index === 3 ? 'unmanaged' : 'managed') : 'array',
    pool: index === 3 ? undefined : (pools[index % 3] as Pool),
    capacity: random.integer(1, 64) * TIB,
    controller: external ? `controller${index % 2}` : '',
    fabric: external ? 'fc' : 'sas_direct',
  }));
}

export function makeDrives(random: Random, mdisks: readonly Mdisk[]): Drive[] {
  const technologies = [
    'sas_ssd',
    'sas_hdd',
    'sas_nearline_hdd',
    'tier0_flash',
    'tier_nearline',
    'tier_x',
  ];
  const uses = ['member', 'member', 'spare', 'candidate', 'unused', 'failed'];
  return Array.from({ length: 24 }, (_, index) => {
    const technology = technologies[index % 6] ?? '';
    const use = uses[index % 6] ?? '';
    return {
      id: String(index),
      status: use === 'failed' ? 'offline' : index === 1 ? 'degraded' : 'online',
      use,
      technology,
      capacity: random.integer(300, 8000) * GIB,
      mdisk: use === 'member' ? (mdisks[index % mdisks.length]?.id ?? '') : '',
      enclosure: String(1 + Math.floor(index / 12)),
      slot: String(1 + (index % 12)),
      vendor: 'IBM-D050',
      product: `ST${random.integer(1000, 9999)}`,
      rpm: /hdd|nearline/.test(technology) ? '7200' : '',
      firmware: 'B5CC',
      serial: `11S00Y${random.integer(100000, 999999)}`,
      worn: /ssd|flash/.test(technology)
        ? String(index === 3 ? 97 : index === 9 ? 104 : index)
        : '',
    };
  });
}
