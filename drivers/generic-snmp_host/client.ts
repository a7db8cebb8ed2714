/** The tables of the standard MIBs that are read, as plain rows. A column that fails costs itself and is told. */
import { type SnmpClient } from 'delfin-agent/driver';
import { counter, integer, size, words, type Counter, type Row } from './values.ts';

/** A part of the running call's answer is missing. */
export type Tell = (error: unknown, what?: string) => void;

export interface Table {
  readonly rows: ReadonlyMap<string, Row>;
  /** Columns that could not be read. */
  readonly lost: ReadonlySet<number>;
}

export interface TableOptions {
  readonly required?: readonly number[];
  readonly adds?: boolean;
}

/** SNMPv2-MIB system group. */
export interface SystemGroup {
  readonly description: string | undefined;
  readonly objectId: string | undefined;
  readonly name: string | undefined;
  readonly location: string | undefined;
  /** sysUpTime, hundredths of a second: falls when the agent restarts. */
  readonly uptime: number | undefined;
}

/** HOST-RESOURCES-MIB hrStorageTable; sizes in units. */
export interface StorageRow {
  readonly index: string;
  readonly type: string | undefined;
  /** A path, or a device (AIX), or a path with type and device (bsnmpd). */
  readonly description: string | undefined;
  readonly unitBytes: number | undefined;
  readonly size: number | undefined;
  readonly used: number | undefined;
}

/** UCD-SNMP-MIB dskTable, bytes; `available`: what users other than root may still write. */
export interface MountRow {
  readonly path: string;
  readonly device: string | undefined;
  readonly total: number | undefined;
  readonly available: number | undefined;
  readonly used: number | undefined;
}

