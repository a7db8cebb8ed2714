/** What is generated is current, and says what it should. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { generate } from '../scripts/generate.ts';
import type { Alert, Trap } from '../src/driver/alerts.ts';
import { LISTS } from '../src/backend/lists.ts';
import { CATALOG } from '../src/telemetry/catalog.ts';
import { entitiesOf } from '../src/telemetry/entities/graph.ts';
import { toRecord } from '../src/telemetry/logs/record.ts';

const ROOT = resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const generated = await generate();

/** Everything an alert and a trap can say. */
const ALERT: Alert = {
  alert_id: '0x1',
  alert_name: 'Fan failed',
  severity: 'Major',
  category: 'Fault',
  type: 'EquipmentAlarm',
  sequence_number: '7',
  occur_time: 1,
  description: 'The fan stands still',
  recovery_advice: 'Replace it',
  resource_type: 'fan',
  location: 'enclosure 0',
  match_key: 'fan 0',
  clear_category: 'Automatic',
};
const TRAP: Trap = {
  version: 'v3',
  pdu_type: 'trap',
  trap_oid: '1.3.6.1.6.3.1.1.5.1',
  varbinds: [{ oid: '1.3.6.1.2.1.1.3.0', type: 'Integer', value: 1 }],
  source: '192.0.2.1',
  source_port: 162,
  agent_address: '192.0.2.2',
  enterprise: '1.3.6.1.4.1.32473',
  engine_id: '80000000ff',
  received_at: 1,
};

const TOLD = { system: 'a', observedAt: 1, uid: 'u' };

describe('generated documents', () => {
  it.each(Object.entries(generated))('%s is current (npm run generate)', (file, content) => {
    expect(read(file) === content).toBe(true);
  });

  it('docs/metrics.md has every family once', () => {
    const named = Array.from(
      read('docs/metrics.md').matchAll(/^\| `(\w+)` \| `/gm),
      ([, name]) => name,
    );
    expect(named.sort()).toEqual(CATALOG.map(({ name }) => name).sort());
  });

  describe('docs/semconv/registry.yaml', () => {
    const registry = parse(read('docs/semconv/registry.yaml')) as {
      imports: { metrics: string[] };
      attributes: { key: string }[];
      metrics: { name: string; attributes: { ref: string }[] }[];
      events: { name: string; attributes: { ref: string }[] }[];
      entities: { type: string; identity: { ref: string }[]; description?: { ref: string }[] }[];
    };
    const isOurs = (name: string) => /^(storage|delfin|snmp)\./.test(name);

    it('names every instrument of the catalog once', () => {
      const named = [...registry.metrics.map(({ name }) => name), ...registry.imports.metrics];
      expect(named.sort()).toEqual(CATALOG.map(({ instrument }) => instrument).sort());
      expect(registry.metrics.every(({ name }) => isOurs(name))).toBe(true);
    });

    it('defines each attribute of ours that is referred to, once', () => {
      const signals = [...registry.metrics, ...registry.events];
      const refs = signals.flatMap(({ attributes }) => attributes.map(({ ref }) => ref));
      const keys = registry.attributes.map(({ key }) => key);
      expect(keys).toEqual([...new Set(refs.filter(isOurs))].sort());
    });

    it('has every entity that is sent, told apart by the attributes that are sent', () => {
      const snapshot = { ...TOLD, system: 'a', vendor: 'v', model: 'm', labels: {}, up: true };
      const inventory = Object.fromEntries(
        LISTS.flatMap(({ parts }) =>
          parts.map(({ name, identity }) => [
            name,
            [Object.fromEntries(identity.map((field) => [field, '1']))],
          ]),
        ),
      );
      const told = [
        ...entitiesOf({ ...snapshot, performance: [], inventory: { ...inventory, storage: {} } }),
      ];
      expect(registry.entities.map(({ type }) => type)).toEqual(told.map(({ type }) => type));
      for (const [at, { identity }] of registry.entities.entries())
        expect(identity.map(({ ref }) => ref)).toEqual(Object.keys(told[at]?.id ?? {}));
    });

    it('has the attributes that records of alerts and traps carry', () => {
      const array = resourceFromAttributes({});
      const records = [
        toRecord(
          { kind: 'alert', state: 'raised', source: 'trap', alert: ALERT, trap: TRAP, ...TOLD },
          array,
          { varbinds: true },
        ),
        toRecord({ kind: 'trap', trap: TRAP, reason: 'unknown', ...TOLD }, array, {
          varbinds: true,
        }),
      ];
      for (const { eventName, attributes } of records) {
        const event = registry.events.find(({ name }) => name === eventName);
        const known = event?.attributes.map(({ ref }) => ref);
        expect(known?.toSorted()).toEqual(Object.keys(attributes).sort());
      }
    });
  });

  it('config.schema.json takes the example and refuses mistakes', () => {
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
      JSON.parse(read('config.schema.json')) as object,
    );
    const example = parse(read('config.example.yaml')) as { backends: Record<string, unknown>[] };
    expect(validate(example), JSON.stringify(validate.errors)).toBe(true);
    const [fake] = example.backends;
    for (const mistake of [
      { ...example, colour: 'red' },
      { ...example, backends: [{ ...fake, vendor: 'nobody' }] },
      { ...example, backends: [{ ...fake, fake: { volumes: 'many' } }] },
      { ...example, backends: [{ ...fake, interval: '5m' }] },
    ])
      expect(validate(mistake), JSON.stringify(mistake.backends)).toBe(false);
  });
});
