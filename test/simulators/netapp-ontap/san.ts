/** Initiators, their groups, and what they see. */
import { ipLifUuid } from './network.ts';
import { lunUuid, namespaceUuid, svm } from './storage.ts';
import { at, known, uuidOf, type Generation, type Json, type Shown } from './types.ts';

const SYSTEMS = [
  ['linux', 'Linux'],
  ['vmware', 'VMware ESXi'],
  ['windows', 'Windows'],
  ['aix', 'AIX'],
  ['hyper_v', 'Hyper-V'],
  ['plan9', 'plan9'],
] as const;
/** Of a group, and of an initiator. */
const GROUP_STATES = [['full', 'normal'], ['partial', 'degraded'], ['none', 'offline'], ['no_lun_maps', 'unknown'], ['no_initiators', 'unknown'], ['telepathy', 'unknown']] as const; // prettier-ignore
const INITIATOR_STATES = [['full', 'online'], ['partial', 'online'], ['none', 'offline'], ['no_lun_maps', 'unknown']] as const; // prettier-ignore

export const igroupUuid = (index: number) => uuidOf(12, index);
const IGROUPS = 14;
/** The last two are made of others; the very last has an initiator of its own as well. */
const isParent = (index: number, generation: Generation) =>
  generation !== '9.8' && index >= IGROUPS - 2;
const childrenOf = (index: number) => (index === IGROUPS - 1 ? [0, 1] : [2]);

const FC_NAME = (index: number) => `21:00:00:24:ff:7f:00:0${index % 10}`;
const IQN = (index: number) => `iqn.1993-08.org.debian:01:host${index}`;

function initiatorsOf(index: number, generation: Generation): string[] {
  if (isParent(index, generation) && index !== IGROUPS - 1) return [];
  // The same initiator may be in several groups.
  return index % 2 === 0 ? [FC_NAME(index), FC_NAME(0)].filter(unique) : [IQN(index)];
}
const unique = (one: string, index: number, all: readonly string[]) => all.indexOf(one) === index;

export const fcLogins = (): Shown[] =>
  [0, 4].map((index) => ({
    record: {
      interface: { uuid: uuidOf(21, 0), name: 'fc_lif_0' },
      initiator: { wwpn: FC_NAME(index).toUpperCase(), wwnn: '20:00' },
      protocol: 'fcp',
      svm: svm(0),
    },
  }));

export const iscsiSessions = (): Shown[] =>
  [1, 3].map((index) => ({
    record: {
      svm: svm(0),
      target_portal_group: 'tpg1',
      tsih: index,
      initiator: { name: IQN(index) },
    },
  }));

export function igroups(generation: Generation): Shown[] {
  const isOld = generation === '9.8';
  return Array.from({ length: IGROUPS }, (_, index): Shown => {
    const [system, os] = at(SYSTEMS, index);
    const [state, status] = at(GROUP_STATES, index);
    const parent = isParent(index, generation);
    const comment = index % 3 === 0 ? 'a, "b"' : undefined;
    return {
      record: known({
        uuid: igroupUuid(index),
        name: `ig ${index}`,
        comment: isOld ? undefined : comment,
        os_type: system,
        protocol: 'mixed',
        svm: svm(0),
        initiators: initiatorsOf(index, generation).map((name, number) =>
          known({
            name,
            igroup: { uuid: igroupUuid(index), name: `ig ${index}` },
            ...(isOld
              ? {}
              : {
                  comment: `${name} it`,
                  connectivity_tracking: {
                    connection_state: at(INITIATOR_STATES, index + number)[0],
                  },
                }),
          }),
        ),
        ...(isOld
          ? {}
          : {
              connectivity_tracking: { connection_state: state },
              portset: index === 1 ? { name: 'ps0', uuid: uuidOf(15, 0) } : undefined,
            }),
        igroups: parent
          ? childrenOf(index).map((child) => ({ uuid: igroupUuid(child), name: `ig ${child}` }))
          : undefined,
      }),
      truth: known({
        native_storage_host_id: igroupUuid(index),
        name: `ig ${index}`,
        description: isOld ? undefined : comment,
        os_type: os,
        status: isOld ? undefined : status,
      }),
    };
  });
}

