/** Why no connection could be made, in words that say what to check. */

/** What to say for each code of the system, of TLS and of the resolver. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused: nothing listens on this port; check the port and that the service is on',
  ECONNRESET:
    'reset while connecting; check the port, and a firewall or an access list of the array',
  EPIPE: 'closed while connecting; check the port, and an access list of the array',
  ETIMEDOUT: 'no answer to the connection; check the address and the firewalls on the way',
  EHOSTUNREACH: 'no way to the host; check the address, the route, and that the host is on',
  ENETUNREACH: 'no way to its network; check the address and the routes of this machine',
  EHOSTDOWN: 'the host is down; check the address',
  EADDRNOTAVAIL: 'this machine has no address or port left to connect from',
  EACCES: 'this machine does not allow the connection; check its firewall and policies',
  EPERM: 'this machine does not allow the connection; check its firewall and policies',
  EMFILE: 'this process has no file descriptor left; raise its limit',
  ENFILE: 'this machine has no file descriptor left',
  ERR_SSL_WRONG_VERSION_NUMBER: 'what answers does not speak TLS; is this the port of plain http?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG:
    'what answers does not speak TLS; is this the port of plain http?',
  ERR_SSL_HTTP_REQUEST: 'what answers does not speak TLS; is this the port of plain http?',
};

/** Refusals to agree on a version, a cipher or a key that today's OpenSSL finds too weak. */
const OLD_TLS =
  /UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|HANDSHAKE_FAILURE|NO_SHARED_CIPHER|INSUFFICIENT_SECURITY|KEY_TOO_SMALL|MD_TOO_WEAK|DH_KEY|LEGACY|INTERNAL_ERROR|BAD_ECPOINT|WRONG_SIGNATURE_TYPE/;

interface SystemError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly errors?: unknown;
}

/** The error's code; of several addresses tried, the first one's. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { code, errors }: SystemError = error;
  if (typeof code === 'string' && code !== '') return code;
  return Array.isArray(errors) ? codeOf(errors[0]) : '';
}

/** A sentence for a connection that could not be made. */
export function connectionFailure(error: unknown): string {
  const code = codeOf(error);
  const reason = REASONS[code];
  if (reason !== undefined) return `${reason} (${code})`;
  const message = error instanceof Error ? cut(error.message) : cut(String(error));
  if (code === 'ENOTFOUND' && !message.includes('write the address')) {
    return `${message}; check the spelling, or write the address`;
  }
  if (code === 'EAI_AGAIN') return `${message}; check /etc/resolv.conf, or write the address`;
  if (OLD_TLS.test(code)) {
    return `no common TLS version or cipher (${code}); if this is an old array, set rest.legacy_tls: true`;
  }
  return code === '' || message.includes(code) ? message : `${message} (${code})`;
}

/** The first words of a foreign text. */
export function cut(text: string, length = 200): string {
  return text.length <= length ? text : `${text.slice(0, length)}...`;
}
