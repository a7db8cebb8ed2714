/** The outside of an SNMP message: version, then community (v1, v2c) or header and security (v3). */
import {
  descend,
  enter,
  peekTag,
  readAnyOctets,
  readerOf,
  readInteger,
  readOctets,
  readWhole,
  TAG,
} from './ber.ts';
import { Refused } from './refused.ts';

export interface CommunityMessage {
  readonly version: 'v1' | 'v2c';
  readonly community: Uint8Array;
  readonly pdu: Uint8Array;
}

export type SecurityLevel = 'noAuthNoPriv' | 'authNoPriv' | 'authPriv';

export interface SecureMessage {
  readonly version: 'v3';
  readonly messageId: number;
  readonly level: SecurityLevel;
  /** The sender wants a report where the message can't be taken. */
  readonly reportable: boolean;
  readonly engineId: Uint8Array;
  readonly boots: number;
  readonly time: number;
  readonly userName: Uint8Array;
  /** Views into the datagram. */
  readonly digest: Uint8Array;
  readonly salt: Uint8Array;
  /** The scoped PDU; encrypted, if the level says so. */
  readonly data: Uint8Array;
}

export interface ScopedPdu {
  readonly contextEngineId: Uint8Array;
  readonly contextName: Uint8Array;
  readonly pdu: Uint8Array;
}

const FLAG_AUTH = 0x01;
const FLAG_PRIV = 0x02;
const FLAG_REPORTABLE = 0x04;
const USM = 3;
const MAX_INT32 = 0x7fff_ffff;
/** RFC 3412 section 6: what every engine can take at least. */
const MIN_MAX_SIZE = 484;
const MAX_ENGINE_ID = 32;
const MAX_USER_NAME = 32;

/** @throws Refused */
export function parseMessage(datagram: Uint8Array): CommunityMessage | SecureMessage {
  const message = enter(readerOf(datagram), TAG.sequence);
  const version = readInteger(message);
  if (version === 0 || version === 1) {
    return {
      version: version === 0 ? 'v1' : 'v2c',
      community: readAnyOctets(message),
      pdu: message.bytes.subarray(message.at, message.end),
    };
  }
  if (version !== 3) throw new Refused('unsupported_version');
  descend(message, TAG.sequence);
  const messageId = inRange(readInteger(message), 0);
  inRange(readInteger(message), MIN_MAX_SIZE);
  const flags = readOctets(message);
  if (flags.length !== 1) throw new Refused('malformed', 'flags');
  if (readInteger(message) !== USM) throw new Refused('unsupported_security_model');
  const flag = flags[0] ?? 0;
  const security = enter(enter({ ...message }, TAG.octetString), TAG.sequence);
  const engineId = readOctets(security);
  const boots = inRange(readInteger(security), 0);
  const time = inRange(readInteger(security), 0);
  const userName = readOctets(security);
  const digest = readOctets(security);
  const salt = readOctets(security);
  if (engineId.length > MAX_ENGINE_ID) throw new Refused('malformed', 'engine id too long');
  if (userName.length > MAX_USER_NAME) throw new Refused('malformed', 'user name too long');
  return {
    version: 'v3',
    messageId,
    level: levelOf(flag),
    reportable: (flag & FLAG_REPORTABLE) !== 0,
    engineId,
    boots,
    time,
    userName,
    digest,
    salt,
    // What follows the last of the security parameters, to the end of the datagram as net-snmp does.
    data: datagram.subarray(security.at),
  };
}

/** The encrypted scoped PDU of an authPriv message. */
export function parseEncrypted(data: Uint8Array): Uint8Array {
  return readOctets(readerOf(data));
}

/** What follows the scoped PDU is padding of the cipher. */
export function parseScopedPdu(data: Uint8Array): ScopedPdu {
  const scoped = readerOf(data);
  descend(scoped, TAG.sequence);
  const contextEngineId = readAnyOctets(scoped);
  const contextName = readAnyOctets(scoped);
  if (peekTag(scoped) === undefined) throw new Refused('malformed', 'no PDU');
  return { contextEngineId, contextName, pdu: readWhole(scoped) };
}

function levelOf(flag: number): SecurityLevel {
  const priv = (flag & FLAG_PRIV) !== 0;
  if ((flag & FLAG_AUTH) === 0) {
    if (priv) throw new Refused('malformed', 'privacy without authentication');
    return 'noAuthNoPriv';
  }
  return priv ? 'authPriv' : 'authNoPriv';
}

function inRange(value: number, least: number): number {
  if (value < least || value > MAX_INT32) throw new Refused('malformed', 'number out of range');
  return value;
}
