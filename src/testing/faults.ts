/**
 * Damage to one answer of a simulator at a time: the servers of the test kit ask here before and after
 * they answer. One plan at a time in a process.
 */
import type { ServerResponse } from 'node:http';

export const HTTP_FAULTS = [
  '500',
  '404',
  '403',
  '401',
  'busy',
  'cut',
  'empty',
  'closed',
  'html',
  'hang',
] as const;
export type HttpFault = (typeof HTTP_FAULTS)[number];

/** What may happen to the output of a command. */
export const COMMAND_FAULTS = [
  'error',
  'cut',
  'cut_line',
  'empty',
  'closed',
  'html',
  'no_status',
  'hang',
] as const;
export type CommandFault = (typeof COMMAND_FAULTS)[number];

/**
 * What an SNMP agent may do instead of an answer. That there is no such object, or no more of them, is
 * its own word: a driver has to believe it.
 */
export const SNMP_FAULTS = ['gen_err', 'too_big', 'empty', 'other_oid', 'hang'] as const;
export type SnmpFault = (typeof SNMP_FAULTS)[number];

export type Fault = HttpFault | CommandFault | SnmpFault;

export interface FaultPlan {
  readonly fault: Fault;
  /** Whether this request is the one to damage. */
  readonly matches: (request: string) => boolean;
  /** How many answers are damaged; Infinity: all. */
  readonly times: number;
}

let plan: FaultPlan | undefined;
let hits = 0;
const hung = new Set<string>();
let listener: ((request: string) => void) | undefined;

export const faults = {
  /** Damages answers from now on; the count of damaged ones begins anew. */
  plan(next: FaultPlan | undefined): void {
    plan = next;
    hits = 0;
    hung.clear();
  },
  /**
   * Whether the request with this mark has hung: the server lets go of it at once, and the test kit's
   * transports make a time-out of it, so that no test waits and none depends on how fast a machine is.
   */
  hung: (mark: string): boolean => hung.delete(mark),
  /** How many answers this plan has damaged. */
  hits: (): number => hits,
  /** Told of every request or command: `GET /path?query` or the command line. */
  listen(next: ((request: string) => void) | undefined): void {
    listener = next;
  },
  /** For servers: a request has come; the damage its answer gets, if any. `mark` tells it from others. */
  take(request: string, mark = request): Fault | undefined {
    listener?.(request);
    if (!plan || hits >= plan.times || !plan.matches(request)) return undefined;
    hits += 1;
    if (plan.fault === 'hang') hung.add(mark);
    return plan.fault;
  },
};

/** The header by which a request is told from others. */
export const MARK_HEADER = 'x-test-request';

const PLAIN_STATUS = { '500': 500, '404': 404, '403': 403, '401': 401 } as const;
const PAGE =
  '<html><head><title>Error</title></head><body>Service temporarily unavailable</body></html>';

/**
 * Damages the answer of an HTTP server. True: it is done, nothing else may be written. False: what the
 * server writes is cut before it leaves.
 */
export function damageResponse(fault: Fault, response: ServerResponse): boolean {
  switch (fault) {
    case '500':
    case '404':
    case '403':
    case '401':
      response.writeHead(PLAIN_STATUS[fault], { 'content-type': 'text/plain' });
      response.end();
      return true;
    case 'busy':
      response.writeHead(503, { 'content-type': 'text/plain', 'retry-after': '0' });
      response.end();
      return true;
    case 'empty':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '0' });
      response.end();
      return true;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(PAGE);
      return true;
    case 'closed':
    case 'hang':
      response.socket?.destroy();
      return true;
    default:
      cutBody(response);
      return false;
  }
}

/** What a command prints under damage; without a code it ends without an exit status. */
export interface DamagedOutput {
  readonly out: string;
  readonly code: number | undefined;
}

/** Damages what a command prints; `said`: how the vendor puts what HTTP has a status for. */
export function damageOutput(
  fault: Fault,
  out: string,
  said: { readonly error: string; readonly denied: string; readonly busy: string },
): DamagedOutput {
  // The first half, up to the end of a line.
  const half = out.slice(0, out.lastIndexOf('\n', out.length >> 1) + 1);
  switch (fault) {
    case '403':
      return { out: said.denied, code: 1 };
    case 'busy':
      return { out: said.busy, code: 1 };
    case 'cut':
      return { out: out.slice(0, out.length >> 1), code: 0 };
    case 'cut_line':
      return { out: half, code: 0 };
    case 'empty':
      return { out: '', code: 0 };
    case 'html':
      return { out: `${PAGE}\n`, code: 0 };
    case 'no_status':
      return { out: half, code: undefined };
    default:
      return { out: said.error, code: 1 };
  }
}

/** The whole length is announced, half of it sent, then the connection closes. */
function cutBody(response: ServerResponse): void {
  const chunks: Buffer[] = [];
  const keep = (chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  const end = response.end.bind(response);
  const writeHead = response.writeHead.bind(response);
  let status = 200;
  response.writeHead = (code: number) => {
    status = code;
    return response;
  };
  response.write = ((chunk: unknown) => {
    keep(chunk);
    return true;
  }) as typeof response.write;
  response.end = ((chunk: unknown) => {
    keep(chunk);
    const whole = Buffer.concat(chunks);
    writeHead(status, {
      'content-type': 'application/json',
      'content-length': String(Math.max(whole.length, 2)),
    });
    response.flushHeaders();
    response.socket?.write(whole.subarray(0, whole.length >> 1), () => response.socket?.destroy());
    void end;
    return response;
  }) as typeof response.end;
}
