/** Hosts, initiators, groups, mapping views and alarms. */
import { ODD_NAMES } from '../../kit/data.ts';
import { cycle, entity, type Entity, type Plan } from './entity.ts';

const SYSTEMS = [
  ['0', 'Linux'], ['1', 'Windows'], ['2', 'Solaris'], ['3', 'HP-UX'], ['4', 'AIX'],
  ['5', 'XenServer'], ['6', 'Mac OS'], ['7', 'VMware ESX'], ['8', 'LINUX_VIS'],
  ['9', 'Windows Server 2012'], ['10', 'Oracle VM'], ['11', 'Open VMS'], ['255', undefined],
] as const; // prettier-ignore
const HOST_STATES = [
  ['1', '1', 'normal'],
  ['1', '17', 'degraded'],
  ['1', '18', 'offline'],
  ['1', '2', 'abnormal'],
  ['99', '1', 'unknown'],
] as const;

/** Exactly one page. */
export function hosts(plan: Plan): Entity[] {
  return Array.from({ length: 100 }, (_, index) => {
    const [os, os_type] = cycle(SYSTEMS, index);
    const [running, health, status] = cycle(HOST_STATES, index);
    return entity(
      plan,
      [
        { TYPE: 21, ID: String(index), NAME: `host ${cycle(ODD_NAMES, index)}`, DESCRIPTION: '', IP: '', OPERATIONSYSTEM: os, RUNNINGSTATUS: running, HEALTHSTATUS: health },
        { native_storage_host_id: String(index), name: `host ${cycle(ODD_NAMES, index)}`, os_type, status },
      ],
      [{ DESCRIPTION: `rack ${index}` }, { description: `rack ${index}` }],
      [{ IP: `203.0.113.${index}` }, { ip_address: `203.0.113.${index}` }],
    );
  });
} // prettier-ignore

const INITIATOR_STATES = [
  ['27', 'online'], ['28', 'offline'], ['0', 'unknown'], ['99', 'unknown'],
] as const; // prettier-ignore
const KINDS = {
  fc: { TYPE: 223, count: 101, type: 'fc', description: 'FC Initiator', id: (n: number) => `21000024ff${n.toString(16).padStart(6, '0')}` },
  iscsi: { TYPE: 222, count: 5, type: 'iscsi', description: 'iSCSI Initiator', id: (n: number) => `iqn.1993-08.org.debian:01:${n}` },
  ib: { TYPE: 16_499, count: 2, type: 'unknown', description: 'IB Initiator', id: (n: number) => `ib${n.toString(16).padStart(14, '0')}` },
  nvme: { TYPE: 57_870, count: 3, type: 'roce', description: 'NVMe over RoCE Initiator', id: (n: number) => `nqn.2014-08.org.nvmexpress:uuid:${n}` },
} as const; // prettier-ignore

export function initiators(plan: Plan, kind: keyof typeof KINDS): Entity[] {
  const { TYPE, count, type, description, id } = KINDS[kind];
  return Array.from({ length: count }, (_, index) => {
    const [running, status] = cycle(INITIATOR_STATES, index);
    const own = id(index);
    const free = index % 5 === 4;
    return entity(
      plan,
      [
        { TYPE, ID: own, RUNNINGSTATUS: running, HEALTHSTATUS: '1', ISFREE: String(free), ...(free ? {} : { PARENTTYPE: 21, PARENTID: String(index % 100) }) },
        { native_storage_host_initiator_id: own, alias: own, wwn: own, type, description, status, native_storage_host_id: free ? undefined : String(index % 100) },
      ],
      [{ NAME: `hba ${index}` }, { name: `hba ${index}` }],
    );
  });
} // prettier-ignore

/** A group and the ids of its members by collection. */
export interface Group {
  readonly entity: Entity;
  readonly members: Readonly<Record<string, readonly string[]>>;
}

interface GroupKind {
  readonly type: number;
  readonly idField: string;
  readonly membersField: string;
  readonly label: string;
}
const GROUPS = {
  hosts: { type: 14, idField: 'native_storage_host_group_id', membersField: 'storage_hosts', label: 'HostGroup' },
  ports: { type: 257, idField: 'native_port_group_id', membersField: 'ports', label: 'PortGroup' },
  volumes: { type: 256, idField: 'native_volume_group_id', membersField: 'volumes', label: 'LUNGroup' },
} as const satisfies Record<string, GroupKind>; // prettier-ignore

export function group(
  plan: Plan,
  kind: keyof typeof GROUPS,
  index: number,
  members: Group['members'],
): Group {
  const { type, idField, membersField, label } = GROUPS[kind];
  const all = Object.values(members).flat();
  const name = `${label}00${index}`;
  return {
    members,
    entity: entity(
      plan,
      [
        { TYPE: type, ID: String(index), NAME: name, DESCRIPTION: '' },
        {
          [idField]: String(index),
          name,
          [membersField]: all.length > 0 ? all.join(',') : undefined,
        },
      ],
      [{ DESCRIPTION: `of team ${index}` }, { description: `of team ${index}` }],
    ),
  };
}

/** Views: the last has no groups at all, some have no port group. */
export function views(plan: Plan): Entity[] {
  return [0, 1, 2, 3].map((index) =>
    entity(plan, [
      { TYPE: 245, ID: String(index), NAME: `MappingView00${index}`, DESCRIPTION: '' },
      {
        native_masking_view_id: String(index),
        name: `MappingView00${index}`,
        native_storage_host_group_id: index < 3 ? String(index) : undefined,
        native_volume_group_id: index < 3 ? String(index) : undefined,
        native_port_group_id: index < 2 ? String(index) : undefined,
      },
    ]),
  );
}

const LEVELS = [
  [2, 'Informational'], [3, 'Warning'], [5, 'Major'], [6, 'Critical'], [9, 'NotSpecified'],
] as const; // prettier-ignore
const EVENT_TYPES = [
  [1, 'Fault'],
  [0, 'Event'],
  [7, 'NotSpecified'],
  [4, 'Event'],
] as const;

export function alarms(plan: Plan, now: number): Entity[] {
  return Array.from({ length: 107 }, (_, index) => {
    const [level, severity] = cycle(LEVELS, index);
    const [eventType, category] = cycle(EVENT_TYPES, index);
    const started = Math.floor(now / 1000) - index * 3600;
    return entity(
      plan,
      [
        {
          sequence: 4711 + index, eventID: 64_437_092_386 + index, level, alarmStatus: 1,
          strEventID: `0x${(64_437_092_386 + index).toString(16)}`, startTime: started,
          [plan.generation.dorado ? 'type' : 'eventType']: eventType,
          name: `Disk &#40;DAE000.${index}&#41; &lt;${cycle(ODD_NAMES, index).replaceAll('<', '(').replaceAll('>', ')')}&gt;`,
        },
        {
          alert_id: String(64_437_092_386 + index), sequence_number: String(4711 + index), severity,
          category, type: 'NotSpecified', resource_type: 'Storage', occur_time: started * 1000,
          match_key: `sequence:${4711 + index}`,
          alert_name: `Disk (DAE000.${index}) <${cycle(ODD_NAMES, index).replaceAll('<', '(').replaceAll('>', ')')}>`,
        },
      ],
      [{ description: `The disk failed, 硬盘 ${index}.` }, { description: `The disk failed, 硬盘 ${index}.` }],
      [{ suggestion: 'Replace it.' }, { recovery_advice: 'Replace it.' }],
      [{ location: `DAE000.${index}` }, { location: `DAE000.${index}` }],
    );
  });
} // prettier-ignore
