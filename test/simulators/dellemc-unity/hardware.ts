/** Parts and replication sessions: as the API shows them, and what is true of them. */
import type { TruthRecord } from '../../kit/simulator.ts';
import type { Content, Contents } from './contents.ts';
import type { UnityArray } from './types.ts';

interface Part {
  readonly type: string;
  readonly id: string;
  readonly name: string;
  readonly parent: string;
  readonly content: Content;
  readonly truth: TruthRecord;
}

/** HealthEnum with reasons, other attributes, and the state they come to. */
const STATES: readonly (readonly [number, string, Content, string])[] = [
  [5, 'ALRT_COMPONENT_OK', {}, 'ok'],
  [20, 'ALRT_FAN_FAULT', {}, 'failed'],
  [7, 'ALRT_COMPONENT_OK', {}, 'ok'],
  [15, 'ALRT_PS_MISSING', {}, 'missing'],
  [10, 'ALRT_BBU_LOW', {}, 'degraded'],
  [5, 'ALRT_COMPONENT_OK', { needsReplacement: true }, 'predicted_failure'],
  [0, 'ALRT_UNKNOWN', {}, 'unknown'],
  [12, 'ALRT_NEW', {}, 'unknown'],
];

const KINDS = [
  ['dpe', 'enclosure', 'dpe', 'DPE', '0', 1],
  ['dae', 'enclosure', 'dae_0_', 'DAE 0 ', '0', 2],
  ['fan', 'fan', 'dpe_fan_a', 'DPE Cooling Module A', 'dpe', 8],
  ['powerSupply', 'power_supply', 'dae_0_1_ps_a', 'DAE 0 1 Power Supply A', 'dae_0_1', 4],
  ['battery', 'battery', 'spa_bbu_', 'SP A Battery ', 'spa', 2],
  ['memoryModule', 'memory', 'spa_mm_', 'SP A Memory Module ', 'spa', 3],
  ['ioModule', 'module', 'spa_iom_', 'SP A I/O Module ', 'spa', 2],
  ['lcc', 'module', 'dae_0_1_lcc_a', 'DAE 0 1 Link Control Card A', 'dae_0_1', 1],
  ['ssc', 'module', 'dae_0_1_ssc_', 'DAE 0 1 System Status Card ', 'dae_0_1', 1],
  ['ssd', 'module', 'spb_ssd', 'SP B Internal Disk', 'spb', 1],
] as const;

/** UnityVSA has nothing but its enclosure. */
function partsOf(array: UnityArray): Part[] {
  const kinds = array.generation === 'vsa' ? KINDS.slice(0, 1) : KINDS;
  return kinds.flatMap(([type, kind, prefix, title, parent, count]) =>
    Array.from({ length: count }, (_, index) => {
      const single = count === 1 && !/[_ ]$/.test(prefix);
      const id = single ? prefix : `${prefix}${index}`;
      const name = single ? title : `${title}${index}`;
      return { type, id, name, parent, ...wordsOf(type, kind, index) };
    }),
  );
}

function wordsOf(type: string, kind: string, index: number) {
  const [value, reason, more, status] = STATES[index % STATES.length] as (typeof STATES)[number];
  const hasFirmware = ['powerSupply', 'battery', 'memoryModule', 'ssd'].includes(type);
  const isEnclosure = kind === 'enclosure';
  const isOut = type === 'memoryModule' && index === 2;
  const isSilent = type === 'fan';
  return {
    content: {
      health: { value, descriptionIds: [reason], descriptions: [`${reason}.`] },
      needsReplacement: false,
      slotNumber: index,
      manufacturer: isSilent ? '' : 'ACBEL',
      model: isSilent ? '' : `Model ${type}`,
      emcPartNumber: '071-000-553',
      emcSerialNumber: isSilent ? '' : `AC${type}${index}`,
      vendorPartNumber: '',
      vendorSerialNumber: '',
      ...(hasFirmware ? { firmwareVersion: '0421' } : {}),
      ...(type === 'memoryModule' ? { isInserted: !isOut, size: 16 } : {}),
      ...(isEnclosure
        ? { currentPower: 399 + index, avgPower: 390, currentTemperature: 26 * (1 - index), busId: 0 }
        : {}),
      ...more,
    },
    truth: {
      type: kind,
      status: isOut ? 'missing' : status,
      part_number: '071-000-553',
      ...(isSilent ? {} : { vendor: 'ACBEL', model: `Model ${type}`, serial_number: `AC${type}${index}` }),
      ...(hasFirmware ? { firmware: '0421' } : {}),
      ...(isEnclosure
        ? { power: 399 + index, ...(index === 0 ? { temperature: 26 } : {}) }
        : {}),
    },
  };
} // prettier-ignore

