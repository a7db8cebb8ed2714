/** Which of the server's storage systems a backend means: named, or recognised by its addresses; never guessed. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import {
  ConfigurationError,
  identifier,
  ipAddress,
  text,
  withId,
  type Foreign,
} from 'delfin-agent/driver';

export interface Device {
  /** storageDeviceId: the model's code and the serial number, 12 digits. */
  readonly id: string;
  /** As the list of storage systems describes it; undefined: the server has no list. */
  readonly system?: Foreign;
}

export const toDevices = (systems: readonly Foreign[]) =>
  withId(systems, (system, id): Device => ({ id, system }), 'storageDeviceId');

/** @throws ConfigurationError naming the arrays there are, if none or several fit. */
export async function chooseDevice(
  systems: readonly Foreign[],
  host: string,
  wanted: string | undefined,
): Promise<Device> {
  const fitting = await fittingOf(systems, host, wanted);
  const [device] = toDevices(fitting);
  if (fitting.length === 1 && device) return device;
  const known = systems.map(
    ({ storageDeviceId: id, model, serialNumber }) =>
      `${text(id)} (${text(model)}, serial ${text(serialNumber)})`,
  );
  const what =
    wanted === undefined
      ? `none or several of its storage systems have the address ${host}; set storage_device_id to one of`
      : `it has no storage system ${wanted}; storage_device_id must be one of`;
  throw new ConfigurationError(
    `the server at ${host}: ${what} ${known.join(', ') || '(it manages none)'}`,
  );
}

async function fittingOf(systems: readonly Foreign[], host: string, wanted: string | undefined) {
  if (wanted !== undefined) {
    return systems.filter(({ storageDeviceId }) => identifier(storageDeviceId) === wanted);
  }
  if (systems.length === 1) return systems;
  const written = plainAddress(host);
  const named = withAddress(systems, [written]);
  if (named.length > 0 || isIP(written) !== 0) return named;
  // The server knows its arrays by address, the configuration may have a name.
  const found = await lookup(host, { all: true }).catch(() => []);
  return withAddress(
    systems,
    found.map(({ address }) => address),
  );
}

const withAddress = (systems: readonly Foreign[], wanted: readonly string[]) =>
  systems.filter((system) => addressesIn(system).some((one) => wanted.includes(plainAddress(one))));

const plainAddress = (host: string) => host.replace(/^\[|\]$/g, '').toLowerCase();

/** The SVP, the address of a VSP One Block, and the two controllers. */
const addressesIn = ({ svpIp, ip, ctl1Ip, ctl2Ip }: Foreign) =>
  [svpIp, ip, ctl1Ip, ctl2Ip].flatMap((one) => text(one) ?? []);

/** The array's own addresses, as its description has them. */
export function addressesOf(system: Foreign): readonly string[] {
  return [...new Set(addressesIn(system))].filter(ipAddress);
}
