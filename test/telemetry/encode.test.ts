/** Requests encoded from columns are the official serializer's, byte by byte. */
import { resourceFromAttributes } from '@opentelemetry/resources';
import { describe, expect, it } from 'vitest';
import { createIdentities } from '../../src/telemetry/labels.ts';
import { createSampleEncoder } from '../../src/telemetry/otlp/encode.ts';
import { encodedBatches, sampleBatches, type Gathered } from '../../src/telemetry/otlp/gather.ts';
import { createCollection, hrTimeOf } from '../../src/telemetry/otlp/points.ts';
import { METRIC_SERIALIZERS } from '../../src/telemetry/otlp/serializers.ts';
import { fakeSnapshot } from '../kit/snapshot.ts';

const official = METRIC_SERIALIZERS['http/protobuf'];
const resource = resourceFromAttributes({ 'service.name': 'a', site: 'lab' });
const scope = { name: 'delfin.metrics', version: '1' };

describe('requests encoded from columns', () => {
  it.each([1, 7, 100, 8_000])(
    'of %i points are what the official serializer makes',
    async (max) => {
      const { snapshot, columns } = await fakeSnapshot({
        fake: { volumes: 40, odd_names: true },
        // Several samples of each series, times with and without whole seconds.
        now: 1_790_000_000_123,
        windowMs: 30_000,
      });
      const gathered = (): Gathered => ({
        identities: createIdentities(snapshot.system),
        attributes: new WeakMap(),
        encoded: new WeakMap(),
        snapshot,
        left: new Set(),
      });
      const begin = () => {
        const attributes = new WeakMap();
        return createCollection({ resource, scope, start: hrTimeOf(0), attributes });
      };
      const head = { resource, scopeMetrics: [{ scope, metrics: [] }] };
      const encoder = createSampleEncoder(head, new WeakMap());
      const encoded = encodedBatches(gathered(), columns, encoder, max);
      let batches = 0;
      for (const batch of sampleBatches(gathered(), columns, begin, max)) {
        batches += 1;
        const { value } = encoded.next();
        expect(value?.points).toBeLessThanOrEqual(max);
        expect(Buffer.compare(value?.body ?? Buffer.of(), official.serializeRequest(batch) ?? Buffer.of())).toBe(0); // prettier-ignore
        if (batches === 50) return;
      }
      expect(encoded.next().done).toBe(true);
      expect(batches).toBeGreaterThan(0);
    },
  );
});
