/** The tables of the standard MIBs that are read, as plain rows. */
import { octetText, type SnmpClient, type SnmpValue } from 'delfin-agent/driver';

type Row = ReadonlyMap<number, SnmpValue>;

/** SNMPv2-MIB system group. */
export interface SystemGroup {
  readonly description: string | undefined;
  readonly name: string | undefined;
  readonly location: string | undefined;
  /** sysUpTime, hundredths of a second: falls when the agent restarts. */
  readonly uptime: number;
}

/** HOST-RESOURCES-MIB hrStorageTable. */
export interface StorageRow {
  readonly index: string;
  readonly type: string | undefined;
  readonly path: string;
  readonly unitBytes: number;
  readonly size: number;
  readonly used: number;
}

/** UCD-SNMP-MIB dskTable: KiB, and what users other than root may still write. */
export interface MountRow {
  readonly path: string;
  readonly total: number;
  readonly available: number;
  readonly used: number;
}

/** IF-MIB ifTable and ifXTable. */
export interface InterfaceRow {
  readonly index: string;
  readonly name: string;
  readonly alias: string | undefined;
  readonly type: number | undefined;
  readonly mac: Uint8Array | undefined;
  /** 1: up. */
  readonly adminStatus: number | undefined;
  readonly operStatus: number | undefined;
  readonly speedBits: number | undefined;
  readonly received: Counter | undefined;
  readonly sent: Counter | undefined;
}

/** A counter and its width. */
export interface Counter {
  readonly value: bigint;
  readonly bits: 32 | 64;
}

/** UCD-DISKIO-MIB diskIOTable. */
export interface DiskRow {
  readonly name: string;
  readonly reads: Counter | undefined;
  readonly writes: Counter | undefined;
  readonly bytesRead: Counter | undefined;
  readonly bytesWritten: Counter | undefined;
}

/** HOST-RESOURCES-MIB hrProcessorTable. */
export interface ProcessorRow {
  readonly index: string;
  readonly description: string | undefined;
  /** 1: unknown, 2: running, 3: warning, 4: testing, 5: down. */
  readonly status: number | undefined;
  /** Percent, average over the last minute. */
  readonly load: number | undefined;
}

export type HostClient = ReturnType<typeof createClient>;

