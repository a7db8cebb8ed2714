/** Notification PDUs: v1 Trap-PDU, SNMPv2-Trap-PDU, InformRequest-PDU -> what a driver reads. */
import type { Trap, Varbind, VarbindType } from '../driver/alerts.ts';
import {
  enter,
  objectIdentifier,
  peekTag,
  readAny,
  readerOf,
  readInteger,
  readAnyOctets,
  signed,
  TAG,
  unsigned,
  unsigned64,
  type IdentifierReader,
  type Reader,
} from './ber.ts';
import { Refused } from './refused.ts';

const SYS_UP_TIME = '1.3.6.1.2.1.1.3.0';
const SNMP_TRAP_OID = '1.3.6.1.6.3.1.1.4.1.0';
const SNMP_TRAP_ENTERPRISE = '1.3.6.1.6.3.1.1.4.3.0';
const SNMP_TRAP_ADDRESS = '1.3.6.1.6.3.18.1.3.0';
const SNMP_TRAP_COMMUNITY = '1.3.6.1.6.3.18.1.4.0';
const GENERIC_TRAPS = '1.3.6.1.6.3.1.1.5';
const ENTERPRISE_SPECIFIC = 6;

/** What a PDU says by itself; the rest of a `Trap` is about the message that carried it. */
export type Notification = Pick<
  Trap,
  'pdu_type' | 'trap_oid' | 'varbinds' | 'agent_address' | 'enterprise' | 'uptime'
> & { readonly requestId: number };

type MutableNotification = { -readonly [K in keyof Notification]: Notification[K] };

/** @throws Refused */
export function decodePdu(
  pdu: Uint8Array,
  version: Trap['version'],
  identifier: IdentifierReader = objectIdentifier,
): Notification {
  const outer = readerOf(pdu);
  const tag = peekTag(outer);
  if (tag === TAG.trapV1) {
    if (version !== 'v1') throw new Refused('unsupported_pdu', 'v1 trap in another version');
    return decodeV1(enter(outer, tag), identifier);
  }
  if (tag !== TAG.trap && tag !== TAG.inform) throw new Refused('unsupported_pdu');
  return decodeV2(enter(outer, tag), tag === TAG.inform ? 'inform' : 'trap', identifier);
}

/** RFC 3584 section 3.1. */
function decodeV1(reader: Reader, identifier: IdentifierReader): Notification {
  const enterprise = readOid(reader, identifier);
  const agent = readAnyOctets(reader);
  const generic = readInteger(reader);
  const specific = readInteger(reader);
  const uptime = readUnsigned(reader);
  const known = generic >= 0 && generic < ENTERPRISE_SPECIFIC;
  const notification: MutableNotification = {
    pdu_type: 'trap',
    trap_oid: known ? `${GENERIC_TRAPS}.${generic + 1}` : `${enterprise}.0.${specific >>> 0}`,
    varbinds: [],
    enterprise,
    uptime,
    requestId: 0,
  };
  if (agent.length === 4) notification.agent_address = agent.join('.');
  notification.varbinds = readVarbinds(reader, identifier).filter(
    ({ oid }) => oid !== SNMP_TRAP_COMMUNITY,
  );
  return notification;
}

function decodeV2(
  reader: Reader,
  pduType: Trap['pdu_type'],
  identifier: IdentifierReader,
): Notification {
  const requestId = readInteger(reader);
  // error-status and error-index mean nothing in a notification.
  readInteger(reader);
  readInteger(reader);
  const notification: MutableNotification = {
    pdu_type: pduType,
    trap_oid: '',
    varbinds: [],
    requestId,
  };
  const varbinds: Varbind[] = [];
  for (const varbind of readVarbinds(reader, identifier)) {
    if (!takeStandard(notification, varbind)) varbinds.push(varbind);
  }
  if (notification.trap_oid === '') throw new Refused('malformed', 'no snmpTrapOID');
  notification.varbinds = varbinds;
  return notification;
}

/** True for what becomes a field, or must not be shown. What a relay adds stays a varbind as well. */
function takeStandard(notification: MutableNotification, { oid, value }: Varbind): boolean {
  if (!oid.startsWith('1.3.6.1.6.3.1') && oid !== SYS_UP_TIME) return false;
  switch (oid) {
    case SYS_UP_TIME:
      if (typeof value !== 'number') return false;
      notification.uptime = value;
      return true;
    case SNMP_TRAP_OID:
      if (typeof value !== 'string') return false;
      notification.trap_oid = value;
      return true;
    case SNMP_TRAP_ADDRESS:
      if (typeof value === 'string') notification.agent_address = value;
      return false;
    case SNMP_TRAP_ENTERPRISE:
      if (typeof value === 'string') notification.enterprise = value;
      return false;
    default:
      return oid === SNMP_TRAP_COMMUNITY;
  }
}

function readVarbinds(reader: Reader, identifier: IdentifierReader): Varbind[] {
  const list = enter(reader, TAG.sequence);
  const varbinds: Varbind[] = [];
  while (list.at < list.end) {
    const pair = enter({ ...list }, TAG.sequence);
    const oid = readOid(pair, identifier);
    const tag = peekTag(pair);
    if (tag === undefined) throw new Refused('malformed', 'a name without value');
    const decode = VALUES[tag];
    if (!decode) throw new Refused('malformed', 'unknown type of value');
    const value = decode.read(readAny(pair));
    varbinds.push({ oid, type: decode.type, value });
    list.at = pair.at;
  }
  return varbinds;
}

function readUnsigned(reader: Reader): number {
  if (VALUES[peekTag(reader) ?? 0]?.read !== unsigned) throw new Refused('malformed', 'no time');
  return Number(unsigned(readAny(reader)));
}

function readOid(reader: Reader, identifier: IdentifierReader): string {
  if (peekTag(reader) !== TAG.objectIdentifier) throw new Refused('malformed', 'no identifier');
  return identifier(readAny(reader));
}

interface ValueForm {
  readonly type: VarbindType;
  readonly read: (contents: Uint8Array) => Varbind['value'];
}

/** The contents are a view into the datagram: octets are copied out of it. */
const octets = (contents: Uint8Array) => new Uint8Array(contents);
const nothing = () => null;

const VALUES: Readonly<Record<number, ValueForm>> = {
  [TAG.integer]: { type: 'Integer', read: signed },
  [TAG.bitString]: { type: 'OctetString', read: octets },
  [TAG.octetString]: { type: 'OctetString', read: octets },
  [TAG.null]: { type: 'Null', read: nothing },
  [TAG.objectIdentifier]: { type: 'ObjectIdentifier', read: objectIdentifier },
  [TAG.ipAddress]: { type: 'IpAddress', read: address },
  [TAG.counter32]: { type: 'Counter32', read: unsigned },
  [TAG.gauge32]: { type: 'Gauge32', read: unsigned },
  [TAG.timeTicks]: { type: 'TimeTicks', read: unsigned },
  [TAG.opaque]: { type: 'Opaque', read: octets },
  [TAG.nsapAddress]: { type: 'OctetString', read: octets },
  [TAG.counter64]: { type: 'Counter64', read: unsigned64 },
  [TAG.unsigned32]: { type: 'Gauge32', read: unsigned },
  [TAG.noSuchObject]: { type: 'NoSuchObject', read: nothing },
  [TAG.noSuchInstance]: { type: 'NoSuchInstance', read: nothing },
  [TAG.endOfMibView]: { type: 'EndOfMibView', read: nothing },
};

function address(contents: Uint8Array): string {
  if (contents.length !== 4) throw new Refused('malformed', 'length of an address');
  return contents.join('.');
}