export function partContents(array: UnityArray): Contents {
  const all: Record<string, Content[]> = Object.fromEntries(KINDS.map(([type]) => [type, []]));
  for (const { type, id, name, parent, content } of partsOf(array)) {
    const resource = parent === '0' ? 'system' : 'part';
    all[type]?.push({ id, name, parent: { id: parent, resource }, ...content });
  }
  return all;
}

export function componentsOf(array: UnityArray): TruthRecord[] {
  return partsOf(array).map(({ id, name, parent, truth }) => ({
    native_component_id: id,
    name,
    location: name,
    native_parent_id: parent === '0' ? undefined : parent,
    ...truth,
  }));
}

interface Session {
  readonly content: Content;
  readonly truth: TruthRecord;
}

/** Status, sync state, health and what they come to. */
const SESSIONS: readonly (readonly [number, number, number, string])[] = [
  [33_797, 2, 5, 'normal'],
  [33_797, 1, 5, 'syncing'],
  [33_795, 2, 5, 'suspended'],
  [13, 2, 20, 'failed'],
  [33_805, 102, 5, 'normal'],
  [2, 101, 5, 'degraded'],
  [2, 2, 15, 'degraded'],
  [77, 100, 5, 'unknown'],
];

/** What is replicated, by resource type: where, and the field and value that tell. */
function resourceOf(array: UnityArray, index: number): readonly [number, string, TruthRecord] {
  const lun = array.luns[index]?.id ?? 'sv_1';
  const choices: readonly (readonly [number, string, TruthRecord])[] = [
    [8, lun, { native_volume_id: lun }],
    [1, `res_fs_${index + 1}`, { native_filesystem_id: `fs_${index + 1}` }],
    [2, 'res_1', { native_volume_group_id: 'res_1' }],
    [10, 'nas_6', {}],
  ];
  return choices[index % choices.length] as (typeof choices)[number];
}

function sessionsOf(array: UnityArray): Session[] {
  return SESSIONS.map(([status, syncState, health, state], index) => {
    const [type, own, reference] = resourceOf(array, index);
    const role = index % 5;
    const isTarget = role === 1;
    const id = `171798691895_${array.serial}_${index}`;
    const kind = syncState <= 2 ? 'async' : 'sync';
    return {
      content: {
        id,
        name: `session ${index}`,
        health: { value: health, descriptionIds: ['ALRT_REPL_OK'] },
        replicationResourceType: type,
        status,
        syncState,
        syncProgress: index === 1 ? 42 : 0,
        // Never synchronised: nothing to say.
        lastSyncTime: undefined,
        localRole: role,
        maxTimeOutOfSync: kind === 'async' ? 60 : 0,
        srcResourceId: isTarget ? 'far_1' : own,
        dstResourceId: isTarget ? own : 'far_1',
        remoteSystem: { id: index === 6 ? 'RS_9' : 'RS_1' },
        networkStatus: 2,
      },
      truth: {
        native_replication_id: id,
        name: `session ${index}`,
        type: syncState === 100 ? 'unknown' : kind,
        role: ['source', 'target', 'both', 'both', 'unknown'][role],
        status: state,
        ...reference,
        remote_system: index === 6 ? undefined : 'FNM00184901113',
        remote_resource: 'far_1',
        progress: index === 1 ? 0.42 : undefined,
      },
    };
  });
}

export const managementAddresses = (): readonly string[] => ['192.0.2.10', '2001:db8::10'];

export function replicationContents(array: UnityArray): Contents {
  return {
    replicationSession: sessionsOf(array).map(({ content }) => content),
    remoteSystem: [{ id: 'RS_1', name: 'FNM00184901113', connectionType: 1 }],
    mgmtInterface: managementAddresses().map((ipAddress, index) => ({
      id: `mgmt_${index}`,
      ipAddress,
      protocolVersion: index === 0 ? 4 : 6,
    })),
  };
}

export const replicationsOf = (array: UnityArray): TruthRecord[] =>
  sessionsOf(array).map(({ truth }) => truth);
