/** Reads a vendor's own tables as its file describes them. */
import { createFacts, InvalidResponse, type Component, type SnmpValue } from 'delfin-agent/driver';
import type { HostClient } from './client.ts';
import type { Tell } from './tables.ts';
import { counter, firstNumber, words, type Row } from './values.ts';
import { LM_SENSORS, VENDORS } from './vendors/index.ts';
import { MEASURES, type BytesField, type Health, type Measure, type Measures, type PartsSection, type Scaled, type Section, type SizeField, type State, type StateField, type TextField, type Vendor } from './vendors/shape.ts'; // prettier-ignore

/** One row of a section. */
export interface Item {
  readonly id: string;
  readonly name: string | undefined;
  /** undefined: the section has none, or it could not be read. */
  readonly status: State | undefined;
  readonly total: number | undefined;
  readonly used: number | undefined;
  readonly free: number | undefined;
  readonly model: string | undefined;
  readonly manufacturer: string | undefined;
  readonly serial: string | undefined;
  readonly firmware: string | undefined;
  readonly measures: Measures;
}

/** A part of the hardware. */
export interface PartItem extends Item {
  readonly type: Component['type'];
}

export interface VendorIdentity {
  readonly vendor: string;
  readonly model: string | undefined;
  readonly serial: string | undefined;
  readonly firmware: string | undefined;
  /** Of the whole and of its parts. */
  readonly health: readonly {
    readonly what: string;
    readonly type: Component['type'] | undefined;
    /** undefined: it has no word for it, or could not be asked. */
    readonly state: State | undefined;
    readonly measures: Measures;
  }[];
}

export type SectionName = 'disks' | 'pools' | 'volumes' | 'filesystems' | 'groups' | 'sensors';

/** What many systems have as sysObjectID whatever they are: net-snmp, bsnmpd. */
const GENERIC = ['1.3.6.1.4.1.8072.3', '1.3.6.1.4.1.12325', '1.3.6.1.4.1.2021.250'];
/** Bad things first. */
const ORDER: readonly State[] = ['abnormal', 'offline', 'degraded', 'unknown', 'normal'];

export function createVendor(
  client: HostClient,
  log: { info(fields: Record<string, unknown>, message: string): void },
) {
  const facts = createFacts();
  let told: string | undefined;
  const answered = new Set<string>();

  /** undefined: a plain host. Asked again after an hour: the answer may have been a fault's. */
  async function chosen(): Promise<Vendor | undefined> {
    const known = facts.get('vendor');
    if (known !== undefined) return VENDORS[Number(known)];
    const vendor = await choose(client);
    facts.learn('vendor', vendor ? VENDORS.indexOf(vendor) : -1);
    const tables = vendor?.tables ?? 'standard MIBs only';
    if (told !== tables) log.info({ vendor: vendor?.vendor, tables }, 'tables that are read');
    told = tables;
    return vendor;
  }

  return {
    /** `health`: without what is measured, which no alert depends on. */
    async identity(
      tell: Tell,
      part: 'all' | 'health' = 'health',
      objectId?: string,
    ): Promise<VendorIdentity | undefined> {
      const vendor = await chosen();
      if (!vendor) return undefined;
      const { model, serial, firmware } = vendor.identity;
      const scalars = [
        model,
        serial,
        firmware,
        ...vendor.health.flatMap((each) => oidsOf(each, part)),
      ];
      const asked = scalars.filter((oid) => oid !== undefined);
      const failures = new Map<string, unknown>();
      const answers = await client.get(asked, (oid, error) => void failures.set(oid, error));
      for (const [index, oid] of asked.entries()) {
        if (answers[index] !== undefined) answered.add(oid);
        // An agent does not tell what it lacks from what it failed at.
        else if (answered.has(oid)) tell(new InvalidResponse(`${oid} no longer has an answer`));
        else if (failures.has(oid)) tell(failures.get(oid));
      }
      const raw = (oid: string) => answers[asked.indexOf(oid)];
      const of = (oid: string | undefined) => (oid === undefined ? undefined : words(raw(oid)));
      return {
        vendor: vendor.vendor,
        model: of(model) ?? vendor.models?.[objectId ?? ''],
        serial: of(serial),
        firmware: of(firmware),
        health: vendor.health.map(({ oid, what, states, type, measures }) => ({
          what,
          type,
          state: states && stateOf(of(oid), states),
          measures: part === 'all' ? measured(measures, ({ oid: at }) => raw(at)) : {},
        })),
      };
    },
    /** undefined: this system has no such table. `health`: names and states alone. */
    async section(
      name: SectionName,
      tell: Tell,
      part: 'all' | 'health' = 'all',
    ): Promise<readonly Item[] | undefined> {
      const section = (await chosen())?.[name];
      if (!section) return undefined;
      return await readSection(client, part === 'all' ? section : healthOf(section), tell);
    },
    /** Parts of the hardware, of tables; `health`: those that have states. A table that fails costs itself. */
    async parts(tell: Tell, part: 'all' | 'health' = 'all'): Promise<readonly PartItem[]> {
      const own = (await chosen())?.parts ?? [];
      const sections = part === 'all' ? [...own, ...LM_SENSORS] : own;
      const found: PartItem[][] = [];
      for (const section of sections) {
        if (part === 'health' && !section.status) continue;
        found.push(await readParts(client, section, part, tell));
      }
      return found.flat();
    },
  };
}

