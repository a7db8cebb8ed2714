/** The simulated cluster: its objects as the API shows them, all attributes of the newest software. */

export const GENERATIONS = ['v4', 'v3', 'v2'] as const;
export type Generation = (typeof GENERATIONS)[number];

export const RELEASES: Readonly<Record<Generation, string>> = {
  v4: '4.1.0.0',
  v3: '3.6.1.0',
  v2: '2.1.1.1',
};

export type Row = Readonly<Record<string, unknown>>;

export interface PowerStoreArray {
  readonly generation: Generation;
  /** By resource. */
  readonly rows: Record<string, Row[]>;
  /** The array's clock, epoch ms. */
  readonly clock: () => number;
}

/** Attributes that are relations: `select=*` leaves them out. */
export const RELATIONS: Readonly<Record<string, readonly string[]>> = {
  volume_group: ['volumes'],
  host_group: ['hosts'],
  software_installed: ['appliance'],
};

/** What the software of a generation does not know: a resource, or attributes of one. */
export const UNKNOWN: Readonly<
  Record<Generation, Readonly<Record<string, readonly string[] | '*'>>>
> = {
  v4: {},
  v3: {},
  v2: {
    initiator: '*',
    eth_be_port: '*',
    appliance: ['mode'],
    volume: ['logical_used'],
    file_system: ['flr_attributes', 'config_type'],
    replication_session: ['type', 'data_transfer_state'],
    bond: ['status'],
    hardware: [],
  },
};

/** How long the array has been measuring: a real one keeps an hour of this. */
export const MEASURED_MS = 20 * 60_000;
export const PERIOD_MS = 20_000;

/** A value as text. */
export function word(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
