/**
 * Attributes to ask for, by resource type. An array whose software does not know one of them refuses
 * the whole request, so each type has its sets in order: all, then those of older versions.
 */
/** Of a pool, LUN or file system: what snapshots and, from 4.3 on, data reduction do with its space. */
const SNAPSHOTS = ['snapCount', 'snapsSizeAllocated'];
const RATIO = 'dataReductionRatio';
const PART = [
  'id', 'name', 'health', 'needsReplacement', 'parent', 'manufacturer', 'model', 'emcPartNumber',
  'emcSerialNumber', 'vendorPartNumber', 'vendorSerialNumber',
]; // prettier-ignore
const ENCLOSURE = [...PART, 'currentPower', 'currentTemperature'];
const BARE_PART = ['id', 'name', 'health', 'needsReplacement'];
const POOL = ['id', 'name', 'health', 'sizeFree', 'sizeTotal', 'sizeUsed', 'sizeSubscribed'];
const LUN = [
  'id', 'name', 'health', 'type', 'sizeAllocated', 'sizeTotal', 'pool', 'wwn', 'isThinEnabled',
]; // prettier-ignore
const FILESYSTEM = [
  'id', 'name', 'health', 'sizeTotal', 'sizeUsed', 'isThinEnabled', 'pool', 'accessPolicy',
]; // prettier-ignore
const FC_PORT = ['id', 'name', 'health', 'storageProcessor', 'currentSpeed', 'wwn'];
const ETHERNET_PORT = [
  'id', 'name', 'health', 'storageProcessor', 'speed', 'isLinkUp', 'macAddress',
]; // prettier-ignore
const IP_INTERFACE = ['id', 'ipPort', 'ipProtocolVersion', 'ipAddress', 'netmask'];
const INITIATOR = ['id', 'health', 'type', 'parentHost', 'initiatorId'];
const ALERT = [
  'id', 'timestamp', 'severity', 'component', 'messageId', 'message', 'description', 'descriptionId',
]; // prettier-ignore

