/** A simulated server of the Configuration Manager REST API that manages a VSP among other arrays, on loopback. */
import type { ServerResponse } from 'node:http';
import { CERTIFICATE_FILE, sendJson, serve, type ServedRequest } from '../../kit/http-server.ts';
import {
  CANARY_PASSWORD,
  newStats,
  type Simulator,
  type SimulatorDefinition,
  type SimulatorOptions,
} from '../../kit/simulator.ts';
import { answer, data, ok, refuse, type Answer } from './api.ts';
import { createModel, GENERATIONS, type Generation } from './data.ts';
import { systemObject } from './objects.ts';
import { createSessions } from './sessions.ts';
import { createSettings, type SnmpSettings } from './settings.ts';
import { truthOf } from './truth.ts';

const USER = 'monitor';
const HOST = '127.0.0.1';
const BASE = '/ConfigurationManager/v1/objects/storages';
/** Every so many requests the server is busy. */
const BUSY_EVERY = 9;

export interface VspOptions extends SimulatorOptions {
  readonly volumes?: number;
  readonly ldevPage?: number;
  readonly groupsByPort?: boolean;
  readonly reader?: boolean;
  /** The list of storage systems: open to all (the default), after a login, or not there. */
  readonly systems?: 'open' | 'authenticated' | 'absent';
  /** Address of the array's first controller; another than the server's if a server manages it. */
  readonly controllerAddress?: string;
  /** Requests over which the array fails: path below the array, with query. */
  readonly broken?: readonly string[];
}

export const simulator: SimulatorDefinition = {
  vendor: 'hitachi',
  model: 'vsp',
  generations: Object.keys(GENERATIONS),
  start: (options) => startVsp(options),
};

/** A simulator whose SNMP settings a test can look at. */
export interface Vsp extends Simulator {
  readonly snmp: SnmpSettings;
  /** The open sessions stay in use for ever. */
  jamSessions(): void;
}

export async function startVsp(options: VspOptions = {}): Promise<Vsp> {
  const { scenario = 'normal', seed = 1, generation = 'g900', port } = options;
  const model = createModel({
    seed,
    generation: generation as Generation,
    volumes: options.volumes ?? (scenario === 'huge' ? 20_000 : 260),
    sparse: scenario === 'sparse',
  });
  const stats = newStats();
  const sessions = createSessions(scenario, stats, `${USER}:${CANARY_PASSWORD}`);
  const settings = createSettings();
  const address = options.controllerAddress ?? HOST;
  const api = {
    model,
    scenario,
    host: address,
    ldevPage: options.ldevPage ?? Number.POSITIVE_INFINITY,
    groupsByPort: options.groupsByPort ?? false,
    reader: options.reader ?? false,
  };
  const neighbours = [
    {
      storageDeviceId: '836000400001',
      model: 'VSP G800',
      serialNumber: 400_001,
      svpIp: '192.0.2.200',
    },
    {
      storageDeviceId: '900000040077',
      model: 'VSP 5100',
      serialNumber: 40_077,
      svpIp: '192.0.2.201',
    },
  ];
  const root = `${BASE}/${model.deviceId}`;

  function systems(request: ServedRequest): Answer {
    if (options.systems === 'absent') return refuse(404, 'The resource does not exist.');
    if (options.systems === 'authenticated' && !sessions.knows(request)) {
      return refuse(401, 'The Authorization header is missing.');
    }
    const [first, second] = neighbours;
    return data([first ?? {}, systemObject(model, address, false, false), second ?? {}]);
  }

  function respond(request: ServedRequest): Answer {
    if (request.path === BASE) return systems(request);
    if (request.path === `${BASE}/instance` && options.systems === 'absent') {
      if (!sessions.knows(request)) return refuse(401, 'The user authentication failed.');
      return ok(systemObject(model, address, true, false));
    }
    const session = sessions.handle(request, root);
    if (session) return session;
    if (!request.path.startsWith(root))
      return refuse(404, 'The storage system does not exist.', 'KART30013-E');
    if (request.method !== 'GET') stats.writes.push(`${request.method} ${request.path}`);
    const setting = settings.handle(request, request.path.slice(root.length));
    if (setting) return setting;
    if (request.method !== 'GET') return refuse(405, 'The method is not allowed.');
    const below = decodeURIComponent(request.url.slice(root.length));
    if (options.broken?.some((start) => (start ? below.startsWith(start) : below === ''))) {
      return refuse(500, 'An internal error occurred.', 'KART20000-E');
    }
    if (scenario === 'busy' && stats.requests % BUSY_EVERY === 0) return busy(stats.requests);
    return answer(api, request.path.slice(root.length), request);
  }

  const https = await serve(
    (request, response) => {
      stats.requests += 1;
      const afterLogin = request.path !== BASE && !request.path.includes('/sessions');
      if (scenario === 'hang' && afterLogin) return;
      const { status, body, headers } = respond(request);
      if (scenario === 'garbage' && afterLogin) sendGarbage(response, stats.requests, body);
      else sendJson(response, status, body, headers);
    },
    port === undefined ? {} : { port },
  );
  return {
    access: {
      rest: {
        host: HOST,
        port: https.port,
        username: USER,
        password: CANARY_PASSWORD,
        ca: CERTIFICATE_FILE,
      },
      ...(address === HOST ? {} : { storage_device_id: model.deviceId }),
    },
    truth: truthOf(model, HOST),
    stats,
    snmp: settings.snmp,
    jamSessions: () => sessions.jam(),
    expireSessions: () => sessions.expire(),
    [Symbol.asyncDispose]: () => https[Symbol.asyncDispose](),
  };
}

function busy(count: number): Answer {
  if (count % 2 === 0) return refuse(409, 'The resource is being used by another request.');
  return {
    ...refuse(503, 'The REST API server is busy.', 'KART00003-E'),
    headers: { 'retry-after': '0' },
  };
}

/** A proxy's page, half an answer, or JSON of another service. */
function sendGarbage(response: ServerResponse, count: number, body: unknown): void {
  const kinds = [
    '<html><body>It works!</body></html>',
    JSON.stringify(body).slice(0, 40),
    JSON.stringify(['not', 'an', 'object']).slice(1),
  ];
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(kinds[count % kinds.length]);
}