async function readParts(
  client: HostClient,
  section: PartsSection,
  part: 'all' | 'health',
  tell: Tell,
): Promise<PartItem[]> {
  try {
    const items = await readSection(client, part === 'all' ? section : healthOf(section), tell);
    return items.map((item) => ({ ...item, type: section.type }));
  } catch (error) {
    tell(error);
    return [];
  }
}

function oidsOf({ oid, measures = {} }: Health, part: 'all' | 'health'): string[] {
  const fields = part === 'all' ? Object.values(measures).map((field) => field.oid) : [];
  return oid === undefined ? fields : [oid, ...fields];
}

const RATIOS: ReadonlySet<Measure> = new Set(['charge_ratio', 'endurance_remaining']);

/** Numbers that can be; what is out of range is the agent's word for "not known". */
function measured<F extends Scaled>(
  fields: { readonly [M in Measure]?: F } | undefined,
  valueOf: (field: F) => SnmpValue | undefined,
): Measures {
  const found: { [M in Measure]?: number } = {};
  for (const measure of MEASURES) {
    const field = fields?.[measure];
    const read = field && firstNumber(valueOf(field));
    if (field === undefined || read === undefined || read === -1 || read >= 0x7fff_ffff) continue;
    const value = read / (field.per ?? 1);
    if (RATIOS.has(measure) && (value < 0 || value > 1)) continue;
    if (measure !== 'temperature' && measure !== 'voltage' && value < 0) continue;
    found[measure] = value;
  }
  return found;
}

async function choose(client: HostClient): Promise<Vendor | undefined> {
  const { objectId } = await client.system();
  const begins = (prefix: string) => objectId === prefix || objectId?.startsWith(`${prefix}.`);
  const generic = objectId === undefined || GENERIC.some(begins);
  const candidates = generic ? VENDORS : VENDORS.filter(({ objectIds }) => objectIds.some(begins));
  if (candidates.length === 0) return undefined;
  const probes = candidates.flatMap((vendor) => vendor.probes);
  const answers = await client.get(probes);
  const answered = new Set(probes.filter((_, index) => answers[index] !== undefined));
  return candidates.find((vendor) => vendor.probes.some((probe) => answered.has(probe)));
}

function healthOf({ table, id, name, status, without, only }: Section): Section {
  return {
    table,
    ...(id === undefined ? {} : { id }),
    ...(name && { name }),
    ...(status && { status }),
    ...(without && { without }),
    ...(only && { only }),
  };
}

async function readSection(client: HostClient, section: Section, tell: Tell): Promise<Item[]> {
  const required = [section.id, section.without?.column, ...(section.only ?? []).map(({ column }) => column)].filter((column) => column !== undefined); // prettier-ignore
  const { rows, lost } = await client.table(section.table, columnsOf(section), tell, { required });
  return Array.from(rows).flatMap(([index, row]) => {
    if (!isObject(section, row)) return [];
    const id = section.id === undefined ? index : words(row.get(section.id));
    if (id === undefined) return [];
    const total = bytesOf(row, section.total);
    const free = bytesOf(row, section.free);
    const used = bytesOf(row, section.used) ?? difference(total, free);
    return [
      {
        id,
        name: textOf(row, section.name),
        status: section.status && worst(section.status, row, lost),
        total,
        used,
        free: free ?? (section.used ? difference(total, used) : undefined),
        model: textOf(row, section.model),
        manufacturer: textOf(row, section.manufacturer),
        serial: textOf(row, section.serial),
        firmware: textOf(row, section.firmware),
        measures: measured(section.measures, ({ column }) => row.get(column)),
      },
    ];
  });
}

