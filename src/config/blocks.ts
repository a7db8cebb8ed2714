/** What only several keys of a block together can get wrong. */
import { messageOf } from '../driver/message.ts';
import { hostTrust } from '../driver/ssh-trust.ts';
import { isLoopback, portDoubt, withoutBrackets } from './hosts.ts';
import { isCredential } from './names.ts';
import { isReadable } from './files.ts';
import type { Part } from './meaning.ts';
import { checkKeyPair, checkSshKey } from './pem.ts';
import { isRecord } from './walk.ts';

type Block = Readonly<Record<string, unknown>>;
type BlockRule = (block: Block, say: Say, doubt: Doubt) => void;
/** At a key of the block, or at the block. */
type Say = (key: string | undefined, message: string) => void;
/** It works, and is hardly what was meant. */
type Doubt = (key: string, message: string) => void;

/** By the name that a schema gives as `meaning`. */
export const BLOCKS: Readonly<Record<string, (part: Part) => void>> = {
  rest: block(checkRest),
  certified_rest: block(checkCertifiedRest),
  ssh: block(checkSsh),
  snmp: block(checkSnmp),
  otlp: block(checkOtlp),
  trap_user: block(checkTrapUser),
};

function block(check: BlockRule): (part: Part) => void {
  return ({ value, path, place }) => {
    if (!isRecord(value)) return;
    check(
      value,
      (key, message) =>
        key !== undefined && key in value
          ? place.fault(path, message, key)
          : place.fault(path, message),
      (key, message) => place.doubt([...path, key], message),
    );
  };
}

function checkRest(rest: Block, say: Say): void {
  const chosen = ['ca', 'fingerprint', 'insecure'].filter((key) => rest[key]);
  if (chosen.length > 1) say(chosen[1], `${chosen.join(' and ')} exclude each other (keep one)`);
  const { scheme, host } = rest;
  if (scheme === 'http' && typeof host === 'string' && !isLoopback(host)) {
    say('scheme', `scheme http sends the password readable to ${host}: write https`);
  }
}

function checkCertifiedRest(rest: Block, say: Say): void {
  const { username, password, cert, key } = rest;
  checkRest(rest, say);
  checkPair(cert, key, say);
  if (username && !password) say('username', 'username needs password');
  if (password && !username) say('password', 'password needs username');
  if (username || password || cert || key) return;
  say(undefined, 'no credential (set username and password, or cert and key)');
}

function checkSsh(ssh: Block, say: Say): void {
  const { host, port, private_key: key, passphrase, host_key: hostKey, known_hosts: known } = ssh;
  if (!hostKey && !known && !ssh['insecure']) {
    say(undefined, 'no host key is known (set host_key, known_hosts, or insecure: true)');
  }
  if (!ssh['password'] && !key) say(undefined, 'no credential (set password or private_key)');
  if (passphrase && !key) say('passphrase', 'passphrase opens a private_key, and there is none');
  if (typeof key === 'string' && isReadable(key)) {
    const phrase = typeof passphrase === 'string' ? passphrase : undefined;
    attempt(
      () => checkSshKey(key, phrase),
      (why) => say('private_key', `private_key ${key}: ${why}`),
    );
  }
  if (typeof hostKey === 'string' && !fitsItsType(hostKey)) {
    say('host_key', 'host_key is cut or damaged: write the line of ssh-keyscan again');
  }
  if (typeof known === 'string' && isReadable(known) && typeof host === 'string' && !hostKey) {
    const access = { host, known_hosts: known, ...(typeof port === 'number' ? { port } : {}) };
    if (hostTrust({ ...access, username: '' }).none) {
      say(
        'known_hosts',
        `known_hosts ${known} has no line for ${nameIn(host, port)}: add what ssh-keyscan${typeof port === 'number' ? ` -p ${port}` : ''} ${host} prints`,
      );
    }
  }
}

function nameIn(host: string, port: unknown): string {
  return typeof port === 'number' && port !== 22 ? `[${host}]:${port}` : host;
}

/** A key says its own type again. */
function fitsItsType(written: string): boolean {
  if (written.startsWith('SHA256:')) return true;
  const [type = '', key = ''] = written.split(' ');
  const bytes = Buffer.from(key, 'base64');
  const length = bytes.length >= 4 ? bytes.readUInt32BE(0) : -1;
  return bytes.length > 4 + length && bytes.toString('latin1', 4, 4 + length) === type;
}

function checkSnmp(snmp: Block, say: Say): void {
  const { version = 'v2c', community, user } = snmp;
  if (version === 'v2c' && !community) {
    const v3 = user ? ', or version: v3 for the user' : '';
    say(undefined, `version v2c needs a community (set community${v3})`);
  }
  if (version === 'v3' && !user) say('version', 'version v3 needs a user (set user)');
  if (!isRecord(user)) return;
  if (user['priv'] && !user['auth']) {
    say('user', 'priv needs auth (SNMPv3 has no privacy without authentication)');
  }
}

/** SNMPv3 has no privacy without authentication. */
function checkTrapUser(user: Block, say: Say): void {
  if (user['priv'] && !user['auth']) {
    say('priv', 'priv needs auth (SNMPv3 has no privacy without authentication)');
  }
}

function checkOtlp(otlp: Block, say: Say, doubt: Doubt): void {
  const { headers, insecure, cert, key } = otlp;
  const endpoint = typeof otlp['endpoint'] === 'string' ? otlp['endpoint'] : '';
  const isGrpc = otlp['protocol'] === 'grpc';
  if (isGrpc && URL.canParse(endpoint)) {
    const { pathname, origin } = new URL(endpoint);
    if (pathname !== '/')
      say('endpoint', `endpoint has a path, which gRPC has not: write ${origin}`);
  }
  if (isRecord(headers) && insecure !== true) {
    const fault = plaintextFault(endpoint, Object.keys(headers));
    if (fault) say('headers', `${fault}: write https, or insecure: true to accept that`);
  }
  if (otlp['entities'] === true && otlp['logs'] === false) {
    say('entities', 'entities are sent as logs: remove logs: false');
  }
  checkPair(cert, key, say);
  const unusual = portDoubt(endpoint, isGrpc);
  if (unusual) doubt('endpoint', unusual);
}

/** A client certificate and its key. */
function checkPair(cert: unknown, key: unknown, say: Say): void {
  for (const [one, other, given, missing] of [
    ['cert', 'key', cert, key],
    ['key', 'cert', key, cert],
  ] as const) {
    if (given && !missing) say(one, `${one} needs ${other}: a client certificate is a pair`);
  }
  if (typeof cert === 'string' && typeof key === 'string' && isReadable(cert) && isReadable(key)) {
    attempt(
      () => checkKeyPair(cert, key),
      (why) => why.startsWith('it does not fit') && say('key', `key ${key}: ${why}`),
    );
  }
}

/** A credential that would cross a network readable. */
export function plaintextFault(endpoint: string, headers: readonly string[]): string | undefined {
  if (!/^http:/i.test(endpoint) || !URL.canParse(endpoint)) return undefined;
  const { hostname } = new URL(endpoint);
  const secret = headers.find(isCredential);
  if (secret === undefined || isLoopback(hostname)) return undefined;
  return `the header ${secret.toLowerCase()} would cross the network readable, to ${withoutBrackets(hostname)}`;
}

function attempt(work: () => unknown, failed: (why: string) => unknown): void {
  try {
    work();
  } catch (error) {
    failed(messageOf(error));
  }
}
