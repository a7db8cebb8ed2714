/** Hitachi Virtual Storage Platform: the Configuration Manager REST API. */
import { allBut, defineDriver, RestAccess, text, Type, type Session } from 'delfin-agent/driver';
import { createAlerts, parseAlert } from './alerts.ts';
import { connect } from './client.ts';
import { createCommands } from './commands.ts';
import { createInventory } from './inventory.ts';
import { CAPABILITIES } from './metrics.ts';

const StorageDeviceId = Type.Optional(
  Type.Union([Type.String({ minLength: 1 }), Type.Integer({ minimum: 1 })], {
    description:
      'storageDeviceId of the array, 12 digits; needed where the server manages several arrays and rest.host is the address of none',
  }),
);

/** Models before the controllers' own management processor: their SIMs stay in the SVP. */
const WITHOUT_LOGS = /^(VSP G1[05]00|VSP F1500|HUS VM|VSP|Virtual Storage Platform)$/;

export default defineDriver({
  vendor: 'hitachi',
  model: 'vsp',
  title: 'Hitachi Virtual Storage Platform G, F, E, 5000, One Block',
  access: Type.Object({ rest: RestAccess, storage_device_id: StorageDeviceId }),
  methods: allBut(
    'listQuotas',
    'listFilesystems',
    'listQtrees',
    'listShares',
    'listPortGroups',
    'listVolumeGroups',
    'clearAlert',
    'getCapabilities',
    'collectPerfMetrics',
    'getLatestPerfTimestamp',
  ),
  capabilities: () => CAPABILITIES,
  parseAlert,

  async open(access, context) {
    const id = access.storage_device_id === undefined ? undefined : `${access.storage_device_id}`;
    const client = await connect(access.rest, id, context);
    return {
      ...createInventory(client, access.rest.host),
      ...(WITHOUT_LOGS.test(text(client.device.system?.['model']) ?? '')
        ? {}
        : { listAlerts: createAlerts(client, context) }),
      ...createCommands(client),
      close: () => client.close(),
    } satisfies Session;
  },
});