export const FIELDS = {
  system: [['id', 'name', 'model', 'serialNumber', 'health']],
  systemCapacity: [
    ['id', 'sizeFree', 'sizeTotal', 'sizeUsed', 'sizeSubscribed', RATIO],
    ['id', 'sizeFree', 'sizeTotal', 'sizeUsed', 'sizeSubscribed'],
  ],
  installedSoftwareVersion: [['id', 'version'], ['version']],
  basicSystemInfo: [['id', 'softwareVersion']],
  pool: [
    [...POOL, 'description', 'snapSizeUsed', RATIO],
    [...POOL, 'description', 'snapSizeUsed'],
    [...POOL, 'description'],
    POOL,
  ],
  // Advanced deduplication: 4.5 and later; data reduction: 4.3; compression: 4.1 and 4.2.
  lun: [
    [
      ...LUN,
      'description',
      ...SNAPSHOTS,
      'isDataReductionEnabled',
      'isAdvancedDedupEnabled',
      RATIO,
    ],
    [...LUN, 'description', ...SNAPSHOTS, 'isDataReductionEnabled', RATIO],
    [...LUN, 'description', ...SNAPSHOTS, 'isCompressionEnabled'],
    [...LUN, 'description', 'isDataReductionEnabled', 'isAdvancedDedupEnabled'],
    [...LUN, 'description', 'isDataReductionEnabled'],
    [...LUN, 'description', 'isCompressionEnabled'],
    [...LUN, 'description'],
    LUN,
  ],
  storageProcessor: [['id', 'name', 'health', 'slotNumber', 'memorySize']],
  disk: [
    [
      'id', 'name', 'health', 'model', 'manufacturer', 'version', 'emcSerialNumber', 'rpm', 'size',
      'diskGroup', 'diskTechnology',
    ], // prettier-ignore
  ],
  virtualDisk: [['id', 'name', 'health', 'model', 'manufacturer', 'sizeTotal']],
  fcPort: [[...FC_PORT, 'availableSpeeds'], FC_PORT],
  ethernetPort: [[...ETHERNET_PORT, 'supportedSpeeds'], ETHERNET_PORT],
  sasPort: [['id', 'name', 'health', 'storageProcessor', 'currentSpeed']],
  linkAggregation: [
    ['id', 'name', 'parentStorageProcessor', 'isLinkUp', 'macAddress'],
    ['id', 'name', 'isLinkUp', 'macAddress'],
  ],
  ipInterface: [[...IP_INTERFACE, 'v6PrefixLength'], IP_INTERFACE],
  // File-level retention: 4.5 and later.
  filesystem: [
    [
      ...FILESYSTEM,
      ...SNAPSHOTS,
      'flrVersion',
      'isDataReductionEnabled',
      'isAdvancedDedupEnabled',
      RATIO,
    ],
    [...FILESYSTEM, ...SNAPSHOTS, 'isDataReductionEnabled', RATIO],
    [...FILESYSTEM, ...SNAPSHOTS, 'isCompressionEnabled'],
    [...FILESYSTEM, 'flrVersion', 'isDataReductionEnabled', 'isAdvancedDedupEnabled'],
    [...FILESYSTEM, 'isDataReductionEnabled'],
    [...FILESYSTEM, 'isCompressionEnabled'],
    [...FILESYSTEM, 'flrVersion'],
    FILESYSTEM,
  ],
  treeQuota: [['id', 'filesystem', 'path', 'hardLimit', 'softLimit', 'sizeUsed']],
  userQuota: [['id', 'filesystem', 'treeQuota', 'hardLimit', 'softLimit', 'sizeUsed', 'uid']],
  cifsShare: [['id', 'filesystem', 'name', 'path']],
  nfsShare: [['id', 'filesystem', 'name', 'path']],
  host: [['id', 'health', 'name', 'description', 'osType']],
  hostIPPort: [
    ['id', 'name', 'type', 'address', 'host'],
    ['id', 'name', 'address', 'host'],
  ],
  hostInitiator: [[...INITIATOR, 'portWWN'], INITIATOR],
  hostGroup: [
    ['id', 'name', 'description', 'hosts'],
    ['id', 'name', 'hosts'],
  ],
  // A LUN of which nothing says whether the host sees it or a snapshot of it is not asked for.
  hostLUN: [
    ['id', 'host', 'lun', 'snap'],
    ['id', 'host', 'lun', 'type'],
    ['id', 'host'],
  ],
  storageResource: [['id', 'name', 'description', 'type', 'luns']],
  // The state of an alert: 5.0 and later.
  alert: [[...ALERT, 'state'], [...ALERT, 'isAcknowledged'], ALERT],
  dpe: [ENCLOSURE, BARE_PART],
  dae: [ENCLOSURE, BARE_PART],
  fan: [PART, BARE_PART],
  powerSupply: [[...PART, 'firmwareVersion'], BARE_PART],
  battery: [[...PART, 'firmwareVersion'], BARE_PART],
  memoryModule: [[...PART, 'firmwareVersion', 'isInserted'], BARE_PART],
  ioModule: [PART, BARE_PART],
  lcc: [PART, BARE_PART],
  ssc: [PART, BARE_PART],
  ssd: [[...PART, 'firmwareVersion'], BARE_PART],
  replicationSession: [
    [
      'id', 'name', 'health', 'status', 'syncState', 'syncProgress', 'lastSyncTime', 'localRole',
      'maxTimeOutOfSync', 'replicationResourceType', 'srcResourceId', 'dstResourceId', 'remoteSystem',
    ],
  ], // prettier-ignore
  remoteSystem: [['id', 'name']],
  mgmtInterface: [['id', 'ipAddress']],
  metric: [['id', 'path', 'unitDisplayString', 'isHistoricalAvailable']],
  metricService: [['id', 'isHistoricalEnabled']],
  alertConfigSNMPTarget: [['id', 'address']],
} as const satisfies Readonly<Record<string, readonly (readonly string[])[]>>;

export type ResourceName = keyof typeof FIELDS;

/** An attribute that says the same as one that is refused. */
const STANDS_FOR: Readonly<Record<string, string>> = {
  isCompressionEnabled: 'isDataReductionEnabled',
  type: 'snap',
  initiatorId: 'portWWN',
};

/** What a smaller set of attributes cannot tell, of the fullest one. */
export function lackOf(
  sets: readonly (readonly string[])[],
  fields: readonly string[],
): { readonly lacks?: string } {
  const told = new Set([...fields, ...fields.map((field) => STANDS_FOR[field] ?? field)]);
  const lacking = (sets[0] ?? []).filter((field) => !told.has(field));
  return lacking.length > 0 ? { lacks: lacking.join(', ') } : {};
}
