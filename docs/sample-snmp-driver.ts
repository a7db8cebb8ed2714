/** The SNMP sample of the driver developer guide: two tables of a vendor's MIB, and its traps. */
import {
  compact,
  createParts,
  defineDriver,
  IncompleteTrapInformation,
  InvalidResponse,
  lookup,
  number,
  octetText,
  scaled,
  SnmpAccess,
  text,
  Type,
  varbindText,
  type Alert,
  type Parts,
  type Session,
  type SnmpClient,
  type SnmpValue,
  type StoragePool,
  type Trap,
  type Volume,
} from 'delfin-agent/driver';

const MIB = '1.3.6.1.4.1.99999.2';
const NAME = '1.3.6.1.2.1.1.5.0';
const SERIAL = `${MIB}.1.1.0`;
const POOLS = { oid: `${MIB}.2`, columns: { name: 1, state: 2, size: 3, used: 4 } } as const;
const VOLUMES = { oid: `${MIB}.3`, columns: { name: 1, pool: 2, size: 3 } } as const;

const MEBIBYTE = 2 ** 20;
const HEALTH = { 1: 'normal', 2: 'degraded', 3: 'abnormal' } as const;

export default defineDriver({
  vendor: 'sample_vendor',
  model: 'sample_snmp',
  title: 'Sample arrays with an SNMP agent',
  access: Type.Object({ snmp: SnmpAccess }),
  methods: [],
  parseAlert,

  async open(access, context) {
    const snmp = await context.snmp(access.snmp);
    const parts = createParts(context);
    return {
      async getStorage() {
        const [name, serial] = await snmp.get([NAME, SERIAL]);
        if (serial === undefined) throw new InvalidResponse(`no serial number at ${SERIAL}`);
        return { ...compact({ name: words(name) }), serial_number: words(serial) ?? '' };
      },
      async listStoragePools() {
        const rows = await readTable(snmp, parts, POOLS);
        return rows.map(({ index, cells }) =>
          compact<StoragePool>({
            native_storage_pool_id: index,
            name: words(cells.name),
            status: lookup(HEALTH, cells.state),
            total_capacity: scaled(cells.size, MEBIBYTE),
            used_capacity: scaled(cells.used, MEBIBYTE),
          }),
        );
      },
      async listVolumes() {
        const rows = await readTable(snmp, parts, VOLUMES);
        return rows.map(({ index, cells }) =>
          compact<Volume>({
            native_volume_id: index,
            name: words(cells.name),
            native_storage_pool_id: number(cells.pool)?.toString(),
            total_capacity: scaled(cells.size, MEBIBYTE),
          }),
        );
      },
      close: () => snmp.close(),
    } satisfies Session;
  },
});

interface Row<C extends string> {
  /** What stands below the column: the row's id. */
  readonly index: string;
  readonly cells: Readonly<Partial<Record<C, SnmpValue>>>;
}

/** The rows of a table. A column that could not be read is told, the others are the answer. */
async function readTable<C extends string>(
  snmp: SnmpClient,
  parts: Parts,
  { oid, columns }: { readonly oid: string; readonly columns: Readonly<Record<C, number>> },
): Promise<readonly Row<C>[]> {
  const named = Object.entries<number>(columns) as [C, number][];
  const { rows, errors } = await snmp.read(oid, Object.values<number>(columns));
  const [first] = errors.values();
  if (first && errors.size === named.length) throw first;
  for (const error of errors.values()) parts.tell(error);
  return Array.from(rows, ([index, row]) => {
    const cells: Partial<Record<C, SnmpValue>> = {};
    for (const [name, column] of named) {
      const value = row.get(column);
      if (value !== undefined) cells[name] = value;
    }
    return { index, cells };
  });
}

function words(value: SnmpValue | undefined): string | undefined {
  return text(value instanceof Uint8Array ? octetText(value) : value);
}

const SEVERITY = { 1: 'Critical', 2: 'Major', 3: 'Warning' } as const;

function parseAlert(trap: Trap): Alert | undefined {
  if (!trap.trap_oid.startsWith(`${MIB}.0.`)) return undefined;
  const part = varbindText(trap, `${MIB}.4.1`);
  if (part === undefined) throw new IncompleteTrapInformation('the trap names no part');
  const type = trap.trap_oid.slice(MIB.length + 1);
  return compact<Alert>({
    alert_id: type,
    severity: lookup(SEVERITY, varbindText(trap, `${MIB}.4.2`)) ?? 'NotSpecified',
    category: 'Fault',
    location: part,
    match_key: `${type}/${part}`,
  });
}
