/** Whatever an array calls its volumes, Prometheus takes the page and keeps them apart. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPageStore, textOfPage } from '../../src/telemetry/prometheus/page.ts';
import { createRenderer } from '../../src/telemetry/prometheus/render.ts';
import { hasProgram, promtoolComplaints } from '../kit/programs.ts';
import { startPrometheus } from '../kit/prometheus.ts';

const NAMES = 10_000;
const NASTY = [
  '"', '\\', '\\"', '\n', '\r', '\0', '\u0085', '\u2028', '\ud800', '\udc00x', '{}', ' ', '', '#',
  'a"} 1\nb{c="', '# TYPE x counter\nx 1', '\u202E', '\ufeff', 'x'.repeat(1_000_000),
]; // prettier-ignore

describe.skipIf(!hasProgram('prometheus') || !hasProgram('promtool'))(
  'ten thousand poisonous names',
  () => {
    it('are taken by promtool and by Prometheus, each volume by itself', async () => {
      const texts = fc.sample(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 200 }),
          fc
            .array(fc.constantFrom(...NASTY.filter(({ length }) => length < 50)), { maxLength: 8 })
            .map((parts) => parts.join('')),
          fc
            .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
            .map((codes) => String.fromCharCode(...codes)),
        ),
        { seed: 11, numRuns: NAMES - NASTY.length },
      );
      const volumes = [...NASTY, ...texts].map((name, at) => ({
        native_volume_id: `${at} ${name.slice(0, 300)}`,
        name,
      }));
      const store = createPageStore();
      const { exposition, drops } = createRenderer(1e7).render({
        system: 'a "b"\n',
        vendor: 'v\0',
        model: '\ud800',
        labels: {},
        up: true,
        inventory: { volumes },
        performance: [],
      });
      expect(drops).toEqual({ limit: 0, duplicate: 0, unnamed: 0 });
      store.apply(exposition);
      const page = await textOfPage(await store.page());
      expect(promtoolComplaints(page)).toEqual([]);

      const server = createServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
        response.end(page);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
      const { port } = server.address() as AddressInfo;
      await using prometheus = await startPrometheus({
        jobs: [{ name: 'poison', url: `http://127.0.0.1:${port}` }],
      });
      await prometheus.up();
      const [count] = await prometheus.found('count(storage_volume_info{job="poison"})');
      expect(count?.value).toBe(NAMES);
      const labels = await prometheus.found(
        'count by (__name__) ({job="poison", __name__=~"(storage|hw)_.+"})',
      );
      expect(labels.map(({ metric }) => metric['__name__']).sort()).toEqual([
        'storage_system_up',
        'storage_volume_info',
      ]);
      server.closeAllConnections();
      server.close();
    }, 240_000);
  },
);
