/**
 * Attributes to ask for, by resource type. An array whose software does not know one of them refuses
 * the whole request, so a type has those that all arrays have, and what newer ones have besides.
 */
const FIELDS = {
  system: 'id,name,model,serialNumber,health',
  systemCapacity: 'id,sizeFree,sizeTotal,sizeUsed,sizeSubscribed',
  installedSoftwareVersion: 'version',
  basicSystemInfo: 'id,softwareVersion',
  pool: 'id,name,health,sizeFree,sizeTotal,sizeUsed,sizeSubscribed',
  lun: 'id,name,health,type,sizeAllocated,sizeTotal,pool,wwn,isThinEnabled',
  storageProcessor: 'id,name,health,slotNumber,memorySize',
  disk: 'id,name,health,model,manufacturer,version,emcSerialNumber,rpm,size,diskGroup,diskTechnology',
  virtualDisk: 'id,name,health,model,manufacturer,sizeTotal',
  fcPort: 'id,name,health,storageProcessor,currentSpeed,wwn',
  ethernetPort: 'id,name,health,storageProcessor,speed,isLinkUp,macAddress',
  sasPort: 'id,name,health,storageProcessor,currentSpeed',
  linkAggregation: 'id,name,isLinkUp,macAddress',
  ipInterface: 'id,ipPort,ipProtocolVersion,ipAddress,netmask',
  filesystem: 'id,name,health,sizeTotal,sizeUsed,isThinEnabled,pool,accessPolicy',
  treeQuota: 'id,filesystem,path,hardLimit,softLimit,sizeUsed',
  userQuota: 'id,filesystem,treeQuota,hardLimit,softLimit,sizeUsed,uid',
  cifsShare: 'id,filesystem,name,path',
  nfsShare: 'id,filesystem,name,path',
  host: 'id,health,name,description,osType',
  hostIPPort: 'id,name,address,host',
  hostInitiator: 'id,health,type,parentHost,initiatorId',
  hostGroup: 'id,name,hosts',
  hostLUN: 'id,host',
  storageResource: 'id,name,description,type,luns',
  alert: 'id,timestamp,severity,component,messageId,message,description,descriptionId',
  dpe: 'id,name,health,needsReplacement',
  dae: 'id,name,health,needsReplacement',
  fan: 'id,name,health,needsReplacement',
  powerSupply: 'id,name,health,needsReplacement',
  battery: 'id,name,health,needsReplacement',
  memoryModule: 'id,name,health,needsReplacement',
  ioModule: 'id,name,health,needsReplacement',
  lcc: 'id,name,health,needsReplacement',
  ssc: 'id,name,health,needsReplacement',
  ssd: 'id,name,health,needsReplacement',
  replicationSession:
    'id,name,health,status,syncState,syncProgress,lastSyncTime,localRole,maxTimeOutOfSync,replicationResourceType,srcResourceId,dstResourceId,remoteSystem',
  remoteSystem: 'id,name',
  mgmtInterface: 'id,ipAddress',
  metric: 'id,path,unitDisplayString,isHistoricalAvailable',
  metricService: 'id,isHistoricalEnabled',
  alertConfigSNMPTarget: 'id,address',
} as const;

export type ResourceName = keyof typeof FIELDS;

/** What is asked for besides, in this order: all, then what older versions know of it, at last nothing. */
const MORE: { readonly [N in ResourceName]?: readonly string[] } = {
  systemCapacity: ['dataReductionRatio'],
  installedSoftwareVersion: ['id'],
  pool: ['description,snapSizeUsed,dataReductionRatio', 'description,snapSizeUsed', 'description'],
  // Advanced deduplication: 4.5 and later; data reduction: 4.3; compression: 4.1 and 4.2.
  lun: [
    'description,snapCount,snapsSizeAllocated,isDataReductionEnabled,isAdvancedDedupEnabled,dataReductionRatio',
    'description,snapCount,snapsSizeAllocated,isDataReductionEnabled,dataReductionRatio',
    'description,snapCount,snapsSizeAllocated,isCompressionEnabled',
    'description,isDataReductionEnabled,isAdvancedDedupEnabled',
    'description,isDataReductionEnabled',
    'description,isCompressionEnabled',
    'description',
  ],
  fcPort: ['availableSpeeds'],
  ethernetPort: ['supportedSpeeds'],
  linkAggregation: ['parentStorageProcessor'],
  ipInterface: ['v6PrefixLength'],
  // File-level retention: 4.5 and later.
  filesystem: [
    'snapCount,snapsSizeAllocated,flrVersion,isDataReductionEnabled,isAdvancedDedupEnabled,dataReductionRatio',
    'snapCount,snapsSizeAllocated,isDataReductionEnabled,dataReductionRatio',
    'snapCount,snapsSizeAllocated,isCompressionEnabled',
    'flrVersion,isDataReductionEnabled,isAdvancedDedupEnabled',
    'isDataReductionEnabled',
    'isCompressionEnabled',
    'flrVersion',
  ],
  hostIPPort: ['type'],
  hostInitiator: ['portWWN'],
  hostGroup: ['description'],
  // A LUN of which nothing says whether the host sees it or a snapshot of it is not asked for.
  hostLUN: ['lun,snap', 'lun,type'],
  // The state of an alert: 5.0 and later.
  alert: ['state', 'isAcknowledged'],
};

/** What is asked for of hardware besides, if the array knows all of it, and with it. */
const PART =
  'parent,manufacturer,model,emcPartNumber,emcSerialNumber,vendorPartNumber,vendorSerialNumber';
const OF_PART: { readonly [N in ResourceName]?: string } = {
  dpe: ',currentPower,currentTemperature',
  dae: ',currentPower,currentTemperature',
  fan: '',
  powerSupply: ',firmwareVersion',
  battery: ',firmwareVersion',
  memoryModule: ',firmwareVersion,isInserted',
  ioModule: '',
  lcc: '',
  ssc: '',
  ssd: ',firmwareVersion',
};

/** The sets of attributes to ask for, the fullest first. */
export function setsOf(type: ResourceName): readonly string[] {
  const ofPart = OF_PART[type];
  const more = ofPart === undefined ? (MORE[type] ?? []) : [PART + ofPart];
  return [...more.map((further) => `${FIELDS[type]},${further}`), FIELDS[type]];
}

/** An attribute that says the same as one that is refused. */
const STANDS_FOR: Readonly<Record<string, string>> = {
  isCompressionEnabled: 'isDataReductionEnabled',
  type: 'snap',
  initiatorId: 'portWWN',
};

/** What a smaller set of attributes cannot tell, of the fullest one. */
export function lackOf([fullest = '']: readonly string[], fields: string): string | undefined {
  const told = new Set(fields.split(',').flatMap((field) => [field, STANDS_FOR[field]]));
  const lacking = fullest.split(',').filter((field) => !told.has(field));
  return lacking.length > 0 ? lacking.join(', ') : undefined;
}
