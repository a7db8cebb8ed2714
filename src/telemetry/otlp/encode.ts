/**
 * Samples, which are gauges all, as an export request in protobuf straight from their columns: the bytes that the
 * official serializer makes of the SDK's points (a test compares them), without making the points.
 */
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Family } from '../catalog.ts';
import type { Identity } from '../labels.ts';
import { hrTimeOf } from './points.ts';
import { METRIC_SERIALIZERS } from './serializers.ts';
import { fieldsOf, varint } from './wire.ts';

/** Attributes by resource, encoded once. */
export type EncodedAttributes = WeakMap<Identity, Uint8Array>;

export interface SampleEncoder {
  /** Points since the last request. */
  size(): number;
  /** Points of a family must follow one another. */
  add(family: Family, identity: Identity, timeMs: number, value: number): void;
  /** What was added since the last one; its memory is its own. */
  request(): Uint8Array<ArrayBuffer>;
}

/** Tags of a NumberDataPoint and their values: start, time, value. */
const FIXED_BYTES = 27;
const [START, TIME, VALUE] = [0x11, 0x19, 0x21];
/** Tag and length of a point in front of it; attributes are at most a few thousand bytes. */
const HEAD_BYTES = 5;
const FIRST_BYTES = 64 * 1024;

/** `head`: the resource and the scope, without metrics. */
export function createSampleEncoder(
  head: ResourceMetrics,
  attributes: EncodedAttributes,
): SampleEncoder {
  const frame = frameOf(head);
  /** What stands in front of a value, by time. */
  const fronts = new Map<number, Uint8Array>();
  let points = Buffer.allocUnsafeSlow(FIRST_BYTES);
  let end = 0;
  let size = 0;
  let family: Family | undefined;
  let metrics: Uint8Array[] = [];

  function closeMetric(): void {
    if (family && end > 0) metrics.push(...metricOf(family, points.subarray(0, end)));
    end = 0;
  }

  function timesOf(ms: number): Uint8Array {
    let front = fronts.get(ms);
    if (!front) fronts.set(ms, (front = frontOf(ms)));
    return front;
  }

  return {
    size: () => size,
    add(of, identity, timeMs, value) {
      if (of !== family) closeMetric();
      family = of;
      let own = attributes.get(identity);
      if (!own) attributes.set(identity, (own = attributesOf(identity)));
      const length = FIXED_BYTES + own.length;
      if (end + HEAD_BYTES + length > points.length) {
        const larger = Buffer.allocUnsafeSlow(
          Math.max(points.length * 2, end + HEAD_BYTES + length),
        );
        points.copy(larger, 0, 0, end);
        points = larger;
      }
      points[end++] = 0x0a;
      for (let left = length; ; left = Math.floor(left / 128)) {
        points[end++] = left < 128 ? left : (left % 128) + 128;
        if (left < 128) break;
      }
      points.set(timesOf(timeMs), end);
      points.writeDoubleLE(value, end + FIXED_BYTES - 8);
      points.set(own, end + FIXED_BYTES);
      end += length;
      size += 1;
    },
    request() {
      closeMetric();
      const scope = lengthDelimited(0x12, [frame.scope, ...metrics]);
      metrics = [];
      size = 0;
      return concat(lengthDelimited(0x0a, [frame.resource, ...scope]));
    },
  };
}

/** The parts of a request as the official serializer writes them. */
function frameOf(head: ResourceMetrics): { resource: Uint8Array; scope: Uint8Array } {
  const request = METRIC_SERIALIZERS['http/protobuf'].serializeRequest(head) ?? new Uint8Array();
  const [metrics] = fieldsOf(request);
  const [resource, scope] = fieldsOf(metrics?.content ?? request);
  if (!resource || !scope?.content) throw new Error('a resource could not be serialised');
  return { resource: resource.whole, scope: scope.content };
}

function metricOf({ instrument, help, unit }: Family, points: Uint8Array): Uint8Array[] {
  const gauge = lengthDelimited(0x2a, [Uint8Array.from(points)]);
  return lengthDelimited(0x12, [
    ...textField(0x0a, instrument),
    ...textField(0x12, help),
    ...textField(0x1a, unit),
    ...gauge,
  ]);
}

function attributesOf({ labels }: Identity): Uint8Array {
  return concat(
    labels.flatMap(([key, value]) =>
      lengthDelimited(0x3a, [
        ...textField(0x0a, key),
        ...lengthDelimited(0x12, textField(0x0a, value)),
      ]),
    ),
  );
}

function textField(tag: number, text: string): Uint8Array[] {
  return lengthDelimited(tag, [Buffer.from(text)]);
}

function lengthDelimited(tag: number, content: readonly Uint8Array[]): Uint8Array[] {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  return [Uint8Array.of(tag), varint(length), ...content];
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** No start, as gauges have none; the time; the tag of the value. */
function frontOf(ms: number): Uint8Array {
  const [seconds, nanoseconds] = hrTimeOf(ms);
  const bytes = Buffer.alloc(FIXED_BYTES - 8);
  bytes[0] = START;
  bytes[9] = TIME;
  bytes.writeBigUInt64LE(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds), 10);
  bytes[18] = VALUE;
  return bytes;
}
