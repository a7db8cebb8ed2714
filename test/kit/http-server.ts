/** An HTTPS server on loopback for simulators and tests, with the kit's self-signed certificate. */
import { readFileSync } from 'node:fs';
import { serveHttp, type Handler, type Served } from '../../src/testing/http-server.ts';

export { sendJson, type Served, type ServedRequest } from '../../src/testing/http-server.ts';

const file = (name: string) => readFileSync(new URL(`./tls/${name}`, import.meta.url));

/** PEM file of the certificate that all simulators show. */
export const CERTIFICATE_FILE = new URL('./tls/cert.pem', import.meta.url).pathname;

/** Starts a server; `handle` gets whole requests and writes the answer itself. */
export function serve(
  handle: Handler,
  { port, plain }: { readonly port?: number; readonly plain?: boolean } = {},
): Promise<Served> {
  const tls = { key: file('key.pem'), cert: file('cert.pem') };
  return serveHttp(handle, {
    ...(port === undefined ? {} : { port }),
    ...(plain ? {} : { tls }),
  });
}
