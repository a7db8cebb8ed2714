/** Any file server or NAS with a standard SNMP agent. */
import { defineDriver, SnmpAccess, Type } from 'delfin-agent/driver';
import { linkAlerts, parseHostTrap } from './alerts.ts';
import { createClient } from './client.ts';
import { capabilities, createRates, toMetrics } from './metrics.ts';
import { toController, toDisks, toFilesystems, toPorts, toStorage } from './records.ts';

export default defineDriver({
  vendor: 'generic',
  model: 'snmp_host',
  title: 'File servers and NAS with a standard SNMP agent (HOST-RESOURCES, IF, UCD MIBs)',
  access: Type.Object({ snmp: SnmpAccess }),
  capabilities: () => capabilities,
  parseAlert: parseHostTrap,

  async open(access, context) {
    const client = createClient(await context.snmp(access.snmp));
    // The first answer proves address and credentials.
    await client.system();
    const rates = createRates();
    return {
      getStorage: async () => toStorage(await client.system(), await client.storages()),
      // A host has no pools and no volumes, only file systems.
      listStoragePools: async () => [],
      listVolumes: async () => [],
      listControllers: async () => (await client.processors()).map(toController),
      listPorts: async () => toPorts(await client.interfaces(), await client.addresses()),
      listDisks: async () => toDisks(await client.diskCounters(), await client.diskSizes()),
      listFilesystems: async () => toFilesystems(await client.storages(), await client.mounts()),
      listAlerts: async () => linkAlerts(await client.interfaces()),
      collectPerfMetrics: async (resourceMetrics) => {
        const { uptime } = await client.system();
        const samples = rates({
          uptime,
          processors: await client.processors(),
          interfaces: await client.interfaces(),
          disks: await client.diskCounters(),
        });
        return toMetrics(samples, resourceMetrics, context.storageId, context.now());
      },
      close: () => client.close(),
    };
  },
});