export function initiators(generation: Generation): Json[] {
  const isOld = generation === '9.8';
  const loggedIn = new Set([FC_NAME(0), FC_NAME(4), IQN(1), IQN(3)]);
  const scsi = Array.from({ length: IGROUPS }, (_, index) =>
    initiatorsOf(index, generation).map((name, number) =>
      known({
        native_storage_host_initiator_id: `${igroupUuid(index)}/${name}`,
        native_storage_host_id: igroupUuid(index),
        name,
        description: isOld ? undefined : `${name} it`,
        type: name.startsWith('iqn') ? 'iscsi' : 'fc',
        status: isOld
          ? loggedIn.has(name)
            ? 'online'
            : 'offline'
          : at(INITIATOR_STATES, index + number)[1],
        wwn: name,
      }),
    ),
  ).flat();
  const nvme = [0, 1].flatMap((index) =>
    NQNS.map((nqn) => ({
      native_storage_host_initiator_id: `${uuidOf(13, index)}/${nqn}`,
      native_storage_host_id: uuidOf(13, index),
      name: nqn,
      type: 'nvme-of',
      wwn: nqn,
    })),
  );
  return [...scsi, ...nvme];
}

const NQNS = ['nqn.2014-08.org.nvmexpress:uuid:a', 'nqn.2014-08.org.nvmexpress:uuid:b'];

export function subsystems(): Shown[] {
  return [0, 1, 2].map((index) => ({
    record: known({
      uuid: uuidOf(13, index),
      name: `sub ${index}`,
      comment: index === 0 ? 'databases' : undefined,
      os_type: 'linux',
      serial_number: 'wCVsgFMiuMhVAAAAAAAB',
      svm: svm(0),
      hosts: index < 2 ? NQNS.map((nqn) => ({ nqn })) : undefined,
    }),
    truth: known({
      native_storage_host_id: uuidOf(13, index),
      name: `sub ${index}`,
      description: index === 0 ? 'databases' : undefined,
      os_type: 'Linux',
    }),
  }));
}

export function hostGroups(generation: Generation): Record<string, Json[]> {
  const parents = [IGROUPS - 2, IGROUPS - 1].filter((index) => isParent(index, generation));
  const members = (index: number) => [
    ...(index === IGROUPS - 1 ? [igroupUuid(index)] : []),
    ...childrenOf(index).map(igroupUuid),
  ];
  return {
    storage_host_groups: parents.map((index) =>
      known({
        native_storage_host_group_id: igroupUuid(index),
        name: `ig ${index}`,
        description: index % 3 === 0 ? 'a, "b"' : undefined,
        storage_hosts: members(index).join(','),
      }),
    ),
    storage_host_grp_host_rels: parents.flatMap((index) =>
      members(index).map((member) => ({
        native_storage_host_group_id: igroupUuid(index),
        native_storage_host_id: member,
      })),
    ),
  };
}

export function portsets(): Shown[] {
  return [0, 1].map((index) => ({
    record: known({
      uuid: uuidOf(15, index),
      name: `ps${index}`,
      protocol: 'mixed',
      svm: svm(0),
      interfaces:
        index === 0
          ? [
              { uuid: uuidOf(21, 0), fc: { name: 'fc_lif_0', uuid: uuidOf(21, 0) } },
              { uuid: ipLifUuid(5), ip: { name: 'nfs 1', uuid: ipLifUuid(5) } },
            ]
          : undefined,
    }),
  }));
}

export function portGroups(): Record<string, Json[]> {
  const members = [uuidOf(21, 0), ipLifUuid(5)];
  return {
    port_groups: [
      { native_port_group_id: uuidOf(15, 0), name: 'ps0', ports: members.join(',') },
      { native_port_group_id: uuidOf(15, 1), name: 'ps1' },
    ],
    port_grp_port_rels: members.map((native_port_id) => ({
      native_port_group_id: uuidOf(15, 0),
      native_port_id,
    })),
  };
}

