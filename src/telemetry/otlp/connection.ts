/** The way to the receiver, for HTTP and gRPC alike: its TLS, and a proxy in between. */
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { getCACertificates } from 'node:tls';
import { resolver } from '../../driver/resolver.ts';
import { VERSION } from '../../version.ts';
import type { OtlpSettings, Signal } from './config.ts';

/** More of an answer is not read. */
export const MAX_ANSWER_BYTES = 64 * 1024;

/** As the specification wants it: the exporter with its language, our name before it. */
export const USER_AGENT = `delfin-agent/${VERSION} OTel-OTLP-Exporter-JavaScript/${VERSION}`;

/** @throws Error if a file can't be read. */
export function tlsOf({ ca, cert, key, insecure }: OtlpSettings) {
  return {
    ...(ca ? { ca: readFileSync(ca) } : {}),
    ...(cert && key ? { cert: readFileSync(cert), key: readFileSync(key) } : {}),
    ...(insecure ? { rejectUnauthorized: false } : {}),
  };
}

/** Headers of every request, and what of them nobody may read in a log. */
export function headersOf(url: URL, otlp: OtlpSettings, signal: Signal) {
  const headers: Readonly<Record<string, string>> = {
    'user-agent': USER_AGENT,
    ...basicOf(url, 'authorization'),
    ...Object.fromEntries(
      Object.entries(otlp.headers[signal]).map(([key, value]) => [key, value.reveal()]),
    ),
  };
  const values = Object.values({ ...headers, 'user-agent': '' });
  const words = values.flatMap((value) => value.split(/\s+/));
  return { headers, secrets: [...values, ...words, ...url.searchParams.values()] };
}

/** Basic authentication from `http://user:password@host`. */
export function basicOf(
  { username, password }: URL,
  header: 'authorization' | 'proxy-authorization',
): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { [header]: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** Where a URL leads to; an IPv6 address without its brackets. */
export function addressOf({ protocol, hostname, port }: URL) {
  const secure = protocol === 'https:';
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (secure ? 443 : 80)),
    secure,
  };
}

/** The proxy does not let us through: its status, or nothing of HTTP. */
export class ProxyRefused extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`the proxy answers ${status}`);
    this.status = status;
  }
}

/**
 * A connection through a proxy, by CONNECT.
 * @throws ProxyRefused, or Error as the network has it
 */
export async function tunnel(
  proxy: URL,
  target: URL,
  otlp: OtlpSettings,
  signal: AbortSignal,
): Promise<Socket> {
  const { host, port, secure } = addressOf(proxy);
  const authority = `${target.hostname}:${addressOf(target).port}`;
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const request = (secure ? httpsRequest : httpRequest)({
    host,
    port,
    method: 'CONNECT',
    path: authority,
    headers: {
      host: authority,
      'user-agent': USER_AGENT,
      ...basicOf(proxy, 'proxy-authorization'),
    },
    lookup: resolver.lookup,
    // The authority of the receiver may be that of the proxy, too.
    ...(secure && otlp.ca
      ? { ca: [...getCACertificates('default'), readFileSync(otlp.ca, 'utf8')] }
      : {}),
    agent: false,
    signal,
  });
  request.once('connect', ({ statusCode = 0 }, socket: Socket) => {
    if (statusCode === 200) return resolve(socket);
    socket.destroy();
    reject(new ProxyRefused(statusCode));
  });
  // An answer to CONNECT that is no tunnel.
  request.once('response', (response) => {
    response.destroy();
    reject(new ProxyRefused(response.statusCode ?? 0));
  });
  request.on('error', reject);
  request.end();
  return await promise;
}
