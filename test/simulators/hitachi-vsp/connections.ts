/** Ports, host groups and initiators of the made-up array. */
import { ODD_NAMES, type Random } from '../../kit/data.ts';
import type { HostGroup, Ldev, ModelOptions, Port } from './data.ts';

const hex = (random: Random, digits: number) =>
  Array.from({ length: digits }, () => random.integer(0, 15).toString(16)).join('');

/** portId, type, speed, attributes. */
const PORTS = [
  ['CL1-A', 'FIBRE', 'AUT', ['TAR', 'MCU', 'RCU', 'ELUN']],
  ['CL2-A', 'FIBRE', '32G', ['TAR']],
  ['CL1-B', 'ISCSI', '10G', ['TAR']],
  ['CL2-B', 'ISCSI', '25G', ['TAR']],
  ['CL3-B', 'ISCSI', '1G', ['TAR']],
  ['CL1-C', 'FCoE', '10G', ['TAR']],
  ['CL2-C', 'FICON', '8G', ['TAR']],
  ['CL1-D', 'FIBRE', '16G', ['ELUN']],
  ['CL2-D', 'NVME_TCP', '100G', ['RCU']],
] as const;

export function createPorts({ sparse, generation }: ModelOptions, random: Random): Port[] {
  return PORTS.map(([id, type, speed, attributes], index) => {
    const ethernet = type === 'ISCSI';
    const hasAddress = ethernet && index !== 4 && !sparse;
    return {
      id,
      type,
      speed: sparse ? undefined : speed,
      attributes: sparse ? undefined : attributes,
      wwn: ethernet || type === 'NVME_TCP' ? undefined : `50060e80${hex(random, 8)}`,
      mac:
        ethernet && !sparse
          ? `00:1f:67:${hex(random, 2)}:${hex(random, 2)}:${hex(random, 2)}`
          : undefined,
      ipv4: hasAddress ? { address: `192.0.2.${20 + index}`, mask: '255.255.255.0' } : undefined,
      ipv6LinkLocal: hasAddress && index === 2 ? 'fe80::21f:67ff:feaf:c278' : undefined,
      ipv6Global: hasAddress && index === 3 ? '2001:db8::25' : undefined,
      logins: sparse || generation === 'f1500' ? undefined : [],
      gone: undefined,
    };
  });
}

const MODES = [
  'LINUX/IRIX',
  'VMWARE_EX',
  'WIN_EX',
  'AIX',
  'HP-UX',
  'SOLARIS',
  'OVMS',
  'TRU64',
  'NETWARE',
  'PLAN9',
];

export function createGroups(
  { sparse }: ModelOptions,
  random: Random,
  ports: readonly Port[],
  ldevs: readonly Ldev[],
): HostGroup[] {
  const clients = Array.from({ length: 12 }, () => `21000024ff${hex(random, 6)}`);
  return ports.flatMap((port, portIndex) =>
    Array.from({ length: portIndex > 5 ? 1 : 5 }, (_, number) => {
      const iscsi = port.type === 'ISCSI';
      // Group 0 exists on every port and is empty; hosts use two ports each.
      const members =
        number === 0
          ? []
          : Array.from({ length: number % 3 }, (__, at) => {
              const client = clients[(number * 3 + at) % clients.length] ?? '';
              const nickname =
                (number + at) % 2 === 0 && !sparse
                  ? `${ODD_NAMES[(number + at) % ODD_NAMES.length]} hba`
                  : undefined;
              return { initiator: iscsi ? `iqn.1994-05.com.example:${client}` : client, nickname };
            });
      return {
        portId: port.id,
        number: number === 0 ? 0 : number * 2,
        name:
          number === 0
            ? `${port.id.slice(2, 3)}${port.id.slice(4)}-G00`
            : `${ODD_NAMES[(portIndex + number) % ODD_NAMES.length]} ${number}`,
        mode: sparse && number === 2 ? undefined : MODES[(portIndex + number) % MODES.length],
        iscsiName: iscsi ? `iqn.1994-04.jp.co.hitachi:rsd.h8s.t.${portIndex}${number}` : undefined,
        members,
        paths:
          number === 0
            ? []
            : Array.from({ length: number }, (__, lun) => ({
                lun: lun * 2,
                ldevId: ldevs[(portIndex * 7 + number * 3 + lun) % ldevs.length]?.id ?? 0,
              })),
      };
    }),
  );
}

/** Every second registered initiator is logged in on the ports that say so. */
export function withLogins(ports: readonly Port[], groups: readonly HostGroup[]): Port[] {
  return ports.map((port, portIndex) => {
    if (port.logins === undefined || portIndex === 1) return port;
    const registered = groups
      .filter((group) => group.portId === port.id)
      .flatMap((group) => group.members);
    const [, away] = registered;
    return {
      ...port,
      gone: away?.initiator,
      logins: registered.filter((_, index) => index % 2 === 0).map((member) => member.initiator),
    };
  });
}
