/** Reading a table: a column that fails costs itself and is told. */
import type { SnmpClient } from 'delfin-agent/driver';
import type { Row } from './values.ts';

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

export type ReadTable = ReturnType<typeof tableReader>;

export function tableReader(snmp: SnmpClient) {
  /**
   * `required`: columns without which the rows mean nothing. A table of which nothing could be read is
   * an error, unless it only adds to another one.
   */
  return async (
    oid: string,
    columns: readonly number[],
    tell: Tell,
    { required = [], adds = false }: TableOptions = {},
  ): Promise<Table> => {
    const { rows, errors } = await snmp.read(oid, columns);
    for (const [column, error] of errors) {
      const needed = !adds && (required.includes(column) || errors.size === columns.length);
      if (needed && !hasColumn(rows, column)) throw error;
      tell(error, `column ${column} of ${oid} could not be read`);
    }
    return { rows, lost: new Set(errors.keys()) };
  };
}

function hasColumn(rows: ReadonlyMap<string, Row>, column: number): boolean {
  for (const row of rows.values()) if (row.has(column)) return true;
  return false;
}
