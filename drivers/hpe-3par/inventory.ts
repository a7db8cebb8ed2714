/** The lists of a session: each from the interface where it is complete, or from the other by refusal. */
import {
  compact,
  toHostGroups,
  toPortGroups,
  toVolumeGroups,
  type Session,
} from 'delfin-agent/driver';
import { idsByName, shellFirst, type ArrayData, type Interfaces } from './array.ts';
import { createHardware } from './hardware.ts';
import * as mapping from './mapping.ts';
import * as records from './records.ts';
import { copiesOf, groupsOf, toReplication } from './replications.ts';

type Lists = Pick<Session, Extract<keyof Session, `list${string}`> | 'getStorage'>;

export function createLists(interfaces: Interfaces, array: ArrayData): Omit<Lists, 'listAlerts'> {
  const { rest, shell, context, parts } = interfaces;
  const vendor = context.model === 'unistor_cf' ? 'H3C' : 'HPE';
  return {
    async getStorage() {
      const system = await array.system();
      const status = shell && (await parts.added(array.health));
      return records.toStorage(system, vendor, status, await array.capacity());
    },
    async listStoragePools() {
      const cpgs = await array.cpgs();
      const promised = await array.promises();
      return cpgs.map((cpg) => records.toPool(cpg, promised?.(String(cpg['name']))));
    },
    async listVolumes() {
      const pools = await parts.added(async () => idsByName(await array.cpgs()));
      const volumes = await array.volumes();
      const snapshots = records.snapshotsOf(volumes);
      return volumes.map((volume) => records.toVolume(volume, pools, snapshots));
    },
    ...createHardware(interfaces, array),
    listStorageHosts: async () =>
      (await array.hosts()).flatMap((host) => records.toHost(host) ?? []),
    listStorageHostInitiators: async () =>
      records.toInitiators((await array.paths()).flatMap(records.toPaths)),
    async listStorageHostGroups() {
      const sets = await array.hostSets();
      return toHostGroups(mapping.setsOf(sets, await parts.added(array.hostIds)));
    },
    async listVolumeGroups() {
      const sets = await array.volumeSets();
      const volumes = await parts.added(async () => idsByName(await array.volumes()));
      return toVolumeGroups(mapping.setsOf(sets, volumes));
    },
    listPortGroups: async () =>
      toPortGroups(
        mapping.portGroupsOf(records.templatesOf(await array.vluns()).map(mapping.toVlun)),
      ),
    async listMaskingViews() {
      const vluns = records.templatesOf(await array.vluns()).map(mapping.toVlun);
      if (vluns.length === 0) return [];
      const by = async (load: () => Promise<Parameters<typeof idsByName>[0]>) =>
        await parts.added(async () => idsByName(await load()));
      const ids = compact<mapping.MappingIds>({
        hosts: await parts.added(array.hostIds),
        volumes: await by(array.volumes),
        hostSets: await by(array.hostSets),
        volumeSets: await by(array.volumeSets),
      });
      return vluns.flatMap((vlun) => mapping.toMaskingView(vlun, ids) ?? []);
    },
    listReplications: () => listReplications(interfaces, array),
    ...(rest ? { listAlertSources: async () => records.addressesOf(await array.system()) } : {}),
  };
}

async function listReplications(interfaces: Interfaces, array: ArrayData) {
  const { context, parts } = interfaces;
  const found = await shellFirst(
    interfaces,
    'remote copy',
    async (shell) => {
      const zone = await array.zone();
      return await shell.text('showrcopy', (lines) => groupsOf(lines, zone));
    },
    async (rest) => {
      const groups = await rest.members('/remotecopygroups', parts);
      if (groups.length === 0) return [];
      const ids = await parts.added(async () => idsByName(await array.volumes()));
      return copiesOf(groups, ids);
    },
  );
  return found.map((one) => toReplication(one, context.now()));
}
