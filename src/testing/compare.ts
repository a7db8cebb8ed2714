/** Records and numbers against what they should be: what differs, and what it looks like. */
import { isDeepStrictEqual } from 'node:util';
import type { TObject } from 'typebox';
import { identityOf, type Fields, type ListPart } from '../backend/lists.ts';
import type { Drop } from '../backend/validate.ts';
import { nearest } from '../config/nearest.ts';
import { worldWideName } from '../driver/read.ts';
import { finding, type Finding } from './check.ts';
import { withSteadyAges } from './simulator.ts';

interface FieldSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly description?: string;
}

const fieldsOf = (schema: TObject) => schema.properties as Readonly<Record<string, FieldSchema>>;

/** What a field may be, in words. */
function described({ type, enum: values, minimum, maximum, description }: FieldSchema): string {
  if (values) return `one of ${values.join(', ')}`;
  const bounds = [
    minimum === undefined ? '' : `, at least ${minimum}`,
    maximum === undefined ? '' : `, at most ${maximum}`,
  ];
  return `a ${type ?? 'value'}${bounds.join('')} (${description ?? 'see the contract'})`;
}

/** What the core dropped of a record or replaced, said as a finding. */
export function dropFinding(call: string, schema: TObject, drop: Drop): Finding {
  const { reason, field = '', raw, index } = drop;
  const at = { ...(index === undefined ? {} : { index }), ...(field === '' ? {} : { field }) };
  const value = raw === undefined ? {} : { value: JSON.stringify(raw) };
  const known = fieldsOf(schema);
  switch (reason) {
    case 'duplicate':
      return finding('duplicate_id', call, { ...at, ...value, expected: 'an id of its own' });
    case 'unknown_value': {
      const expected = described(known[field] ?? {});
      return finding('unknown_value', call, { ...at, ...value, expected });
    }
    case 'invalid_field': {
      const schemaOfField = known[field];
      if (schemaOfField) {
        const expected = described(schemaOfField);
        return finding('invalid_field', call, { ...at, ...value, expected });
      }
      const expected = ofContract('field', Object.keys(known), field);
      return finding('unknown_field', call, { ...at, ...value, expected });
    }
    default:
      if (field === '') return finding('invalid_field', call, { ...at, expected: 'an object' });
      return finding('missing_id', call, { ...at, expected: described(known[field] ?? {}) });
  }
}

/** What an unknown word should have been: one of the contract's, the nearest if one is near. */
export function ofContract(what: 'field' | 'name', words: readonly string[], word: string): string {
  const near = nearest(word, words, 1);
  const names = near.length > 0 ? `did you mean ${near.join(' or ')}?` : `one of ${words.join(', ')}`; // prettier-ignore
  return `a ${what} of the contract (${names})`;
}

/** Parts whose `wwn` is the name of a port: 64-bit names as the core writes them. */
const NAMED: ReadonlySet<string> = new Set(['ports', 'storage_host_initiators']);

function withNames(part: string, record: Fields): Fields {
  const { wwn } = record;
  if (!NAMED.has(part) || typeof wwn !== 'string') return record;
  return { ...record, wwn: worldWideName(wwn) };
}

export function withoutStorageId(record: Fields): Fields {
  const { storage_id: _, ...rest } = record;
  return rest;
}

/** Every field of one record that is not as it should be. */
export function compareRecord(
  call: string,
  got: Fields,
  wanted: Fields,
  at: { readonly index?: number; readonly of?: string } = {},
): Finding[] {
  const { index, of } = at;
  return [...new Set([...Object.keys(wanted), ...Object.keys(got)])].flatMap((field) => {
    const [is, should] = [got[field], wanted[field]];
    if (isDeepStrictEqual(is, should)) return [];
    const hint = factorHint(is, should);
    return finding('wrong_value', call, {
      ...(index === undefined ? {} : { index }),
      field,
      value: written(is),
      expected: `${written(should)}${of === undefined ? '' : ` of ${of}`}`,
      ...(hint === undefined ? {} : { advice: hint }),
    });
  });
}

/** The records of one part of a list against those that there are. */
export function compareRecords(
  call: string,
  part: ListPart,
  got: readonly Fields[],
  wanted: readonly Fields[],
): Finding[] {
  const steady = (record: Fields) => withSteadyAges(withNames(part.name, withoutStorageId(record)));
  const left = new Map(wanted.map((record) => [identityOf(record, part.identity), record]));
  const findings: Finding[] = [];
  const invented: string[] = [];
  for (const [index, record] of got.entries()) {
    const key = identityOf(record, part.identity);
    const right = left.get(key);
    left.delete(key);
    const of = readable(key);
    if (right) findings.push(...compareRecord(call, steady(record), steady(right), { index, of }));
    else invented.push(of);
  }
  const missing = [...left.keys()].map(readable);
  if (missing.length > 0) {
    findings.unshift(
      finding('incomplete_list', call, {
        value: `${got.length} ${part.name}`,
        expected: `${wanted.length}; missing: ${some(missing)}`,
      }),
    );
  }
  if (invented.length > 0) {
    findings.unshift(
      finding('invented_record', call, {
        value: some(invented),
        expected: `only the ${wanted.length} ${part.name} that the array has`,
      }),
    );
  }
  return findings;
}

const readable = (key: string) => key.split('\u0000').filter(Boolean).join(' ');

/** The first few of many. */
export function some(words: readonly string[]): string {
  const shown = words.slice(0, 5).join(', ');
  return words.length > 5 ? `${shown} and ${words.length - 5} more` : shown;
}

export function written(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return 'absent';
    case 'number':
      return String(value);
    case 'bigint':
      return `${value}n, a bigint`;
    case 'function':
      return 'a function';
    default:
      return JSON.stringify(value).slice(0, 200);
  }
}

/** Ratios that speak of a unit: what was written for what. */
const FACTORS: readonly (readonly [number, string])[] = [
  [1.024, 'KB and KiB'],
  [1.024 ** 2, 'MB and MiB'],
  [1.024 ** 3, 'GB and GiB'],
  [1.024 ** 4, 'TB and TiB'],
  [100, 'a percentage and a ratio'],
  [512, 'blocks of 512 bytes and bytes'],
  [1_000, 'thousands (ms and s, us and ms, KB and B)'],
  [1_024, 'KiB and B'],
  [1_000_000, 'millions (us and s, MB and B)'],
  [1_024 ** 2, 'MiB and B'],
  [1e9, 'thousands of millions (GB and B)'],
  [1_024 ** 3, 'GiB and B'],
  [1_024 ** 4, 'TiB and B'],
];

/** What two numbers that differ by the factor of a unit look like. */
export function factorHint(is: unknown, should: unknown): string | undefined {
  if (typeof is !== 'number' || typeof should !== 'number' || is <= 0 || should <= 0)
    return undefined;
  const ratio = Math.max(is / should, should / is);
  const [factor, what] = FACTORS.find(([one]) => Math.abs(ratio / one - 1) < 1e-6) ?? [];
  if (factor === undefined) return undefined;
  return `they differ by the factor ${Number(factor.toPrecision(7))}: were ${what} confused?`;
}