/** What the tables say of file systems. */
export interface FileSystemRows {
  readonly storages: readonly StorageRow[];
  /** hrFSTable: mount point by hrStorageIndex; undefined if it could not be read. */
  readonly mountPoints: ReadonlyMap<string, string> | undefined;
  readonly mounts: readonly MountRow[];
  /** Nothing is missing that sums need. */
  readonly whole: boolean;
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

export interface AddressRow {
  readonly address: string;
  readonly mask: string | undefined;
}

export type HostClient = ReturnType<typeof createClient>;

const SYSTEM = '1.3.6.1.2.1.1';
const DISK_TABLE = '1.3.6.1.4.1.2021.9';
const KIB = 1_024;

export function createClient(snmp: SnmpClient) {
  /**
   * `required`: columns without which the rows mean nothing. A table of which nothing could be read is
   * an error, unless it only adds to another one.
   */
  async function table(
    oid: string,
    columns: readonly number[],
    tell: Tell,
    { required = [], adds = false }: TableOptions = {},
  ): Promise<Table> {
    const { rows, errors } = await snmp.read(oid, columns);
    for (const [column, error] of errors) {
      const needed = !adds && (required.includes(column) || errors.size === columns.length);
      if (needed && !hasColumn(rows, column)) throw error;
      tell(error, `column ${column} of ${oid} could not be read`);
    }
    return { rows, lost: new Set(errors.keys()) };
  }

  async function storages(tell: Tell) {
    const required = [2, 3];
    const read = await table('1.3.6.1.2.1.25.2.3', [2, 3, 4, 5, 6], tell, { required });
    const rows = Array.from(read.rows, ([index, row]) => ({
      index,
      type: words(row.get(2)),
      description: words(row.get(3)),
      unitBytes: size(row.get(4)),
      size: size(row.get(5)),
      used: size(row.get(6)),
    }));
    return { rows, whole: read.lost.size === 0 };
  }

  async function mountPoints(tell: Tell): Promise<ReadonlyMap<string, string> | undefined> {
    const { rows, lost } = await table('1.3.6.1.2.1.25.3.8', [2, 7], tell, { adds: true });
    if (lost.size > 0) return undefined;
    return new Map(
      Array.from(rows.values(), (row) => [String(integer(row.get(7))), words(row.get(2)) ?? '']),
    );
  }

  async function mounts(tell: Tell) {
    const wide = [11, 12, 13, 14, 15, 16];
    const read = await table(DISK_TABLE, [2, 3, ...wide], tell, { adds: true });
    const { rows } = read;
    // Agents before 5.4 have 32 bits only.
    const old = Array.from(rows.values()).some((row) => !row.has(11));
    const narrow = old ? await table(DISK_TABLE, [6, 7, 8], tell, { adds: true }) : undefined;
    const found = Array.from(rows, ([index, row]) => {
      const kib = (low: number, column: number) => {
        const value = row.has(low)
          ? wideSize(row, low)
          : size(narrow?.rows.get(index)?.get(column));
        return value === undefined ? undefined : value * KIB;
      };
      return {
        path: words(row.get(2)) ?? '',
        device: words(row.get(3)),
        total: kib(11, 6),
        available: kib(13, 7),
        used: kib(15, 8),
      };
    }).filter(({ path }) => path !== '');
    return { rows: found, whole: ![2, 11, 12, 15, 16].some((column) => read.lost.has(column)) };
  }

  return {
    get: (oids: readonly string[]) => snmp.get(oids),
    table,
    async system(): Promise<SystemGroup> {
      const [description, objectId, uptime, name, location] = await snmp.get(
        [1, 2, 3, 5, 6].map((column) => `${SYSTEM}.${column}.0`),
      );
      return {
        description: words(description),
        objectId: typeof objectId === 'string' ? objectId : undefined,
        name: words(name),
        location: words(location),
        uptime: integer(uptime),
      };
    },
    /** @throws if there is nothing but errors: a fault is no empty list. */
    async fileSystems(tell: Tell): Promise<FileSystemRows> {
      let lost: unknown;
      const telling: Tell = (error, what) => {
        lost ??= error;
        tell(error, what);
      };
      const sized = await storages(telling);
      const points = await mountPoints(telling);
      const mounted = await mounts(telling);
      if (lost !== undefined && sized.rows.length + mounted.rows.length === 0) throw lost;
      const devices = sized.rows.some(({ description }) => description?.startsWith('/dev/'));
      return {
        storages: sized.rows,
        mountPoints: points,
        mounts: mounted.rows,
        whole: sized.whole && mounted.whole && (points !== undefined || !devices),
      };
    },
    async interfaces(tell: Tell): Promise<InterfaceRow[]> {
      const basic = await table('1.3.6.1.2.1.2.2', [2, 3, 5, 6, 7, 8, 10, 16], tell);
      const extended = await table('1.3.6.1.2.1.31.1.1', [1, 6, 10, 15, 18], tell, { adds: true });
      return Array.from(basic.rows, ([index, row]) => toInterface(index, row, extended.rows.get(index))); // prettier-ignore
    },
    /** IPv4 addresses by interface index (IP-MIB ipAddrTable). */
    async addresses(tell: Tell): Promise<ReadonlyMap<string, AddressRow>> {
      const { rows } = await table('1.3.6.1.2.1.4.20', [2, 3], tell, { adds: true });
      return new Map(
        Array.from(rows, ([address, row]) => [
          String(integer(row.get(2)) ?? ''),
          { address, mask: words(row.get(3)) },
        ]),
      );
    },
    async diskCounters(tell: Tell): Promise<DiskRow[]> {
      const columns = [2, 3, 4, 5, 6, 12, 13];
      const { rows } = await table('1.3.6.1.4.1.2021.13.15.1', columns, tell, { required: [2] });
      return Array.from(rows.values(), (row) => ({
        name: words(row.get(2)) ?? '',
        reads: counter(row.get(5), 32),
        writes: counter(row.get(6), 32),
        bytesRead: counter(row.get(12), 64) ?? counter(row.get(3), 32),
        bytesWritten: counter(row.get(13), 64) ?? counter(row.get(4), 32),
      })).filter((row) => row.name !== '');
    },
    /** Bytes by device name (hrDiskStorageTable and hrDeviceTable): "SCSI disk (/dev/sda)". */
    async diskSizes(tell: Tell): Promise<ReadonlyMap<string, number | undefined>> {
      const sizes = await table('1.3.6.1.2.1.25.3.6', [4], tell);
      if (sizes.rows.size === 0) return new Map();
      const devices = await table('1.3.6.1.2.1.25.3.2', [3], tell);
      const found = new Map<string, number | undefined>();
      for (const [index, row] of sizes.rows) {
        const name = /\/dev\/([\w/-]+)/.exec(words(devices.rows.get(index)?.get(3)) ?? '')?.[1];
        const kib = size(row.get(4));
        if (name) found.set(name, kib ? kib * KIB : undefined);
      }
      return found;
    },
    async processors(tell: Tell): Promise<ProcessorRow[]> {
      // A fresh agent has loads a minute later only.
      const loads = await table('1.3.6.1.2.1.25.3.3', [1, 2], tell);
      if (loads.rows.size === 0) return [];
      const devices = await table('1.3.6.1.2.1.25.3.2', [3, 5], tell, { adds: true });
      return Array.from(loads.rows, ([index, row]) => ({
        index,
        description: words(devices.rows.get(index)?.get(3)),
        status: integer(devices.rows.get(index)?.get(5)),
        load: integer(row.get(2)),
      }));
    },
    close: () => snmp.close(),
  };
}

function hasColumn(rows: ReadonlyMap<string, Row>, column: number): boolean {
  for (const row of rows.values()) if (row.has(column)) return true;
  return false;
}

function toInterface(index: string, row: Row, extended: Row | undefined): InterfaceRow {
  const fast = integer(extended?.get(15)) ?? 0;
  const slow = integer(row.get(5)) ?? 0;
  const mac = row.get(6);
  // A gauge that stands at its top says nothing.
  const speedBits = fast > 0 ? fast * 1e6 : slow > 0 && slow < 0xffff_ffff ? slow : undefined;
  return {
    index,
    name: words(extended?.get(1)) ?? words(row.get(2)) ?? index,
    alias: words(extended?.get(18)),
    type: integer(row.get(3)),
    mac: mac instanceof Uint8Array && mac.length === 6 ? mac : undefined,
    adminStatus: integer(row.get(7)),
    operStatus: integer(row.get(8)),
    speedBits,
    received: counter(extended?.get(6), 64) ?? counter(row.get(10), 32),
    sent: counter(extended?.get(10), 64) ?? counter(row.get(16), 32),
  };
}

/** Two columns, low and high 32 bits. */
function wideSize(row: Row, lowColumn: number): number | undefined {
  const low = integer(row.get(lowColumn));
  const high = integer(row.get(lowColumn + 1));
  return low === undefined || high === undefined ? undefined : (low >>> 0) + high * 2 ** 32;
}
