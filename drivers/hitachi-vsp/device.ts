/** Which of the server's storage systems a backend means: named, or recognised by its addresses; never guessed. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import {
  compact,
  ConfigurationError,
  identifier,
  InvalidResponse,
  object,
  text,
  type Foreign,
  type HttpClient,
  type HttpResponse,
  type RestAccess,
} from 'delfin-agent/driver';
import { basic, members, toError, toLoginError } from './protocol.ts';

export interface Device {
  /** storageDeviceId: the model's code and the serial number, 12 digits. */
  readonly id: string;
  readonly model?: string;
  readonly serial?: string;
}

/** Addresses of the array's own: its SVP, its two controllers, or the one of a VSP One Block. */
const ADDRESSES = ['svpIp', 'ctl1Ip', 'ctl2Ip', 'ip'] as const;

/** @throws ConfigurationError naming the arrays there are, if none or several fit. */
export async function findDevice(
  http: HttpClient,
  access: RestAccess,
  wanted: string | undefined,
): Promise<Device> {
  const response = await askForSystems(http, access);
  if (response.status === 404) return await onlyDevice(http, access, wanted);
  if (response.status !== 200) throw toError(response, '/storages');
  const systems = members(response.json(), '/storages');
  const fitting = await choose(systems, access.host, wanted);
  const [device] = fitting.flatMap((system) => toDevice(system) ?? []);
  if (fitting.length === 1 && device) return device;
  throw new ConfigurationError(explain(http, systems, access.host, wanted));
}

/** The list needs no login on most servers; the password goes out only to one that asks for it. */
async function askForSystems(http: HttpClient, access: RestAccess): Promise<HttpResponse> {
  const open = await http.request({ path: '/storages' });
  if (open.status !== 401 && open.status !== 403) return open;
  const response = await http.request({ path: '/storages', headers: basic(access) });
  if (response.status === 401 || response.status === 403) {
    throw toLoginError(response, http.origin, access.username);
  }
  return response;
}

/** A controller's own server without the list describes the one array it belongs to. */
async function onlyDevice(
  http: HttpClient,
  access: RestAccess,
  wanted: string | undefined,
): Promise<Device> {
  if (wanted !== undefined) return { id: wanted };
  const path = '/storages/instance';
  const response = await http.request({ path, headers: basic(access) });
  if (response.status !== 200) throw toLoginError(response, http.origin, access.username);
  const device = toDevice(object(response.json(), path));
  if (!device) throw new InvalidResponse(`${http.origin}: ${path} names no storageDeviceId`);
  return device;
}

async function choose(
  systems: readonly Foreign[],
  host: string,
  wanted: string | undefined,
): Promise<readonly Foreign[]> {
  if (wanted !== undefined) {
    return systems.filter((system) => identifier(system['storageDeviceId']) === wanted);
  }
  if (systems.length === 1) return systems;
  const named = withAddress(systems, [plainAddress(host)]);
  return named.length > 0 ? named : withAddress(systems, await resolve(host));
}

function withAddress(
  systems: readonly Foreign[],
  addresses: readonly string[],
): readonly Foreign[] {
  return systems.filter((system) =>
    ADDRESSES.some((field) => addresses.includes(plainAddress(text(system[field]) ?? ''))),
  );
}

/** The server knows its arrays by address, the configuration may have a name. */
async function resolve(host: string): Promise<string[]> {
  if (isIP(plainAddress(host)) !== 0) return [];
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

function plainAddress(host: string): string {
  return host.replace(/^\[|\]$/g, '').toLowerCase();
}

function toDevice(system: Foreign): Device | undefined {
  const id = identifier(system['storageDeviceId']);
  if (id === undefined) return undefined;
  return compact<Device>({
    id,
    model: text(system['model']),
    serial: text(system['serialNumber']),
  });
}

function explain(
  http: HttpClient,
  systems: readonly Foreign[],
  host: string,
  wanted: string | undefined,
): string {
  const known = systems
    .map(
      (system) =>
        `${text(system['storageDeviceId'])} (${text(system['model'])}, serial ${text(system['serialNumber'])})`,
    )
    .join(', ');
  const what =
    wanted === undefined
      ? `none or several of its storage systems have the address ${host}; set storage_device_id to one of`
      : `it has no storage system ${wanted}; storage_device_id must be one of`;
  return `${http.origin}: ${what} ${known || '(it manages none)'}`;
}
