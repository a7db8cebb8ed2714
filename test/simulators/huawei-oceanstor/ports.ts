/** Ports of every kind. */
import { cycle, entity, type Entity, type Plan } from './entity.ts';

const MEGABIT = 1e6;

/** RUNNINGSTATUS and the link it is. */
const LINKS = [
  ['10', 'connected'], ['11', 'disconnected'], ['2', 'connected'], ['0', 'unknown'],
  ['99', 'unknown'], ['33', 'connected'],
] as const; // prettier-ignore
const HEALTH = [
  ['1', 'normal'], ['1', 'normal'], ['2', 'abnormal'], ['0', 'unknown'], ['9', 'abnormal'],
  ['88', 'unknown'],
] as const; // prettier-ignore
const ROLES = [
  ['0', 'service'], ['2', 'management'], ['3', 'internal'], ['4', 'maintenance'],
  ['5', 'service'], ['11', 'interconnect'], ['77', 'other'],
] as const; // prettier-ignore

function base(index: number, id: string, type: number, name: string) {
  const [running, connection_status] = cycle(LINKS, index);
  const [health, health_status] = cycle(HEALTH, index);
  const linked = connection_status === 'connected';
  return {
    linked,
    source: {
      TYPE: type, ID: id, NAME: name, LOCATION: `CTE0.${name}`, RUNNINGSTATUS: running,
      HEALTHSTATUS: health,
    },
    record: {
      native_port_id: id, name, location: `CTE0.${name}`, connection_status, health_status,
    },
  };
} // prettier-ignore

const speedOf = (linked: boolean, megabits: number) => (linked ? String(megabits) : '-1');
const bits = (linked: boolean, megabits: number) => (linked ? megabits * MEGABIT : undefined);

/** Two pages of Fibre Channel ports. MAXSUPPORTSPEED is in Gbit/s on some. */
export function fcPorts(plan: Plan): Entity[] {
  return Array.from({ length: 104 }, (_, index) => {
    const { linked, source, record } = base(index, String(1_114_368 + index), 212, `A.IOM0.P${index}`);
    const wwn = `2000${index.toString(16).padStart(12, '0')}`;
    return entity(
      plan,
      [{ ...source, LOGICTYPE: '0' }, { ...record, type: 'fc', logical_type: 'service' }],
      [
        { RUNSPEED: speedOf(linked, 16_000), MAXSUPPORTSPEED: index % 2 ? '32' : '32000' },
        { speed: bits(linked, 16_000), max_speed: 32_000 * MEGABIT },
      ],
      [{ PARENTID: '0A.0', WWN: wwn }, { native_parent_id: '0A.0', wwn }],
    );
  });
} // prettier-ignore

export function ethPorts(plan: Plan): Entity[] {
  return ROLES.map(([role, logical_type], index) => {
    const { linked, source, record } = base(index, String(139_267 + index), 213, `A.H${index}`);
    const mac = `00:22:a1:06:8d:0${index}`;
    return entity(
      plan,
      [{ ...source, LOGICTYPE: role }, { ...record, type: 'eth', logical_type }],
      [
        { SPEED: speedOf(linked, 10_000), maxSpeed: '25000' },
        { speed: bits(linked, 10_000), max_speed: 25_000 * MEGABIT },
      ],
      [
        {
          MACADDRESS: mac, PARENTID: '0A.1', IPV4ADDR: index % 2 ? '' : `192.0.2.${index + 1}`,
          IPV4MASK: index % 2 ? '' : '255.255.255.0', IPV6ADDR: index % 2 ? '2001:db8::7' : '',
          IPV6MASK: index % 2 ? '64' : '',
        },
        {
          mac_address: mac, native_parent_id: '0A.1',
          ...(index % 2
            ? { ipv6: '2001:db8::7', ipv6_mask: '64' }
            : { ipv4: `192.0.2.${index + 1}`, ipv4_mask: '255.255.255.0' }),
        },
      ],
    );
  });
} // prettier-ignore

