/** Entity events out of OTLP as JSON. */

interface Value {
  readonly stringValue?: string;
  readonly intValue?: string | number;
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] };
  readonly arrayValue?: { readonly values?: readonly Value[] };
}
interface KeyValue {
  readonly key: string;
  readonly value: Value;
}

export interface EntityEvent {
  readonly name: string;
  readonly type: string;
  /** Type and identifying attributes, as one text. */
  readonly key: string;
  readonly description: Readonly<Record<string, unknown>>;
  /** `RELATION KEY-OF-TARGET`. */
  readonly relations: readonly string[];
  /** s. */
  readonly interval: unknown;
}

export function keyOf(type: unknown, id: unknown): string {
  return `${String(type)} ${JSON.stringify(id)}`;
}

/** undefined: the record is none. */
export function entityEventOf(record: Readonly<Record<string, unknown>>): EntityEvent | undefined {
  const name = String(record['eventName']);
  if (!name.startsWith('entity.')) return undefined;
  const said = mapOf(record['attributes'] as readonly KeyValue[]);
  const related = (said['entity.relationships'] ?? []) as readonly Record<string, unknown>[];
  return {
    name,
    type: String(said['entity.type']),
    key: keyOf(said['entity.type'], said['entity.id']),
    description: (said['entity.description'] ?? {}) as Record<string, unknown>,
    relations: related.map(
      (one) => `${String(one['relationship.type'])} ${keyOf(one['entity.type'], one['entity.id'])}`,
    ),
    interval: said['entity.report.interval'],
  };
}

function mapOf(pairs: readonly KeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, plain(value)]));
}

function plain(value: Value): unknown {
  if (value.kvlistValue) return mapOf(value.kvlistValue.values);
  if (value.arrayValue) return (value.arrayValue.values ?? []).map(plain);
  return value.stringValue ?? Number(value.intValue);
}
