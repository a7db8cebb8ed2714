/** Which of the server's storage systems a backend means: named, or recognised by its addresses; never guessed. */
import { lookup } from 'node:dns/promises';
import { ConfigurationError, ipAddress, text, withId, type Foreign } from 'delfin-agent/driver';

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
  const [device] = fitting;
  if (device && fitting.length === 1) return device;
  const known = toDevices(systems).map(
    ({ id, system }) =>
      `${id} (${text(system?.['model'])}, serial ${text(system?.['serialNumber'])})`,
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
  const devices = toDevices(systems);
  if (wanted !== undefined) return devices.filter(({ id }) => id === wanted);
  // Of several of which one alone has an id it may be another.
  if (systems.length === 1) return devices;
  const written = plainAddress(host);
  // The server knows its arrays by address, the configuration may have a name.
  const found = await lookup(written, { all: true }).catch(() => []);
  const own = new Set([written, ...found.map(({ address }) => address)]);
  return devices.filter(({ system = {} }) =>
    addressesIn(system).some((one) => own.has(plainAddress(one))),
  );
}

const plainAddress = (host: string) => host.replace(/^\[|\]$/g, '').toLowerCase();

/** The SVP, the address of a VSP One Block, and the two controllers. */
const addressesIn = ({ svpIp, ip, ctl1Ip, ctl2Ip }: Foreign) =>
  [svpIp, ip, ctl1Ip, ctl2Ip].flatMap((one) => text(one) ?? []);

/** The array's own addresses, as its description has them. */
export function addressesOf(system: Foreign): readonly string[] {
  return [...new Set(addressesIn(system))].filter(ipAddress);
}
