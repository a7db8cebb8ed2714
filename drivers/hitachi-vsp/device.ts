/** Which of the server's storage systems a backend means: named, or recognised by its addresses; never guessed. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import {
  basicCredentials,
  compact,
  ConfigurationError,
  granted,
  identifier,
  InvalidResponse,
  object,
  text,
  toError,
  type Exchange,
  type Exchanged,
  type Foreign,
  type RestAccess,
} from 'delfin-agent/driver';
import { members } from './protocol.ts';

export interface Device {
  /** storageDeviceId: the model's code and the serial number, 12 digits. */
  readonly id: string;
  readonly model?: string;
  readonly serial?: string;
  /** Of the array's own, where its management listens. */
  readonly addresses?: readonly string[];
}

/** Addresses of the array's own: its SVP, the one of a VSP One Block, its two controllers. */
const ADDRESSES = ['svpIp', 'ip', 'ctl1Ip', 'ctl2Ip'] as const;

/** @throws ConfigurationError naming the arrays there are, if none or several fit. */
export async function findDevice(
  exchange: Exchange,
  access: RestAccess,
  wanted: string | undefined,
): Promise<Device> {
  const { answer, response } = await askForSystems(exchange, access);
  if (response.status === 404) return await onlyDevice(exchange, access, wanted);
  if (answer.meaning !== 'ok') throw toError(answer, 'GET /storages');
  const systems = members(answer.body, '/storages');
  const fitting = await choose(systems, access.host, wanted);
  const [device] = fitting.flatMap((system) => toDevice(system) ?? []);
  if (fitting.length === 1 && device) return device;
  throw new ConfigurationError(explain(systems, access.host, wanted));
}

/** The list needs no login on most servers; the password goes out only to one that asks for it. */
async function askForSystems(exchange: Exchange, access: RestAccess): Promise<Exchanged> {
  const open = await exchange({ path: '/storages' });
  if (open.answer.meaning !== 'expired') return open;
  const asked = await exchange({ path: '/storages', headers: basicCredentials(access) });
  if (asked.answer.meaning === 'expired') granted(asked, access.host, access.username);
  return asked;
}

/** A controller's own server without the list describes the one array it belongs to. */
async function onlyDevice(
  exchange: Exchange,
  access: RestAccess,
  wanted: string | undefined,
): Promise<Device> {
  if (wanted !== undefined) return { id: wanted };
  const path = '/storages/instance';
  const exchanged = await exchange({ path, headers: basicCredentials(access) });
  const device = toDevice(object(granted(exchanged, access.host, access.username), path));
  if (!device) throw new InvalidResponse(`${path} names no storageDeviceId`);
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
    addresses: addressesOf(system),
  });
}

/** The array's own addresses, as its description has them. */
export function addressesOf(system: Foreign): readonly string[] {
  const known = ADDRESSES.map((field) => text(system[field])).filter((one) => one !== undefined);
  return [...new Set(known.filter((one) => !UNSET.has(one)))];
}

const UNSET = new Set(['0.0.0.0', '::']);

function explain(systems: readonly Foreign[], host: string, wanted: string | undefined): string {
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
  return `the server at ${host}: ${what} ${known || '(it manages none)'}`;
}
