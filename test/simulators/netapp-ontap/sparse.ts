/** What the array of the scenario `sparse` does not tell, in its answers and in the truth. */
import type { Scenario, TruthRecord } from '../../kit/simulator.ts';
import type { Json } from './types.ts';

/** Field of the API -> field in the seed's terms. */
const MISSING: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '/api/cluster': { location: 'location' },
  '/api/storage/luns': { comment: 'description', serial_number: 'wwn', serial_number_hex: '' },
  '/api/storage/namespaces': { comment: 'description' },
  '/api/storage/disks': { serial_number: 'serial_number', model: 'model', vendor: 'manufacturer' },
  '/api/network/ethernet/ports': { mac_address: 'mac_address' },
  '/api/storage/volumes': { guarantee: 'type', snapshot_count: 'snapshot_count' },
  '/api/storage/qtrees': { path: 'path' },
  '/api/protocols/san/igroups': { comment: 'description' },
  '/api/cluster/nodes': { location: 'location' },
};

export function sparse(scenario: Scenario, path: string, record: Json): Json {
  return scenario === 'sparse' ? leave(record, Object.keys(MISSING[path] ?? {})) : record;
}

export function sparseTruth(scenario: Scenario, path: string, record: TruthRecord): TruthRecord {
  return scenario === 'sparse' ? leave(record, Object.values(MISSING[path] ?? {})) : record;
}

/** All but these fields. */
export function leave(record: Json, fields: readonly string[]): Json {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !fields.includes(name)));
}
