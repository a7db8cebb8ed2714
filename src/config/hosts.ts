/** Hosts, addresses and URLs as operators write them: what is wrong, with the spelling that is right. */
import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

const LABEL = /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;
const MAX_PORT = 65_535;

/** What is wrong with a host name or an address; IPv6 with or without brackets. */
export function hostFault(written: string): string | undefined {
  const text = written.trim();
  if (text === '') return 'is empty: write a name or an address';
  if (text !== written) return `has blanks around it: write ${shown(text)}`;
  const bare = withoutBrackets(text);
  if (isIPv4(bare) || isIPv6(bare)) return undefined;
  const part = partOfUrl(text);
  if (part) return part;
  if (/^[\d.]+$/.test(text)) {
    return 'is no address: four numbers from 0 to 255, as in 192.0.2.5';
  }
  if (/[^\u0000-\u007F]/.test(text)) {
    const ascii = domainToASCII(text);
    return `has letters that no host name has${ascii ? `: write ${ascii}` : ''}`;
  }
  const labels = text.replace(/\.$/, '').split('.');
  if (text.length > 253 || !labels.every((label) => LABEL.test(label))) {
    return 'is no host name or address: letters, digits, - and dots only';
  }
  // A URL takes a last part of digits for a number of an address.
  if (!URL.canParse(`http://${text}`)) return 'is no host name or address: correct it';
  return undefined;
}

/** A host with more around it, as copied out of a browser. */
function partOfUrl(text: string): string | undefined {
  const [, scheme, rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/)?(.*)$/s.exec(text) ?? [];
  const authority = rest.split(/[/?#]/)[0] ?? '';
  const [, host = '', port] =
    /^(\[[0-9A-Fa-f:.]+\]|[^:]*)(?::(\d+))?$/.exec(authority.split('@').at(-1) ?? '') ?? [];
  const more = [
    ...(scheme ? ['a scheme'] : []),
    ...(authority.includes('@') ? ['an account'] : []),
    ...(port ? ['a port'] : []),
    ...(rest.length > authority.length ? ['a path'] : []),
  ];
  if (more.length === 0) return undefined;
  const plain = hostFault(host) === undefined ? host : 'its name or address';
  return `is a host alone, without ${more.join(' and ')}: write host: ${plain}${port ? ` and port: ${port}` : ''}`;
}

/** Whether an address is the metadata service of a cloud, which gives credentials away. */
export function isMetadataService(host: string): boolean {
  return host === '169.254.169.254' || /^fd00:ec2::254$/i.test(host);
}

export function withoutBrackets(host: string): string {
  return /^\[.*\]$/.test(host) ? host.slice(1, -1) : host;
}

/** Whether a host is this machine. */
export function isLoopback(host: string): boolean {
  const bare = withoutBrackets(host).toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIPv4(bare) && bare.startsWith('127.'));
}

/** What is wrong with `host:port` to listen at. Its form is the schema's matter. */
export function addressFault({ host, port }: { host: string; port: number }): string | undefined {
  if (port > MAX_PORT) return `has no such port: write one from 0 to ${MAX_PORT}`;
  if (host === '') return undefined;
  if (host === '*') return `listens everywhere: write :${port}`;
  const fault = hostFault(host);
  return fault === undefined ? undefined : `has a host that ${fault}`;
}

const DEFAULT_PORT = 4318;
const GRPC_PORT = 4317;

/** What is wrong with the URL of an OTLP receiver; a base has `/v1/metrics` appended. */
export function endpointFault(written: string, kind: 'base' | 'whole'): string | undefined {
  const text = written.trim();
  if (/\s/.test(written)) {
    const joined = /\s/.test(text) ? '' : `: write ${withoutAccount(text)}`;
    return `has a blank in it${joined || ': remove it'}`;
  }
  const [, scheme = '', rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(.*)$/.exec(text) ?? [];
  if (scheme === '') {
    const plain = /^[\w.-]+(:\d+)?(\/[\w./-]*)?$/.test(text) ? text : `HOST:${DEFAULT_PORT}`;
    return `needs its scheme: write http://${plain} or https://${plain}`;
  }
  if (!/^https?$/i.test(scheme)) {
    return 'must begin http:// or https://: whether it is HTTP or gRPC is said by protocol, not by the endpoint';
  }
  const authority = rest.split(/[/?#]/)[0] ?? '';
  if (authority === '') return `names no host: write ${scheme}://HOST:${DEFAULT_PORT}`;
  if (authority.includes('@')) {
    return 'must not hold an account or a password: write them as a header, headers: { authorization: "Basic ${file:PATH}" }';
  }
  const port = portFault(authority);
  if (port) return port;
  if (!URL.canParse(text)) return `is no URL: write ${scheme}://HOST:${DEFAULT_PORT}`;
  const url = new URL(text);
  const host = hostFault(url.hostname);
  if (host) return `has a host that ${host}`;
  return kind === 'base' ? baseFault(url) : undefined;
}

function portFault(authority: string): string | undefined {
  const ports = authority
    .replace(/^\[[^\]]*\]/, '')
    .split(':')
    .slice(1);
  if (ports.length > 1) return 'has two ports: keep one';
  const [port] = ports;
  if (port === undefined) return undefined;
  if (!/^\d+$/.test(port)) return `has a port that is no number: write ${DEFAULT_PORT}`;
  if (Number(port) === 0 || Number(port) > MAX_PORT) {
    return `has no such port: write one from 1 to ${MAX_PORT}, usually ${DEFAULT_PORT}`;
  }
  return undefined;
}

function baseFault(url: URL): string | undefined {
  if (url.search || url.hash || url.pathname.startsWith('//')) {
    return `is a base, to which /v1/metrics and /v1/logs are appended: write ${url.origin}, and what stood in the query as headers`;
  }
  const signal = /\/v1\/(metrics|logs|traces)\/*$/.exec(url.pathname);
  if (!signal) return undefined;
  return `is a base, to which ${signal[0]} is appended: write ${url.href.slice(0, -signal[0].length)}`;
}

/** Of an endpoint that is right otherwise: the port of the other protocol is hardly meant. */
export function portDoubt(endpoint: string, isGrpc: boolean): string | undefined {
  const port = URL.canParse(endpoint) ? Number(new URL(endpoint).port) : 0;
  if (!isGrpc && port === GRPC_PORT) {
    return `port ${GRPC_PORT} is usually a receiver's gRPC: write protocol: grpc, or port ${DEFAULT_PORT} for OTLP over HTTP`;
  }
  if (isGrpc && port === DEFAULT_PORT) {
    return `port ${DEFAULT_PORT} is usually a receiver's HTTP: gRPC is at port ${GRPC_PORT}`;
  }
  return undefined;
}

function withoutAccount(url: string): string {
  return url.replace(/\/\/[^/]*@/, '//');
}

/** Names and addresses are harmless; anything else is not repeated. */
function shown(text: string): string {
  return /^[\w.:[\]-]+$/.test(text) ? text : 'it without them';
}
