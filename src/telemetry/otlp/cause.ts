/** Why an export failed: a short word for the metric, a sentence that says what to check. */
import { redactUrls } from '../../redact.ts';
import type { OtlpSettings } from './config.ts';
import { ProxyRefused } from './connection.ts';

/** Values of `error_type` beside HTTP status codes. */
export type FailureType =
  | 'timeout'
  | 'dns'
  /** Refused, reset, no route. */
  | 'connection'
  /** Not trusted, expired, of another name; or ours is not. */
  | 'certificate'
  /** What answers is no HTTP server, or speaks TLS where we don't, or the other way round. */
  | 'protocol'
  /** The proxy does not let it through. */
  | 'proxy'
  /** It can't be sent as it is configured. */
  | 'configuration';

export interface Cause {
  readonly errorType: string;
  readonly text: string;
}

/** By what we speak: the other one's port is the commonest mistake. */
const OTHER_PORT = {
  http: 'is it the gRPC port 4317? OTLP over HTTP is usually at port 4318',
  grpc: 'is it the HTTP port 4318? OTLP over gRPC is usually at port 4317',
} as const;
const GRPC = OTHER_PORT.http;
const NO_TLS = 'what answers does not speak TLS: write http:// in otlp.endpoint, or the https port';
const UNTRUSTED = 'set otlp.ca to the PEM file of its authority';
const CLIENT_CERTIFICATE =
  'the receiver does not take the certificate it was shown, or was shown none';
const NO_HTTP2 = `what answers is no gRPC server: ${GRPC}`;
const NO_HTTP = `what answers is no HTTP/1.1 server: ${GRPC}`;

/** By the code of the error: Node's, OpenSSL's, undici's. */
const CAUSES: Readonly<Record<string, readonly [FailureType, string]>> = {
  ENOTFOUND: ['dns', 'the name of the host is not known: check otlp.endpoint'],
  EAI_AGAIN: ['dns', 'the name server gave no answer: check /etc/resolv.conf and otlp.endpoint'],
  ECONNREFUSED: ['connection', `nothing listens there: is the receiver on? ${GRPC}`],
  ECONNRESET: ['connection', `the connection was closed without an answer: ${GRPC}`],
  UND_ERR_SOCKET: ['connection', `the connection was closed without an answer: ${GRPC}`],
  EPIPE: ['connection', `the connection was closed without an answer: ${GRPC}`],
  EHOSTUNREACH: ['connection', 'there is no way to the host: check the address and the route'],
  ENETUNREACH: ['connection', 'there is no way to its network: check the address and the route'],
  UND_ERR_CONNECT_TIMEOUT: ['timeout', 'no connection in time: check the address and firewalls'],
  ETIMEDOUT: ['timeout', 'no connection in time: check the address and firewalls'],
  ERR_SSL_WRONG_VERSION_NUMBER: ['protocol', NO_TLS],
  ERR_SSL_PACKET_LENGTH_TOO_LONG: ['protocol', NO_TLS],
  ERR_SSL_HTTP_REQUEST: ['protocol', NO_TLS],
  EPROTO: ['protocol', NO_TLS],
  UND_ERR_HEADERS_OVERFLOW: ['protocol', 'the headers of the answer are too long'],
  UND_ERR_INVALID_ARG: ['configuration', 'otlp.headers has what is no header'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['certificate', `the certificate signs itself: ${UNTRUSTED}`],
  SELF_SIGNED_CERT_IN_CHAIN: ['certificate', `the authority is not trusted: ${UNTRUSTED}`],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['certificate', `the authority is not known: ${UNTRUSTED}`],
  UNABLE_TO_GET_ISSUER_CERT: ['certificate', `the authority is not known: ${UNTRUSTED}`],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['certificate', `the authority is not known: ${UNTRUSTED}`],
  CERT_HAS_EXPIRED: ['certificate', 'the certificate has expired: renew it, check both clocks'],
  CERT_NOT_YET_VALID: ['certificate', 'the certificate is not valid yet: check both clocks'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'certificate',
    'the certificate is for another name: write that name in otlp.endpoint',
  ],
};

const STATUSES: Readonly<Record<number, string>> = {
  400: 'the request is not to its liking: check otlp.protocol, and http or https in otlp.endpoint',
  401: 'the credentials are missing or wrong: check otlp.headers',
  403: 'the credentials do not allow this: check otlp.headers',
  404: 'there is no such path: check otlp.endpoint; /v1/metrics and /v1/logs are appended',
  405: 'there is another service at this path: check otlp.endpoint',
  413: 'the batch is larger than the receiver takes',
  415: 'this encoding is not taken: check otlp.protocol and otlp.compression',
  429: 'the receiver asks for fewer requests',
};

/** Of what was thrown instead of an answer. Built anew: a library's text may quote the request. */
export function causeOf(
  error: unknown,
  { protocol, timeoutMs }: OtlpSettings,
  deadline: AbortSignal,
): Cause {
  if (deadline.aborted) {
    return { errorType: 'timeout', text: `no complete answer within ${timeoutMs} ms` };
  }
  const cause = causeOfCode(error);
  const otherPort = OTHER_PORT[protocol === 'grpc' ? 'grpc' : 'http'];
  return { ...cause, text: cause.text.replace(GRPC, otherPort) };
}

function causeOfCode(error: unknown): Cause {
  if (error instanceof ProxyRefused) return proxyCause(error.status);
  const code = codeOf(error);
  if (code.startsWith('ERR_HTTP2_'))
    return { errorType: 'protocol', text: `${NO_HTTP2} (${code})` };
  const known = CAUSES[code];
  if (known) return { errorType: known[0], text: `${known[1]} (${code})` };
  // undici's parser says what is wrong by its code, or by its name alone.
  const parsed = code.startsWith('HPE_') || (error as Error | null)?.name === 'HTTPParserError';
  if (parsed) return { errorType: 'protocol', text: NO_HTTP };
  if (/ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE)/.test(code)) {
    return { errorType: 'certificate', text: `${CLIENT_CERTIFICATE} (${code})` };
  }
  if (/SSL|CERT|CRL/.test(code)) {
    return { errorType: 'certificate', text: `no TLS connection (${code})` };
  }
  return { errorType: 'connection', text: `no answer (${code || 'unknown reason'})` };
}

