/** Codes in the event daemon's traps. */

/** emcAsyncEventComponentType. */
export const COMPONENT_TYPES: Readonly<Record<string, string>> = {
  1024: 'Symmetrix',
  1025: 'Service Processor',
  1026: 'Device',
  1027: 'Physical Disk',
  1028: 'Director',
  1029: 'Port',
  1030: 'SRDF sub-system',
  1031: 'SRDF group',
  1032: 'Snap Save Device Pool',
  1033: 'Cache / Memory',
  1034: 'Power or Battery subsystem',
  1035: 'Environmental (e.g.: Temperature, Smoke)',
  1036: 'Diagnostics',
  1037: 'Communications sub-system',
  1038: 'External Lock',
  1039: 'Fan',
  1040: 'Link Controller Card',
  1041: 'Enclosure, Enclosure-Slot or MIBE',
  1042: 'SRDF/A DSE Device Pool',
  1043: 'Thin Device Data Pool',
  1044: 'Solutions Enabler DG group',
  1045: 'Solutions Enabler CG group',
  1046: 'Management Module',
  1047: 'IO Module Carrier',
  1048: 'Director - Environmental',
  1049: 'Storage Group',
  1050: 'Migration Session',
  1051: 'Symmetrix Disk Group',
};

/** emcAsyncEventCode: those with a published name. */
export const EVENT_NAMES: Readonly<Record<string, string>> = {
  1: 'SYMAPI_AEVENT2_UID_EVT_RESTARTED',
  2: 'SYMAPI_AEVENT2_UID_EVT_EVENTS_LOST',
  3: 'SYMAPI_AEVENT2_UID_EVT_EVENTS_OVERFLOW',
  1050: 'SYMAPI_AEVENT2_UID_MOD_DIAG_TRACE_TRIG',
  1051: 'SYMAPI_AEVENT2_UID_MOD_DIAG_TRACE_TRIG_REM',
};

/** connUnitType of the Fibre Alliance MIB. */
export const UNIT_TYPES: Readonly<Record<string, string>> = {
  1: 'unknown',
  2: 'other',
  3: 'hub',
  4: 'switch',
  5: 'gateway',
  6: 'converter',
  7: 'hba',
  8: 'proxy-agent',
  9: 'storage-device',
  10: 'host',
  11: 'storage-subsystem',
  12: 'module',
  13: 'swdriver',
  14: 'storage-access-device',
  15: 'wdm',
  16: 'ups',
  17: 'nas',
};