function columnsOf(section: Section): number[] {
  const columns = new Set<number>();
  const add = (field: { readonly column: number } | undefined) =>
    field && columns.add(field.column);
  if (section.id !== undefined) columns.add(section.id);
  for (const field of section.status ?? []) add(field);
  for (const filter of section.only ?? []) add(filter);
  add(section.without);
  for (const field of [section.total, section.used, section.free]) {
    add(field);
    if (field && 'unit' in field && typeof field.unit === 'object') add(field.unit);
  }
  for (const key of ['name', 'model', 'manufacturer', 'serial', 'firmware'] as const) {
    add(section[key]);
  }
  for (const field of Object.values(section.measures ?? {})) add(field);
  return Array.from(columns).toSorted((a, b) => a - b);
}

function isObject({ without, only = [] }: Section, row: Row): boolean {
  if (without && without.values.includes(words(row.get(without.column)) ?? '')) return false;
  return only.every(
    ({ column, pattern, not }) => pattern.test(words(row.get(column)) ?? '') !== (not ?? false),
  );
}

function textOf(row: Row, field: TextField | undefined): string | undefined {
  const text = field && words(row.get(field.column));
  return text === '--' || text === 'N/A' ? undefined : text;
}

function bytesOf(row: Row, field: BytesField | SizeField | undefined): number | undefined {
  if (!field) return undefined;
  const value = row.get(field.column);
  if ('powersOf' in field) return sizeOf(words(value), field.powersOf);
  const read = plain(value);
  const unit = typeof field.unit === 'number' ? field.unit : plain(row.get(field.unit.column));
  return read === undefined || unit === undefined ? undefined : read * unit;
}

/** A count as number, Counter64 or text of digits; negative and 2^32-1, 2^64-1 are unknown. */
function plain(value: Parameters<typeof words>[0]): number | undefined {
  const text = value instanceof Uint8Array ? words(value) : undefined;
  if (text !== undefined && /^\d{1,18}$/.test(text)) return Number(text);
  const read = counter(value, 64)?.value;
  return read === undefined || read >= 2n ** 63n - 1n || read === 2n ** 32n - 1n
    ? undefined
    : Number(read);
}

const PREFIXES = ['', 'k', 'm', 'g', 't', 'p'];

/** "931.51 GB", "7.2T", "4000 GB.". */
function sizeOf(text: string | undefined, powersOf: number): number | undefined {
  const found = /^(\d{1,9}(?:\.\d{1,6})?) ?([kmgtp]?)i?b?\.?$/i.exec(text ?? '');
  if (!found) return undefined;
  const power = PREFIXES.indexOf((found[2] ?? '').toLowerCase());
  const bytes = Math.round(Number(found[1]) * powersOf ** power);
  return bytes === 0 ? undefined : bytes;
}

function difference(total: number | undefined, part: number | undefined): number | undefined {
  return total === undefined || part === undefined || part > total ? undefined : total - part;
}

/** undefined where a column could not be read and the others are good: it may have said worse. */
function worst(fields: StateField, row: Row, lost: ReadonlySet<number>): State | undefined {
  const found = fields
    .map(({ column, states }) => stateOf(words(row.get(column)), states))
    .filter((state) => state !== undefined);
  const state = ORDER.find((each) => found.includes(each));
  const missing = fields.some(({ column }) => lost.has(column));
  return missing && (state === 'normal' || state === 'unknown') ? undefined : state;
}

function stateOf(raw: string | undefined, states: Readonly<Record<string, State>>) {
  if (raw === undefined) return undefined;
  const key = raw.toLowerCase();
  return Object.hasOwn(states, key) ? states[key] : 'unknown';
}

export function worstState(states: readonly (State | undefined)[]): State | undefined {
  return ORDER.find((state) => states.includes(state));
}
