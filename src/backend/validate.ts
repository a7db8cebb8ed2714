/**
 * What a driver returns, checked against the record schemas. Nothing foreign goes further:
 * - a field that doesn't fit its schema is dropped, the record lives;
 * - a record without its ids is dropped, the list lives;
 * - an unknown enumeration value becomes the field's `unknown` (or is dropped where there is none);
 * - an id that occurs again is dropped.
 * Every drop is reported with its reason.
 */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { TObject } from 'typebox';
import { UNMAPPED } from '../driver/enumeration.ts';
import { InvalidResponse } from '../driver/errors.ts';
import { worldWideName } from '../driver/read.ts';
import { atOnce, type Steps } from './turns.ts';
import { identityOf, type ListDefinition, type ListPart, type PartName } from './lists.ts';

/** Records of one list: more of them is no array but a paging that does not end. */
const MAX_RECORDS = 2_000_000;
const RECORDS_PER_STEP = 500;

export type DropReason =
  | 'invalid_record'
  | 'invalid_field'
  | 'unknown_value'
  | 'duplicate'
  | 'list_limit';

export interface Drop {
  readonly reason: DropReason;
  /** The list, `storage` or `alerts`. */
  readonly list: string;
  readonly field?: string;
  /** unknown_value: what the array said; invalid_field, duplicate: what the driver said. */
  readonly raw?: string;
  /** Which record of the list it was. */
  readonly index?: number;
}

const MAX_RAW = 128;

type Fields = Record<string, unknown>;

const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false, verbose: false });
const compiled = new WeakMap<TObject, ValidateFunction>();

function validatorOf(schema: TObject): ValidateFunction {
  let validate = compiled.get(schema);
  if (!validate) {
    validate = ajv.compile(schema);
    compiled.set(schema, validate);
  }
  return validate;
}

/** Lists whose `wwn` is the name of a port: one form over all vendors, so that both ends of a link match. */
const NAMED = new Set(['ports', 'storage_host_initiators']);

/** One record; undefined if it was dropped. The driver's object is not changed. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the schema's type
export function checkRecord<T>(
  schema: TObject,
  list: string,
  foreign: unknown,
  storageId: string,
  report: (drop: Drop) => void,
): T | undefined {
  if (typeof foreign !== 'object' || foreign === null || Array.isArray(foreign)) {
    report({ reason: 'invalid_record', list });
    return undefined;
  }
  const record: Fields = {};
  for (const [field, value] of Object.entries(foreign)) {
    if (value !== undefined && value !== null && value !== '') record[field] = value;
  }
  record['storage_id'] = storageId;
  if (NAMED.has(list) && typeof record['wwn'] === 'string') {
    record['wwn'] = worldWideName(record['wwn']);
  }
  const validate = validatorOf(schema);
  if (validate(record)) return record as T;
  for (const error of validate.errors ?? []) {
    if (!mend(record, error, schema, list, report)) {
      report({ reason: 'invalid_record', list, field: fieldOf(error) });
      return undefined;
    }
  }
  return record;
}

/** Repairs one fault in place; false if the record can't live with it. */
function mend(
  record: Fields,
  error: ErrorObject,
  schema: TObject,
  list: string,
  report: (drop: Drop) => void,
): boolean {
  const field = fieldOf(error);
  const required = schema.required?.includes(field) ?? false;
  if (error.keyword === 'enum') {
    const raw = String(record[field]).replace(UNMAPPED, '');
    report({ reason: 'unknown_value', list, field, raw: raw.slice(0, MAX_RAW) });
    const { unknown } = schema.properties[field] as { unknown?: string };
    if (unknown !== undefined) record[field] = unknown;
    else delete record[field];
    return unknown !== undefined || !required;
  }
  if (error.keyword === 'required' || required) return false;
  if (field in record)
    report({ reason: 'invalid_field', list, field, raw: written(record[field]) });
  delete record[field];
  return true;
}

/** NaN and bigints, for which JSON has no words, say themselves what they are. */
function written(value: unknown): string {
  const text = typeof value === 'object' ? 'an object' : `${value as string | number | bigint}`;
  // Credentials in a URL go no further.
  return text.replaceAll(/\/\/[^/\s]*@/g, '//***@').slice(0, MAX_RAW);
}

function fieldOf(error: ErrorObject): string {
  if (error.instancePath) return error.instancePath.split('/')[1] ?? '';
  const params = error.params as { missingProperty?: string; additionalProperty?: string };
  return params.missingProperty ?? params.additionalProperty ?? '';
}

/** All parts of one list. @throws InvalidResponse if the driver returned no list at all. */
export function* checkingList(
  list: ListDefinition,
  foreign: unknown,
  storageId: string,
  report: (drop: Drop) => void,
): Steps<Partial<Record<PartName, readonly never[]>>> {
  const several = list.parts.length > 1;
  const container = several ? (foreign as Fields | null | undefined) : undefined;
  const checked: Partial<Record<PartName, readonly never[]>> = {};
  for (const part of list.parts) {
    const elements = several ? container?.[part.name] : foreign;
    if (!Array.isArray(elements)) {
      throw new InvalidResponse(`${list.method} returned no list of ${part.name}`);
    }
    if (elements.length > MAX_RECORDS) {
      throw new InvalidResponse(
        `${list.method} returned ${elements.length} ${part.name}; at most ${MAX_RECORDS} are taken`,
      );
    }
    checked[part.name] = (yield* checkingPart(part, elements, storageId, report)) as never[];
  }
  return checked;
}

function* checkingPart(
  part: ListPart,
  elements: readonly unknown[],
  storageId: string,
  report: (drop: Drop) => void,
): Steps<readonly unknown[]> {
  const seen = new Set<string>();
  const kept: unknown[] = [];
  let at = 0;
  const tell = (drop: Drop) => report({ ...drop, index: at });
  for (const [index, element] of elements.entries()) {
    if (index % RECORDS_PER_STEP === RECORDS_PER_STEP - 1) yield undefined;
    at = index;
    const record = checkRecord<Fields>(part.schema, part.name, element, storageId, tell);
    if (!record) continue;
    const key = identityOf(record, part.identity);
    if (seen.has(key)) {
      const raw = key.replaceAll('\u0000', ' ').slice(0, MAX_RAW);
      tell({ reason: 'duplicate', list: part.name, field: part.identity.join(', '), raw });
      continue;
    }
    seen.add(key);
    kept.push(record);
  }
  return kept;
}

/** `checkingList` without a break. */
export function checkList(
  ...list: Parameters<typeof checkingList>
): Partial<Record<PartName, readonly never[]>> {
  return atOnce(checkingList(...list));
}
