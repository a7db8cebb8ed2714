/** Ports, which Unisphere names by their director: which they are, and what they are for. */
import {
  byPath,
  identifier,
  list,
  lookup,
  PortSchema,
  positive,
  recordsOf,
  scaled,
  text,
  type Foreign,
  type Port,
} from 'delfin-agent/driver';
import { codeIn, textsIn } from './records.ts';
import { EMULATIONS, LINK_STATES, SLOTS, TECHNOLOGIES } from './states-table.ts';

export interface PortKey {
  readonly director: string;
  readonly port: string;
}

export function portId({ director, port }: PortKey): string {
  return `${director}:${port}`;
}

/** Port keys of a director or of a port group; some versions put the director before the port again. */
export function portKeysOf(value: unknown, owner?: string): readonly PortKey[] {
  return list(value ?? [], 'symmetrixPortKey').flatMap((key) => {
    const director = identifier(key['directorId']) ?? owner;
    const port = identifier(key['portId']);
    if (director === undefined || port === undefined) return [];
    const repeated = `${director}:`;
    return [{ director, port: port.startsWith(repeated) ? port.slice(repeated.length) : port }];
  });
}

/** Speeds are stated in Gbit/s; 0 is none that is known. */
const gigabits = (value: unknown) => positive(scaled(value, 1e9));

/** With the id of the `director` and that of the port among all, `key`. */
export const toPorts = recordsOf(PortSchema, {
  native_port_id: 'key',
  name: 'key',
  location: ({ director }) => `director_${String(director)}`,
  type: technologyOf,
  logical_type: ({ director }) => roleOf(String(director)),
  connection_status: byPath('port_status', codeIn(LINK_STATES)),
  health_status: healthOf,
  native_parent_id: 'director',
  speed: byPath('negotiated_speed', gigabits),
  max_speed: byPath('max_speed', gigabits),
  wwn: 'identifier',
  mac_address: 'mac_address',
  ipv4: addressOf('ipv4_address', (address) => !address.includes(':')),
  ipv4_mask: 'ipv4_netmask',
  ipv6: addressOf('ipv6_address', (address) => address.includes(':')),
  ipv6_mask: 'ipv6_prefix',
});

/** Undefined where the server tells neither the port's state nor its director's. */
function healthOf(port: Foreign): Port['health_status'] {
  const told = textsIn([port['port_status'], port['director_status']]);
  if (told.length === 0) return undefined;
  return told.some((state) => /dead|fail/i.test(state)) ? 'abnormal' : 'normal';
}

/** The address in a field of its own, or the first of its kind in the list of all. */
function addressOf(field: string, isOfKind: (address: string) => boolean) {
  return (port: Foreign) => text(port[field]) ?? textsIn(port['ip_addresses']).find(isOfKind);
}

function technologyOf({ type: stated, enabled_protocols: protocols }: Foreign): Port['type'] {
  const [type, ...others] = [stated, protocols].flat().map((word) => text(word)?.toUpperCase());
  for (const word of [type, ...others]) {
    const found = TECHNOLOGIES.find(([part]) => word?.includes(part));
    if (found) return found[1];
  }
  return lookup<'other'>({ OSANDHOSTRDF: 'other', OSHOSTANDRDF: 'other' }, type);
}

function roleOf(director: string): Port['logical_type'] {
  const id = director.toUpperCase();
  return EMULATIONS[id.slice(0, 2)] ?? SLOTS[id.slice(4, 5)] ?? 'other';
}
