/** Whom to trust and how to prove oneself: host keys, and the order of the ways to log in. */
import { createHash, timingSafeEqual } from 'node:crypto';
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

/** Whether a host key is the configured one. @throws ConfigurationError if none is known. */
export function hostVerifier(access: SshAccess): (key: Buffer) => boolean {
  if (access.insecure) return () => true;
  if (access.host_key?.startsWith('SHA256:')) {
    const expected = access.host_key.slice('SHA256:'.length).replace(/=$/, '');
    return (key) => keyFingerprint(key) === expected;
  }
  const lines = access.host_key
    ? [access.host_key]
    : access.known_hosts
      ? knownKeys(readFileSync(access.known_hosts, 'utf8'), access)
      : [];
  const keys = lines.map((line) => Buffer.from(line.trim().split(/\s+/)[1] ?? '', 'base64'));
  if (keys.length === 0) {
    throw new ConfigurationError(
      `no host key is known for ${access.host}; set ssh.host_key (ssh-keyscan ${access.host}), ssh.known_hosts or ssh.insecure: true`,
    );
  }
  return (key) => keys.some((known) => known.length === key.length && timingSafeEqual(known, key));
}

/** Lines of a known_hosts file for this host, without the host field. Hashed names are not read. */
function knownKeys(file: string, access: SshAccess): string[] {
  const names = new Set([access.host, `[${access.host}]:${access.port ?? 22}`]);
  return file.split('\n').flatMap((line) => {
    const [hosts, type, key] = line.trim().split(/\s+/);
    if (!hosts || hosts.startsWith('#') || hosts.startsWith('@') || !type || !key) return [];
    return hosts.split(',').some((name) => names.has(name)) ? [`${type} ${key}`] : [];
  });
}

/** As OpenSSH prints it, without `SHA256:`. */
export function keyFingerprint(key: Buffer): string {
  return createHash('sha256').update(key).digest('base64').replace(/=+$/, '');
}
