/** An SNMP agent on loopback that answers as told, v1 and v2c: for what no real agent does on demand. */
import { createSocket } from 'node:dgram';

export interface AgentRequest {
  readonly version: 'v1' | 'v2c';
  readonly type: 'get' | 'next' | 'bulk';
  readonly oids: readonly string[];
  /** Of a bulk request. */
  readonly repetitions: number;
}

/** Integer, octets, Counter64, an OID or an address (`{ oid }`, `{ ip }`); undefined: the end of the view. */
export type AgentValue =
  | number
  | string
  | Uint8Array
  | bigint
  | { readonly oid: string }
  | { readonly ip: string }
  | undefined;

/** An error status, or OIDs with values. No answer: nothing. */
export type AgentAnswer =
  | { readonly status: number }
  | readonly (readonly [oid: string, value: AgentValue])[]
  | undefined;

export interface FakeAgent extends AsyncDisposable {
  readonly port: number;
  readonly requests: readonly AgentRequest[];
  readonly bytes: { received: number; sent: number };
}

const TYPES: Readonly<Record<number, AgentRequest['type']>> = { 0xa0: 'get', 0xa1: 'next', 0xa5: 'bulk' }; // prettier-ignore

export async function startFakeAgent(
  answer: (request: AgentRequest) => AgentAnswer,
  host: '127.0.0.1' | '::1' = '127.0.0.1',
): Promise<FakeAgent> {
  const requests: AgentRequest[] = [];
  const bytes = { received: 0, sent: 0 };
  const socket = createSocket(host === '::1' ? 'udp6' : 'udp4');
  socket.on('message', (datagram, { port, address }) => {
    bytes.received += datagram.length;
    const [version, community, pdu] = children(content(datagram));
    const [id, second, third, list] = children(content(pdu ?? datagram));
    const oids = children(content(list ?? datagram)).map((each) =>
      toOid(content(children(content(each))[0] ?? each)),
    );
    const request: AgentRequest = {
      version: content(version ?? datagram)[0] === 0 ? 'v1' : 'v2c',
      type: TYPES[pdu?.[0] ?? 0] ?? 'get',
      oids,
      repetitions: content(third ?? datagram).readUIntBE(0, content(third ?? datagram).length),
    };
    requests.push(request);
    const said = answer(request);
    if (!said || !version || !community || !id || !second) return;
    const [status, varbinds] =
      'status' in said ? [said.status, oids.map((oid) => [oid, 0] as const)] : [0, said];
    const reply = element(
      0x30,
      version,
      community,
      element(
        0xa2,
        id,
        integer(status),
        integer(status === 0 ? 0 : 1),
        element(
          0x30,
          ...varbinds.map(([oid, value]) => element(0x30, fromOid(oid), encoded(value))),
        ),
      ),
    );
    bytes.sent += reply.length;
    socket.send(reply, port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, host, () => resolve()));
  return {
    port: socket.address().port,
    requests,
    bytes,
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function encoded(value: AgentValue): Buffer {
  if (value === undefined) return element(0x82);
  if (typeof value === 'number') return integer(value);
  if (typeof value === 'string') return element(0x04, Buffer.from(value));
  if (value instanceof Uint8Array) return element(0x04, Buffer.from(value));
  if (typeof value === 'bigint') {
    const octets = Buffer.alloc(8);
    octets.writeBigUInt64BE(value);
    return element(0x46, octets);
  }
  if ('oid' in value) return fromOid(value.oid);
  return element(0x40, Buffer.from(value.ip.split('.').map(Number)));
}

function element(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length = body.length < 0x80 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

/** A gauge beyond 31 bits keeps its sign bit clear. */
function integer(value: number): Buffer {
  const octets = Buffer.alloc(8);
  octets.writeBigInt64BE(BigInt(value));
  return value >= -(2 ** 31) && value < 2 ** 31
    ? element(0x02, octets.subarray(4))
    : element(0x42, octets.subarray(3));
}

function fromOid(oid: string): Buffer {
  const [first = 0, second = 0, ...rest] = oid.split('.').map(Number);
  const octets = rest.flatMap((arc) => {
    const base = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) base.unshift((left & 0x7f) | 0x80);
    return base;
  });
  return element(0x06, Buffer.from([first * 40 + second, ...octets]));
}

function toOid(octets: Buffer): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const octet of octets.subarray(1)) {
    arc = arc * 128 + (octet & 0x7f);
    if (octet < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const first = octets[0] ?? 0;
  return [Math.floor(first / 40), first % 40, ...arcs].join('.');
}

function extent(der: Buffer, at: number): { from: number; to: number } {
  const first = der[at + 1] ?? 0;
  if (first < 0x80) return { from: at + 2, to: at + 2 + first };
  const from = at + 2 + (first & 0x7f);
  return { from, to: from + der.readUIntBE(at + 2, first & 0x7f) };
}

function content(der: Buffer): Buffer {
  const { from, to } = extent(der, 0);
  return der.subarray(from, to);
}

function children(der: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < der.length; at = extent(der, at).to) {
    found.push(der.subarray(at, extent(der, at).to));
  }
  return found;
}