/** Single groups enough for a second page, one of files alone, and one that has two inside. */
const CONSISTENT = Array.from({ length: 9 }, (_, index) => ({
  name: `cg "${index}"`,
  luns: index === 0 ? [] : [lunUuid(index)],
  namespaces: index === 1 || index === 3 ? [namespaceUuid(index)] : [],
}));
const INNER = [
  { name: 'erp data', luns: [lunUuid(9)], namespaces: [] },
  { name: 'erp journal', luns: [], namespaces: [namespaceUuid(4)] },
];

export function consistencyGroups(): Shown[] {
  const unit = (uuid: string) => ({ uuid, name: `unit ${uuid}`, enabled: true });
  const group = ({ name, luns, namespaces }: (typeof CONSISTENT)[number], uuid: string) => ({
    uuid,
    name,
    svm: svm(0),
    ...(luns.length > 0 ? { luns: luns.map(unit) } : {}),
    ...(namespaces.length > 0 ? { namespaces: namespaces.map(unit) } : {}),
  });
  const outer = {
    uuid: uuidOf(31, 0),
    name: 'outer',
    svm: svm(0),
    replicated: false,
    consistency_groups: INNER.map((one, index) => group(one, uuidOf(32, index))),
  };
  return [...CONSISTENT.map((one, index) => group(one, uuidOf(30, index))), outer].map(
    (record) => ({ record }),
  );
}

export function volumeGroups(): Record<string, Json[]> {
  const all = [
    ...CONSISTENT.map((one, index) => ({ ...one, id: uuidOf(30, index) })),
    ...INNER.map((one, index) => ({ ...one, id: uuidOf(32, index) })),
    {
      id: uuidOf(31, 0),
      name: 'outer',
      luns: INNER.flatMap(({ luns }) => luns),
      namespaces: INNER.flatMap(({ namespaces }) => namespaces),
    },
  ].map(({ id, name, luns, namespaces }) => ({ id, name, units: [...luns, ...namespaces] }));
  return {
    volume_groups: all.map(({ id, name, units }) => ({
      native_volume_group_id: id,
      name,
      ...(units.length > 0 ? { volumes: units.join(',') } : {}),
    })),
    vol_grp_vol_rels: all.flatMap(({ id, units }) =>
      units.map((unit) => ({ native_volume_group_id: id, native_volume_id: unit })),
    ),
  };
}

export function lunMaps(generation: Generation, luns: number): Shown[] {
  return Array.from({ length: Math.min(luns, 25) }, (_, index): Shown => {
    const group = index % IGROUPS;
    const ids = { lun: lunUuid(index), igroup: igroupUuid(group) };
    const host = isParent(group, generation)
      ? { native_storage_host_group_id: ids.igroup }
      : { native_storage_host_id: ids.igroup };
    return {
      record: {
        lun: { uuid: ids.lun, name: `lun ${index}` },
        igroup: { uuid: ids.igroup, name: `ig ${group}` },
        logical_unit_number: index,
        svm: svm(0),
      },
      truth: known({
        native_masking_view_id: `${ids.lun}/${ids.igroup}`,
        ...host,
        native_volume_id: ids.lun,
        native_port_group_id: group === 1 && generation !== '9.8' ? uuidOf(15, 0) : undefined,
      }),
    };
  });
}

export function subsystemMaps(namespaces: number): Shown[] {
  return Array.from({ length: namespaces }, (_, index): Shown => {
    const ids = { subsystem: uuidOf(13, index % 2), namespace: namespaceUuid(index) };
    return {
      record: {
        subsystem: { uuid: ids.subsystem, name: `sub ${index % 2}` },
        namespace: { uuid: ids.namespace, name: `ns ${index}` },
        nsid: '00000001h',
        svm: svm(0),
      },
      truth: {
        native_masking_view_id: `${ids.subsystem}/${ids.namespace}`,
        native_storage_host_id: ids.subsystem,
        native_volume_id: ids.namespace,
      },
    };
  });
}