interface Simple {
  readonly type: number;
  readonly record: string;
  readonly prefix: string;
  readonly speedField: string;
  readonly speed: number;
  readonly maxSpeed: number;
  readonly extra: readonly [Record<string, unknown>, Record<string, unknown>];
}

const simple = (plan: Plan, count: number, kind: Simple): Entity[] =>
  Array.from({ length: count }, (_, index) => {
    const id = `${kind.type}${String(index).padStart(4, '0')}`;
    const { linked, source, record } = base(index, id, kind.type, `${kind.prefix}${index}`);
    return entity(
      plan,
      [
        { ...source, ...kind.extra[0] },
        { ...record, type: kind.record, ...kind.extra[1] },
      ],
      [
        { [kind.speedField]: speedOf(linked, kind.speed), MAXSPEED: String(kind.maxSpeed) },
        { speed: bits(linked, kind.speed), max_speed: kind.maxSpeed * MEGABIT },
      ],
    );
  });

export const fcoePorts = (plan: Plan) =>
  simple(plan, 3, { type: 252, record: 'fcoe', prefix: 'A.F', speedField: 'RUNSPEED', speed: 10_000, maxSpeed: 10_000, extra: [{ LOGICTYPE: '0' }, { logical_type: 'service' }] }); // prettier-ignore
export const sasPorts = (plan: Plan) =>
  simple(plan, 4, { type: 214, record: 'sas', prefix: 'A.SAS', speedField: 'RUNSPEED', speed: 12_000, maxSpeed: 12_000, extra: [{ LOGICTYPE: '1' }, { logical_type: 'other' }] }); // prettier-ignore
export const pciePorts = (plan: Plan) =>
  simple(plan, 2, { type: 233, record: 'other', prefix: 'A.PCIE', speedField: 'PCIESPEED', speed: 5_000, maxSpeed: 8_000, extra: [{ PARENTID: '1090' }, { logical_type: 'other', native_parent_id: '1090' }] }); // prettier-ignore
export const ibPorts = (plan: Plan) =>
  simple(plan, 2, { type: 16_500, record: 'ib', prefix: 'A.IB', speedField: 'RUNSPEED', speed: 56_000, maxSpeed: 56_000, extra: [{ LOGICTYPE: '0' }, { logical_type: 'service' }] }); // prettier-ignore

/** Bonds have neither role nor speed. */
export function bondPorts(plan: Plan): Entity[] {
  return [0, 1].map((index) => {
    const { source, record } = base(index, String(index), 235, `bond${index}`);
    return entity(plan, [{ ...source, PORTIDLIST: '["139267"]' }, { ...record, type: 'other', logical_type: 'other' }]); // prettier-ignore
  });
}

const LIF_ROLES = [
  ['1', 'management'], ['2', 'service'], ['3', 'service'], ['4', 'intercluster'], ['9', 'other'],
] as const; // prettier-ignore

/** Logical ports; their ids begin at 0 again, as the bonds' do: they are known by their type, too. */
export function logicalPorts(plan: Plan): Entity[] {
  return LIF_ROLES.map(([role, logical_type], index) => {
    const [running, connection_status] = cycle(LINKS, index);
    return entity(
      plan,
      [
        { TYPE: 279, ID: String(index), NAME: `lif ${index}`, ROLE: role, RUNNINGSTATUS: running, HOMEPORTID: '139267', CURRENTPORTID: '139268' },
        { native_port_id: `279:${index}`, name: `lif ${index}`, type: 'logic', logical_type, connection_status, native_parent_id: '139268' },
      ],
      [{ IPV4ADDR: `198.51.100.${index}`, IPV4MASK: '255.255.255.0' }, { ipv4: `198.51.100.${index}`, ipv4_mask: '255.255.255.0' }],
    );
  });
} // prettier-ignore
