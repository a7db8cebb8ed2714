/** Parts of the made-up array: as the API nests them, and as they are. */
import type { TruthRecord } from '../../kit/simulator.ts';
import type { ArrayModel } from './data.ts';
import type { Body } from './objects.ts';

interface Part {
  readonly list: string;
  readonly location: string;
  readonly status?: string;
  readonly type?: string;
  readonly temperature?: number;
  readonly temperatureStatus?: string;
  readonly parts?: readonly Part[];
}

const PARTS: readonly Part[] = [
  { list: 'fans', location: 'FAN-10', status: 'Normal' },
  { list: 'fans', location: 'FAN-20', status: 'Failed' },
  { list: 'dkcpss', location: 'DKCPS-00', status: 'Normal' },
  { list: 'dkcpss', location: 'DKCPS-01', status: 'Blocked' },
  { list: 'bkmfs', location: 'BKMF-10', status: 'Normal', parts: [{ list: 'batteries', location: 'BAT-0', status: 'Warning' }] },
  { list: 'bkmfs', location: 'BKMF-20', status: 'Normal', parts: [{ list: 'batteries', location: 'BAT-0', status: 'Normal' }] },
  { list: 'cacheMemories', location: 'CMG-10', status: 'Normal' },
  { list: 'cacheFlashMemories', location: 'CFM-10', status: 'Normal', type: 'BM35' },
  { list: 'chbs', location: 'CHB-1A', status: 'Normal', type: '4HF32R', parts: [{ list: 'sfps', location: 'CL1-A', status: 'Normal', type: 'Short Wave' }] },
  { list: 'dkbs', location: 'DKB-1G', status: 'Normal' },
  { list: 'lanbs', location: 'LANB-1', status: 'Warning(port)' },
  { list: 'driveBoxes', location: 'DB-00', status: 'Normal', type: 'DBS2', parts: [
    { list: 'dbps', location: 'DBPS00-1', status: 'Normal' },
    { list: 'dbps', location: 'DBPS00-2', status: 'Failed' },
    { list: 'encs', location: 'ENC00-1', status: 'Rebooting' },
    { list: 'drives', location: 'HDD00-00', status: 'Normal' },
  ] },
  { list: 'smFunctions', location: 'SM', status: 'Normal' },
]; // prettier-ignore

/** A VSP 5000 keeps its parts within its controller chassis. */
const CHASSIS: readonly Part[] = [
  { list: 'dkcs', location: 'DKC-0', status: 'Normal', parts: PARTS.slice(0, 4) },
  {
    list: 'dkcs',
    location: 'DKC-1',
    status: 'Normal',
    temperature: 64,
    temperatureStatus: 'Failed',
    parts: PARTS.slice(0, 4),
  },
  { list: 'hsnbxs', location: 'HSNBX-0', status: 'Normal' },
];

const partsOf = ({ options }: ArrayModel) => (options.generation === '5500' ? CHASSIS : PARTS);
const TEMPERATURE = [29, 51];
const HEAT = ['Normal', 'Warning'];

export function hardwareObject(model: ArrayModel): Body {
  const { sparse } = model.options;
  return {
    ...(sparse ? {} : { system: { powerConsumption: 283 } }),
    ctls: model.controllers.map(({ location, status }, index) => ({
      location,
      status,
      ...(sparse ? {} : { temperature: TEMPERATURE[index], temperatureStatus: HEAT[index] }),
      type: 'Controller Board',
    })),
    ...(sparse ? {} : nested(partsOf(model))),
  };
}

function nested(parts: readonly Part[]): Body {
  const lists = Map.groupBy(parts, ({ list }) => list);
  return Object.fromEntries(
    Array.from(lists, ([list, of]) => [
      list,
      of.map(({ location, status, type, temperature, temperatureStatus, parts: within = [] }) => ({
        ...(list === 'sfps' ? { portId: location } : { location }),
        status,
        type,
        temperature,
        temperatureStatus,
        ...nested(within),
      })),
    ]),
  );
}

const TYPES: Readonly<Record<string, string>> = {
  fans: 'fan', dkcpss: 'power_supply', dbps: 'power_supply', batteries: 'battery',
  cacheMemories: 'memory', cacheFlashMemories: 'memory', chbs: 'module', dkbs: 'module',
  lanbs: 'module', bkmfs: 'module', encs: 'module', sfps: 'sfp', driveBoxes: 'enclosure',
  dkcs: 'enclosure', hsnbxs: 'enclosure',
}; // prettier-ignore
const STATES: Readonly<Record<string, string>> = {
  Normal: 'ok', Warning: 'degraded', 'Warning(port)': 'degraded', Failed: 'failed', Blocked: 'failed',
}; // prettier-ignore

export function componentsOf(model: ArrayModel): TruthRecord[] {
  if (model.options.sparse) return [];
  return [
    { native_component_id: 'system', name: 'Storage system', type: 'other', power: 283 },
    ...model.controllers.map(({ location }, index) => ({
      native_component_id: `${location}/temperature`,
      name: `${location} temperature`,
      type: 'temperature',
      status: STATES[HEAT[index] ?? ''],
      native_parent_id: location,
      location,
      temperature: TEMPERATURE[index],
    })),
    ...partsOf(model).flatMap((part) => componentOf(part)),
  ];
}

function componentOf(part: Part, parent?: string): TruthRecord[] {
  const type = TYPES[part.list];
  if (type === undefined) return [];
  const id = parent === undefined ? part.location : `${parent}/${part.location}`;
  return [
    {
      native_component_id: id,
      name: part.location,
      type,
      status: STATES[part.status ?? ''] ?? 'unknown',
      ...(parent === undefined ? {} : { native_parent_id: parent }),
      location: part.location,
      ...(part.type === undefined ? {} : { model: part.type }),
    },
    ...(part.temperature === undefined
      ? []
      : [
          {
            native_component_id: `${id}/temperature`,
            name: `${part.location} temperature`,
            type: 'temperature',
            status: STATES[part.temperatureStatus ?? ''],
            native_parent_id: id,
            location: part.location,
            temperature: part.temperature,
          },
        ]),
    ...(part.parts ?? []).flatMap((within) => componentOf(within, id)),
  ];
}
