/** Whom to trust and how to prove oneself: host keys, and the order of the ways to log in. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AuthenticationType, AuthHandlerMiddleware } from 'ssh2';
import type { SshAccess } from './access.ts';
import { ConfigurationError } from './errors.ts';

/**
 * The key, then the password once: as a password where the server takes it so, otherwise in a
 * dialogue. A password that was refused is not offered again in another form: it would count twice.
 * Servers name their methods in the answer to "none"; one that names none is offered the password.
 */
export function authenticationOrder(access: SshAccess): AuthHandlerMiddleware {
  const tried = new Set<AuthenticationType>();
  const choose = (
    offered: readonly AuthenticationType[] | null,
  ): AuthenticationType | undefined => {
    if (!tried.has('none')) return 'none';
    const takes = (method: AuthenticationType) => offered?.includes(method) ?? false;
    if (access.private_key && takes('publickey') && !tried.has('publickey')) return 'publickey';
    if (!access.password) return undefined;
    const unnamed = !takes('password') && !takes('keyboard-interactive');
    if ((takes('password') || unnamed) && !tried.has('password')) return 'password';
    const refused = tried.has('password') && takes('password');
    if (takes('keyboard-interactive') && !refused && !tried.has('keyboard-interactive')) {
      return 'keyboard-interactive';
    }
    return undefined;
  };
  return (offered, _partial, next) => {
    const method = choose(offered);
    if (method !== undefined) tried.add(method);
    // The library ends the login on false; its type lacks it.
    next(method ?? (false as never));
  };
}

/** Which host keys are taken. */
export interface HostTrust {
  /** The configuration names none: whatever the host shows is refused, and told. */
  readonly none: boolean;
  trusts(key: Buffer): boolean;
  /** Their types, if they are known: a host that has several must show the one we can judge. */
  readonly types: readonly string[];
}

/** What the configuration says of host keys. @throws ConfigurationError if known_hosts can't be read. */
export function hostTrust(access: SshAccess): HostTrust {
  if (access.insecure) return { none: false, trusts: () => true, types: [] };
  if (access.host_key?.startsWith('SHA256:')) {
    const expected = access.host_key.slice('SHA256:'.length).replace(/=$/, '');
    return { none: false, trusts: (key) => keyFingerprint(key) === expected, types: [] };
  }
  const lines = access.host_key ? [access.host_key] : knownKeys(access);
  const keys = lines.map((line) => Buffer.from(line.trim().split(/\s+/)[1] ?? '', 'base64'));
  return {
    none: keys.length === 0,
    trusts: (key) =>
      keys.some((known) => known.length === key.length && timingSafeEqual(known, key)),
    types: [...new Set(keys.map(keyType))],
  };
}

/** Lines of the known_hosts file for this host, without the host field. */
function knownKeys(access: SshAccess): string[] {
  if (!access.known_hosts) return [];
  let file: string;
  try {
    file = readFileSync(access.known_hosts, 'utf8');
  } catch (cause) {
    throw new ConfigurationError(`ssh.known_hosts: ${access.known_hosts} can't be read`, { cause });
  }
  const names = [access.host, `[${access.host}]:${access.port ?? 22}`];
  return file.split('\n').flatMap((line) => {
    const [hosts, type, key] = line.trim().split(/\s+/);
    if (!hosts || hosts.startsWith('#') || hosts.startsWith('@') || !type || !key) return [];
    const listed = hosts.split(',');
    return names.some((name) => listed.includes(name) || isHashOf(hosts, name))
      ? [`${type} ${key}`]
      : [];
  });
}

/** `|1|salt|hash`: how ssh hides the names it knows. */
function isHashOf(field: string, name: string): boolean {
  const [, version, salt, hash] = field.split('|');
  if (version !== '1' || !salt || !hash) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

/** As OpenSSH prints it, without `SHA256:`. */
export function keyFingerprint(key: Buffer): string {
  return createHash('sha256').update(key).digest('base64').replace(/=+$/, '');
}

/** `ssh-ed25519 AAAA...`, as the configuration takes it. */
export function keyLine(key: Buffer): string {
  return `${keyType(key)} ${key.toString('base64')}`;
}

/** A key begins with the length and the name of its type. */
function keyType(key: Buffer): string {
  if (key.length < 4) return '';
  return key.toString('latin1', 4, 4 + Math.min(key.readUInt32BE(0), 64));
}