/** Of an answer that is not 2xx, with the first words of its text; `secrets` are taken out of it. */
export function causeOfStatus(
  status: number,
  location: string,
  answer: Uint8Array,
  secrets: readonly string[],
): Cause {
  const errorType = String(status);
  if (status >= 300 && status < 400) {
    const target = location === '' ? 'elsewhere' : redactUrls(location.slice(0, MAX_EXCERPT));
    return {
      errorType,
      text: `the receiver sends to ${target}, which is not followed: write it in otlp.endpoint`,
    };
  }
  const fallback =
    status >= 500 ? 'the receiver has a fault of its own' : 'the receiver refuses it';
  const said = excerptOf(answer, secrets);
  return {
    errorType,
    text: `HTTP ${status}: ${STATUSES[status] ?? fallback}${said === '' ? '' : `; it says: ${said}`}`,
  };
}

const MAX_EXCERPT = 200;

function proxyCause(status: number): Cause {
  const advice =
    status === 407
      ? 'it wants credentials: write them in otlp.proxy, http://USER:PASSWORD@HOST'
      : 'check whether it lets you through to this host and port';
  return { errorType: 'proxy', text: `the proxy answers HTTP ${status}: ${advice}` };
}

/** What is readable of a text, HTML, JSON or protobuf answer. */
export function excerptOf(answer: Uint8Array, secrets: readonly string[]): string {
  let text = Buffer.from(answer.subarray(0, 4_096)).toString('utf8');
  for (const secret of secrets) {
    // Short ones would be found in any text.
    if (secret.length >= 4) text = text.replaceAll(secret, '***');
  }
  return redactUrls(text)
    .replaceAll(/<[^>]{0,1000}>/g, ' ')
    .replaceAll(/[^\p{L}\p{N}\p{P}\p{S}]+/gu, ' ')
    .replaceAll('\uFFFD', '')
    .trim()
    .slice(0, MAX_EXCERPT)
    .toWellFormed();
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { code, errors, cause } = error as { code?: unknown; errors?: unknown; cause?: unknown };
  if (typeof code === 'string' && code !== '') return code;
  // Several addresses were tried: the first tells as much as the others.
  return codeOf(Array.isArray(errors) ? errors[0] : cause);
}
