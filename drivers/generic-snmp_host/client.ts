/** The tables of the standard MIBs that are read, as plain rows. */
import type { SnmpClient } from 'delfin-agent/driver';
import { readFileSystems } from './file-systems.ts';
import { tableReader, type Tell } from './tables.ts';
import { counter, integer, size, words, type Counter, type Row } from './values.ts';

/** SNMPv2-MIB system group. */
export interface SystemGroup {
  readonly description: string | undefined;
  readonly objectId: string | undefined;
  readonly name: string | undefined;
  readonly location: string | undefined;
  /** sysUpTime, hundredths of a second: falls when the agent restarts. */
  readonly uptime: number | undefined;
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
const KIB = 1_024;

const INTERFACE_COLUMNS = {
  ports: { basic: [2, 3, 5, 6, 7, 8], extended: [1, 15, 18], required: [] },
  links: { basic: [2, 7, 8, 10], extended: [1, 6], required: [7, 8] },
  traffic: { basic: [2, 3, 10, 16], extended: [1, 6, 10], required: [] },
} as const;
type Purpose = Exclude<keyof typeof INTERFACE_COLUMNS, 'links'>;

export function createClient(snmp: SnmpClient) {
  const table = tableReader(snmp);
  return {
    get: (...asked: Parameters<SnmpClient['get']>) => snmp.get(...asked),
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
    fileSystems: (tell: Tell) => readFileSystems(table, tell),
    /** Only the columns that the purpose needs: another one that fails costs it nothing. */
    async interfaces(tell: Tell, purpose: Purpose): Promise<InterfaceRow[]> {
      const { basic, extended, required } = INTERFACE_COLUMNS[purpose];
      const rows = await table('1.3.6.1.2.1.2.2', basic, tell, { required });
      const more = await table('1.3.6.1.2.1.31.1.1', extended, tell, { adds: true });
      return Array.from(rows.rows, ([index, row]) => toInterface(index, row, more.rows.get(index)));
    },
    /**
     * What links are doing. Names and counters only add to it: their columns may fail without a word,
     * unless nothing is left that says whether a link has been up.
     */
    async links(tell: Tell): Promise<InterfaceRow[]> {
      const lost = new Map<string, unknown>();
      const { basic, extended, required } = INTERFACE_COLUMNS.links;
      const rows = await table('1.3.6.1.2.1.2.2', basic, noting(lost, 'octets 32'), { required });
      const more = await table('1.3.6.1.2.1.31.1.1', extended, noting(lost, 'octets 64'), {
        adds: true,
      });
      if (rows.lost.has(7) || rows.lost.has(8) || (rows.lost.has(10) && more.lost.has(6))) {
        for (const error of lost.values()) tell(error);
      }
      return Array.from(rows.rows, ([index, row]) => toInterface(index, row, more.rows.get(index)));
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

const noting =
  (lost: Map<string, unknown>, what: string): Tell =>
  (error) =>
    void lost.set(what, error);

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
