/** Many scrapers cost what one costs: a page is put together and packed when it changes, not when it is read. */
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/backend/snapshot.ts';
import { createPageStore } from '../../src/telemetry/prometheus/page.ts';
import { createRenderer } from '../../src/telemetry/prometheus/render.ts';
import { ask, rawClient, serve } from './kit.ts';

const SCRAPERS = 50;

function arrayOf(volumes: number): Snapshot {
  return {
    system: 'a',
    vendor: 'v',
    model: 'm',
    labels: {},
    up: true,
    inventory: {
      volumes: Array.from({ length: volumes }, (_, at) => ({
        native_volume_id: `v${at}`,
        total_capacity: at,
      })),
    },
    performance: [],
  };
}

/** The pieces that were not made before. */
function newPieces(pieces: readonly Uint8Array[], known: Set<Uint8Array>): number {
  const before = known.size;
  for (const piece of pieces) known.add(piece);
  return known.size - before;
}

describe('fifty scrapers', () => {
  it('get one page that was packed once until it changes, and plain as well', async () => {
    const store = createPageStore();
    const { render } = createRenderer(1e7);
    store.apply(render(arrayOf(5_000)).exposition);
    const packed = new Set<Uint8Array>();
    const made: number[] = [];
    await using server = await serve({
      async metrics(system) {
        const page = await store.page(system);
        return (
          page && {
            plain: page.plain,
            gzip() {
              const body = page.gzip();
              // The few bytes around the packed families are of each answer.
              const large = body.pieces.filter(({ length }) => length > 64);
              made.push(newPieces(large, packed));
              return body;
            },
          }
        );
      },
    });
    const scrape = () =>
      Promise.all(
        Array.from({ length: SCRAPERS }, (_, at) =>
          ask(server, '/metrics', at % 2 ? { headers: { 'accept-encoding': 'gzip' } } : {}),
        ),
      );
    const textOf = async () => {
      const replies = await scrape();
      const texts = replies.map(({ status, headers, body }) => {
        expect(status).toBe(200);
        return (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
      });
      expect(new Set(texts).size).toBe(1);
      return texts[0] ?? '';
    };
    const first = await textOf();
    expect(first).toContain('storage_volume_id="v4999"');
    const pieces = packed.size;
    expect(made).toEqual([pieces, ...Array<number>(SCRAPERS / 2 - 1).fill(0)]);
    expect(await textOf()).toBe(first);
    expect(packed.size).toBe(pieces);

    store.apply(render(arrayOf(4_999)).exposition);
    expect(await textOf()).not.toContain('storage_volume_id="v4999"');
    expect(made.filter((count) => count > 0)).toHaveLength(2);
  });

  it('that read the plain page side by side share what is unpacked', async () => {
    const store = createPageStore();
    store.apply(createRenderer(1e7).render(arrayOf(20_000)).exposition);
    const page = await store.page();
    const readers = Array.from({ length: SCRAPERS }, () => {
      const pieces = page?.plain().pieces as AsyncIterable<Uint8Array>;
      return pieces[Symbol.asyncIterator]();
    });
    for (let rounds = 0; ; rounds += 1) {
      const read = await Promise.all(readers.map((reader) => reader.next()));
      expect(new Set(read.map(({ value }) => value as unknown)).size).toBe(1);
      if (!read[0]?.done) continue;
      expect(rounds).toBeGreaterThan(1);
      return;
    }
  });
});

describe(
  'two thousand half-open connections and two hundred that do not read',
  { timeout: 240_000 },
  () => {
    it('keep no scraper out, and are closed', async () => {
      const store = createPageStore();
      store.apply(createRenderer(1e7).render(arrayOf(20_000)).exposition);
      await using server = await serve({ metrics: (system) => store.page(system) });
      const attackers = (count: number, text: string, first: number) =>
        Promise.all(
          Array.from({ length: count }, (_, at) =>
            rawClient(server, text, `127.0.0.${first + (at % 8)}`),
          ),
        );
      const silent = await attackers(200, 'GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n', 20);
      for (const { socket } of silent) socket.pause();
      const halfOpen = [];
      for (let wave = 0; wave < 20; wave += 1) {
        halfOpen.push(...(await attackers(100, 'GET /metrics HTTP/1.1\r\nhost: a\r\n', 10)));
        const scraped = await ask(server, '/metrics', { headers: { 'accept-encoding': 'gzip' } });
        expect([wave, scraped.status]).toEqual([wave, 200]);
      }
      for (const { socket } of halfOpen) socket.resume();
      await Promise.all(halfOpen.map(({ closed }) => closed));
      expect((await ask(server, '/metrics')).status).toBe(200);
      for (const { socket } of silent) socket.destroy();
    });
  },
);
