/**
 * Halves an export request as it goes over the wire: a receiver that finds it too large gets it in
 * two. The queue holds serialised batches only, so the halves are cut out of those.
 */
import type { Encoding, Signal } from './config.ts';
import { fieldsOf, varint } from './wire.ts';

/** The two halves in order; undefined if there is only one item. */
export function splitRequest(
  body: Uint8Array,
  signal: Signal,
  protocol: Encoding,
): readonly [Uint8Array, Uint8Array] | undefined {
  return protocol === 'http/json' ? splitJson(body, signal) : splitProtobuf(body, signal);
}

/** Keeps the items whose number, counted over the whole request, passes. */
interface Picker {
  count: number;
  keep(index: number): boolean;
}

function halves<T>(total: number, cut: (picker: Picker) => T): readonly [T, T] | undefined {
  if (total < 2) return undefined;
  const middle = Math.ceil(total / 2);
  return [
    cut({ count: 0, keep: (index) => index < middle }),
    cut({ count: 0, keep: (index) => index >= middle }),
  ];
}

/** Field names from the request down to the items; one of several at a level. */
const JSON_PATHS: Readonly<Record<Signal, readonly (readonly string[])[]>> = {
  metrics: [
    ['resourceMetrics'],
    ['scopeMetrics'],
    ['metrics'],
    ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'],
    ['dataPoints'],
  ],
  logs: [['resourceLogs'], ['scopeLogs'], ['logRecords']],
};

function splitJson(body: Uint8Array, signal: Signal) {
  const request = JSON.parse(Buffer.from(body).toString('utf8')) as unknown;
  const counter: Picker = { count: 0, keep: () => true };
  pickJson(request, JSON_PATHS[signal], counter);
  return halves(counter.count, (picker) =>
    Buffer.from(JSON.stringify(pickJson(request, JSON_PATHS[signal], picker) ?? {})),
  );
}

/** A copy with the picked items only; undefined if none are left. */
function pickJson(
  value: unknown,
  [fields, ...deeper]: readonly (readonly string[])[],
  picker: Picker,
): unknown {
  if (!fields) {
    picker.count += 1;
    return picker.keep(picker.count - 1) ? value : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = Object.entries(value).flatMap(([key, child]): [string, unknown][] => {
    if (!fields.includes(key)) return [[key, child]];
    const kept = Array.isArray(child)
      ? child.flatMap((element) => pickJson(element, deeper, picker) ?? [])
      : pickJson(child, deeper, picker);
    return kept === undefined || (Array.isArray(kept) && kept.length === 0) ? [] : [[key, kept]];
  });
  return entries.some(([key]) => fields.includes(key)) ? Object.fromEntries(entries) : undefined;
}

/** Field numbers from the request down to the items; one of several at a level. */
const PROTOBUF_PATHS: Readonly<Record<Signal, readonly (readonly number[])[]>> = {
  metrics: [[1], [2], [2], [5, 7, 9, 10, 11], [1]],
  logs: [[1], [2], [2]],
};

function splitProtobuf(body: Uint8Array, signal: Signal) {
  const counter: Picker = { count: 0, keep: () => true };
  pickProtobuf(body, PROTOBUF_PATHS[signal], counter);
  return halves(
    counter.count,
    (picker) => pickProtobuf(body, PROTOBUF_PATHS[signal], picker) ?? new Uint8Array(),
  );
}

function pickProtobuf(
  message: Uint8Array,
  [fields, ...deeper]: readonly (readonly number[])[],
  picker: Picker,
): Uint8Array | undefined {
  if (!fields) {
    picker.count += 1;
    return picker.keep(picker.count - 1) ? message : undefined;
  }
  const parts: Uint8Array[] = [];
  let found = false;
  for (const field of fieldsOf(message)) {
    if (field.content === undefined || !fields.includes(field.number)) {
      parts.push(field.whole);
      continue;
    }
    const kept = pickProtobuf(field.content, deeper, picker);
    if (!kept) continue;
    found = true;
    parts.push(varint(field.number * 8 + 2), varint(kept.length), kept);
  }
  return found ? Buffer.concat(parts) : undefined;
}
