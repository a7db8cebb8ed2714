/** Any file server or NAS with a standard SNMP agent. */
import { createParts, defineDriver, SnmpAccess, Type, type Filesystem } from 'delfin-agent/driver';
import { createLinks, healthAlerts, partAlerts, systemAlerts, type Kind } from './alerts.ts';
import { createClient } from './client.ts';
import { isWholeDisk } from './disks.ts';
import { capabilities, createRates, toMetrics } from './metrics.ts';
import {
  capacityOfPools,
  toComponents,
  toController,
  toDisks,
  toPorts,
  toStorage,
  toStoragePool,
  toVendorDisk,
  toVendorFilesystem,
  toVolume,
} from './records.ts';
import { capacityOf, toFilesystem, toSpaces } from './spaces.ts';
import type { Tell } from './tables.ts';
import { parseHostTrap } from './traps.ts';
import { createVendor, type SectionName } from './vendor.ts';

const WATCHED: readonly Kind[] = ['disks', 'pools', 'volumes', 'groups'];

export default defineDriver({
  vendor: 'generic',
  model: 'snmp_host',
  title: 'File servers and NAS with a standard SNMP agent (HOST-RESOURCES, IF, UCD MIBs), Synology, QNAP, TrueNAS, WD', // prettier-ignore
  access: Type.Object({ snmp: SnmpAccess }),
  methods: [
    'listControllers',
    'listPorts',
    'listDisks',
    'listFilesystems',
    'listComponents',
    'listAlerts',
    'collectPerfMetrics',
  ],
  capabilities: () => capabilities,
  parseAlert: parseHostTrap,

  async open(access, context) {
    const client = createClient(await context.snmp(access.snmp));
    // The first answer proves address and credentials.
    await client.system();
    const parts = createParts(context);
    const { tell } = parts;
    const vendor = createVendor(client, context.log);
    const links = createLinks();
    const rates = createRates();
    const shared = <T>(read: (tell: Tell) => Promise<T>) => parts.shared((own) => read(own.tell));
    const fileSystems = shared(client.fileSystems);
    const diskCounters = shared(client.diskCounters);
    const section = (name: SectionName) => shared((own) => vendor.section(name, own));
    const sections = {
      disks: section('disks'),
      pools: section('pools'),
      volumes: section('volumes'),
      filesystems: section('filesystems'),
    };

    /** Ids and names of the vendor's disks: counters of others belong to no disk of the list. */
    let own: ReadonlySet<string> | undefined;
    const vendorDisks = async () =>
      new Set(
        (await vendor.section('disks', tell, 'health'))?.flatMap(({ id, name }) => [
          id,
          name ?? id,
        ]),
      );

    async function capacity() {
      const rows = await fileSystems();
      const spaces = toSpaces(rows);
      if (spaces.some(({ foreign }) => !foreign)) return rows.whole ? capacityOf(spaces) : {};
      return capacityOfPools((await sections.pools()) ?? []);
    }

    return {
      async getStorage() {
        const system = await client.system();
        const identity = await vendor.identity(tell, 'health', system.objectId);
        return toStorage(system, (await parts.added(capacity)) ?? {}, identity);
      },
      listStoragePools: async () => ((await sections.pools()) ?? []).map(toStoragePool),
      listVolumes: async () => ((await sections.volumes()) ?? []).map(toVolume),
      listControllers: async () => (await client.processors(tell)).map(toController),
      async listPorts() {
        const ports = await client.interfaces(tell, 'ports');
        links.note(ports);
        return toPorts(ports, await client.addresses(tell));
      },
      async listDisks() {
        const listed = await sections.disks();
        if (listed && listed.length > 0) return listed.map(toVendorDisk);
        const sensors = await parts.added(() => vendor.section('sensors', tell));
        return toDisks(await diskCounters(), await client.diskSizes(tell), sensors);
      },
      listFilesystems: () =>
        parts.union<Filesystem>([
          async () => toSpaces(await fileSystems()).map(toFilesystem),
          async () => (await sections.filesystems())?.map(toVendorFilesystem),
        ]),
      async listComponents() {
        const identity = await parts.added(() => vendor.identity(tell, 'all'));
        return toComponents(await vendor.parts(tell), identity);
      },
      listAlerts: () =>
        parts.union([
          async () => links.lost(await client.links(tell)),
          async () => systemAlerts(await vendor.identity(tell)),
          async () => partAlerts(await vendor.parts(tell, 'health')),
          ...WATCHED.map(
            (kind) => async () =>
              healthAlerts(kind, (await vendor.section(kind, tell, 'health')) ?? []),
          ),
        ]),
      async collectPerfMetrics(resourceMetrics) {
        const { uptime } = await client.system();
        own ??= await parts.added(vendorDisks);
        const disks = ((await parts.added(diskCounters)) ?? []).filter(
          ({ name }) => isWholeDisk(name) && (!own || own.size === 0 || own.has(name)),
        );
        const samples = rates({
          uptime,
          processors: (await parts.added(() => client.processors(tell))) ?? [],
          interfaces: (await parts.added(() => client.interfaces(tell, 'traffic'))) ?? [],
          disks,
        });
        return toMetrics(samples, resourceMetrics, context.storageId, context.now());
      },
      close: () => client.close(),
    };
  },
});
