/** Ports of directors: which they are, and what they are for. */
import {
  compact,
  identifier,
  list,
  lookup,
  NotSupported,
  number,
  scaled,
  text,
  type Foreign,
  type Port,
} from 'delfin-agent/driver';
import { isMissing, listed } from './answers.ts';
import type { Unisphere } from './client.ts';
import { segment } from './ids.ts';
import { upper } from './records.ts';

/** Speeds are stated in Gbit/s; 0 is none that is known. */
const GIGABIT = 1e9;

export interface PortKey {
  readonly director: string;
  readonly port: string;
}

export function portId({ director, port }: PortKey): string {
  return `${director}:${port}`;
}

/** Port keys of a director or of a port group; some versions put the director before the port again. */
export function portKeysOf(value: unknown, what: string, owner?: string): readonly PortKey[] {
  return list(value ?? [], what).flatMap((key) => {
    const director = identifier(key['directorId']) ?? owner;
    const port = identifier(key['portId']);
    if (director === undefined || port === undefined) return [];
    return [
      { director, port: port.startsWith(`${director}:`) ? port.slice(director.length + 1) : port },
    ];
  });
}

/** Ports of one director; one without ports may have no such collection. */
export async function directorPorts(
  unisphere: Unisphere,
  path: string,
  director: string,
): Promise<readonly PortKey[]> {
  const own = `${path}/${segment(director)}`;
  try {
    const answer = await unisphere.get(`${own}/port`);
    return portKeysOf(answer['symmetrixPortKey'], 'symmetrixPortKey', director);
  } catch (error) {
    if (!isMissing(error) && !(error instanceof NotSupported)) throw error;
    const about = await listed(() => unisphere.get(own));
    if (number(about['num_of_ports']) === 0) return [];
    return await listed(() => Promise.reject(error));
  }
}

const LINK: Readonly<Record<string, 'connected' | 'disconnected' | 'unknown'>> = {
  ON: 'connected',
  ONLINE: 'connected',
  PENDON: 'connected',
  OFF: 'disconnected',
  OFFLINE: 'disconnected',
  PENDOFF: 'disconnected',
};

export function portOf(key: PortKey, fields: Foreign): Port {
  const id = portId(key);
  const addresses = addressesOf(fields['ip_addresses']);
  const states = [text(fields['port_status']), text(fields['director_status'])];
  return compact<Port>({
    native_port_id: id,
    name: id,
    location: `director_${key.director}`,
    type: portType(fields),
    logical_type: roleOf(key.director),
    connection_status: lookup(LINK, upper(fields['port_status'])),
    health_status: healthOf(states),
    native_parent_id: key.director,
    speed: scaled(fields['negotiated_speed'], GIGABIT) || undefined,
    max_speed: scaled(fields['max_speed'], GIGABIT) || undefined,
    wwn: text(fields['identifier']),
    mac_address: text(fields['mac_address']),
    ipv4: text(fields['ipv4_address']) ?? addresses.find((address) => !address.includes(':')),
    ipv4_mask: text(fields['ipv4_netmask']),
    ipv6: text(fields['ipv6_address']) ?? addresses.find((address) => address.includes(':')),
    ipv6_mask: text(fields['ipv6_prefix']),
  });
}

/** Undefined where the server tells neither the port's state nor its director's. */
function healthOf(states: readonly (string | undefined)[]): Port['health_status'] {
  if (states.every((state) => state === undefined)) return undefined;
  return states.some((state) => /dead|fail/i.test(state ?? '')) ? 'abnormal' : 'normal';
}

function addressesOf(value: unknown): readonly string[] {
  const addresses: readonly unknown[] = Array.isArray(value) ? value : [];
  return addresses.map(text).filter((address) => address !== undefined);
}

/** Words in a port's type, and in the protocols that a PowerMax 2500/8500 states instead. */
const TECHNOLOGIES = [
  ['FICON', 'ficon'],
  ['FCOE', 'fcoe'],
  ['FIBRE', 'fc'],
  ['GIGE', 'eth'],
  ['ETH', 'eth'],
  ['SAS', 'sas'],
  ['_FC', 'fc'],
  ['ISCSI', 'iscsi'],
  ['TCP', 'eth'],
] as const;

function portType(fields: Foreign): Port['type'] {
  const type = upper(fields['type']);
  const protocols: readonly unknown[] = Array.isArray(fields['enabled_protocols'])
    ? fields['enabled_protocols']
    : [];
  for (const word of [type, ...protocols.map(upper)]) {
    const found = TECHNOLOGIES.find(([part]) => word?.includes(part));
    if (found) return found[1];
  }
  return lookup<'other'>({ OSANDHOSTRDF: 'other', OSHOSTANDRDF: 'other' }, type);
}

/** A director's id begins with its emulation. */
const ROLES: Readonly<Record<string, NonNullable<Port['logical_type']>>> = {
  FA: 'frontend',
  FE: 'frontend',
  FN: 'frontend',
  EA: 'frontend',
  EF: 'frontend',
  SE: 'frontend',
  OR: 'frontend',
  DA: 'backend',
  DF: 'backend',
  DX: 'backend',
  IM: 'management',
  EM: 'management',
  ED: 'service',
};
/** Where the emulation is unknown, the letter at the end tells the slot. */
const SLOTS: Readonly<Record<string, NonNullable<Port['logical_type']>>> = {
  A: 'management',
  B: 'service',
  C: 'backend',
};

function roleOf(director: string): Port['logical_type'] {
  const emulation = director.slice(0, 2).toUpperCase();
  if (emulation === 'RF' || emulation === 'RE' || emulation === 'RA') return 'other';
  return ROLES[emulation] ?? SLOTS[director.at(4)?.toUpperCase() ?? ''] ?? 'other';
}