export function createClient(snmp: SnmpClient) {
  return {
    async system(): Promise<SystemGroup> {
      const [description, uptime, name, location] = await snmp.get(
        [1, 3, 5, 6].map((column) => `1.3.6.1.2.1.1.${column}.0`),
      );
      return {
        description: words(description),
        name: words(name),
        location: words(location),
        uptime: integer(uptime) ?? 0,
      };
    },
    async storages(): Promise<StorageRow[]> {
      const rows = await snmp.table('1.3.6.1.2.1.25.2.3', [2, 3, 4, 5, 6]);
      return Array.from(rows, ([index, row]) => ({
        index,
        type: words(row.get(2)),
        path: words(row.get(3)) ?? index,
        unitBytes: integer(row.get(4)) ?? 0,
        size: unsigned(row.get(5)),
        used: unsigned(row.get(6)),
      }));
    },
    async mounts(): Promise<MountRow[]> {
      const rows = await snmp.table('1.3.6.1.4.1.2021.9', [2, 11, 12, 13, 14, 15, 16]);
      return Array.from(rows.values(), (row) => ({
        path: words(row.get(2)) ?? '',
        total: wide(row, 11),
        available: wide(row, 13),
        used: wide(row, 15),
      }));
    },
    async interfaces(): Promise<InterfaceRow[]> {
      const [basic, extended] = [
        await snmp.table('1.3.6.1.2.1.2.2', [2, 3, 5, 6, 7, 8, 10, 16]),
        await snmp.table('1.3.6.1.2.1.31.1.1', [1, 6, 10, 15, 18]),
      ];
      return Array.from(basic, ([index, row]) => toInterface(index, row, extended.get(index)));
    },
    /** IPv4 addresses by interface index (IP-MIB ipAddrTable). */
    async addresses(): Promise<ReadonlyMap<string, { address: string; mask: string | undefined }>> {
      const rows = await snmp.table('1.3.6.1.2.1.4.20', [2, 3]);
      return new Map(
        Array.from(rows, ([address, row]) => [
          String(integer(row.get(2)) ?? ''),
          { address, mask: words(row.get(3)) },
        ]),
      );
    },
    async diskCounters(): Promise<DiskRow[]> {
      const rows = await snmp.table('1.3.6.1.4.1.2021.13.15.1', [2, 3, 4, 5, 6, 12, 13]);
      return Array.from(rows.values(), (row) => ({
        name: words(row.get(2)) ?? '',
        reads: counter(row.get(5), 32),
        writes: counter(row.get(6), 32),
        bytesRead: counter(row.get(12), 64) ?? counter(row.get(3), 32),
        bytesWritten: counter(row.get(13), 64) ?? counter(row.get(4), 32),
      })).filter((row) => row.name !== '');
    },
    /** Bytes by device name, where the agent knows (hrDiskStorageTable and hrDeviceTable). */
    async diskSizes(): Promise<ReadonlyMap<string, number>> {
      const sizes = await snmp.table('1.3.6.1.2.1.25.3.6', [4]);
      if (sizes.size === 0) return new Map();
      const devices = await snmp.table('1.3.6.1.2.1.25.3.2', [3]);
      return new Map(
        Array.from(sizes, ([index, row]) => {
          const described = words(devices.get(index)?.get(3)) ?? '';
          return [/\/dev\/([\w-]+)/.exec(described)?.[1] ?? described, unsigned(row.get(4)) * 1024];
        }),
      );
    },
    async processors(): Promise<ProcessorRow[]> {
      const loads = await snmp.table('1.3.6.1.2.1.25.3.3', [1, 2]);
      const devices = await snmp.table('1.3.6.1.2.1.25.3.2', [3, 5]);
      return Array.from(loads, ([index, row]) => ({
        index,
        description: words(devices.get(index)?.get(3)),
        status: integer(devices.get(index)?.get(5)),
        load: integer(row.get(2)),
      }));
    },
    close: () => snmp.close(),
  };
}

function toInterface(index: string, row: Row, extended: Row | undefined): InterfaceRow {
  const fast = integer(extended?.get(15)) ?? 0;
  const slow = integer(row.get(5)) ?? 0;
  const mac = row.get(6);
  return {
    index,
    name: words(extended?.get(1)) ?? words(row.get(2)) ?? index,
    alias: words(extended?.get(18)),
    type: integer(row.get(3)),
    mac: mac instanceof Uint8Array && mac.length === 6 ? mac : undefined,
    adminStatus: integer(row.get(7)),
    operStatus: integer(row.get(8)),
    speedBits: fast > 0 ? fast * 1e6 : slow > 0 ? slow : undefined,
    received: counter(extended?.get(6), 64) ?? counter(row.get(10), 32),
    sent: counter(extended?.get(10), 64) ?? counter(row.get(16), 32),
  };
}

function words(value: SnmpValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  const read = value instanceof Uint8Array ? octetText(value) : String(value);
  return read.trim() === '' ? undefined : read.trim();
}

function integer(value: SnmpValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** Agents let a size beyond 2^31 run over into the sign bit. */
function unsigned(value: SnmpValue | undefined): number {
  return (integer(value) ?? 0) >>> 0;
}

/** Two columns, low and high 32 bits. */
function wide(row: Row, lowColumn: number): number {
  return unsigned(row.get(lowColumn)) + unsigned(row.get(lowColumn + 1)) * 2 ** 32;
}

/** Counter64 arrives as its octets. */
function counter(value: SnmpValue | undefined, bits: 32 | 64): Counter | undefined {
  if (typeof value === 'bigint') return { value, bits };
  if (typeof value === 'number') return { value: BigInt(value), bits };
  if (!(value instanceof Uint8Array) || value.length === 0 || value.length > 9) return undefined;
  return { value: value.reduce((sum, octet) => sum * 256n + BigInt(octet), 0n), bits };
}
