/** The statistics files as the nodes write them. */
import { growth, RESTART, sumSinceStart, total, writers, type Clockwork } from './counters.ts';
import type { Model } from './data.ts';
import { localTime, offsetMs } from './print.ts';

const VOLUME_COUNTERS = [
  'ctrhs', 'ctwhs', 'ctws', 'ctrs', 'ro', 'wo', 'rb', 'wb', 'rl', 'wl', 'xl',
] as const; // prettier-ignore
const PORT_COUNTERS = [
  'hbt', 'hbr', 'het', 'her', 'cbt', 'cbr', 'cet', 'cer',
  'lnbt', 'lnbr', 'lnet', 'lner', 'rmbt', 'rmbr', 'rmet', 'rmer',
] as const; // prettier-ignore
const NODE_COUNTERS = ['ro', 'wo', 'rb', 'wb', 're', 'we', 'rq', 'wq'] as const;

export interface DumpFile {
  readonly name: string;
  /** Id of the node that wrote it. */
  readonly node: string;
  content(): string;
}

/** All files of /dumps/iostats as they are now. */
export function createDumps(model: Model, clockwork: Clockwork): () => readonly DumpFile[] {
  if (model.sparse) return () => [];
  const types = ['Nn', 'Nv', 'Nm', ...(model.drives.length > 0 ? ['Nd'] : [])];
  let files: readonly DumpFile[] = [];
  let newest: number | undefined;
  return () => {
    const intervals = clockwork.intervals();
    if (newest === intervals.at(-1)?.at) return files;
    newest = intervals.at(-1)?.at;
    files = writers(model).flatMap(({ node, delayMs, index }) =>
      intervals.flatMap(({ at, end }) =>
        types.map((type) => ({
          node: node.id,
          name: fileName(type, node.panel, end + delayMs, model.system.zone),
          content: kept(model, () => contentOf(model, type, index, at, end + delayMs)),
        })),
      ),
    );
    return files;
  };
}

/** What is read again and again is written once; of huge systems that would be too much. */
function kept(model: Model, write: () => string): () => string {
  let written: string | undefined;
  if (model.volumes.length > MOST_KEPT) return write;
  return () => (written ??= write());
}

const MOST_KEPT = 500;

function fileName(type: string, panel: string, epochMs: number, zone: string): string {
  const time = localTime(epochMs, zone);
  return `${type}_stats_${panel}_${time.slice(0, 6)}_${time.slice(6)}`;
}

function contentOf(model: Model, type: string, node: number, at: number, end: number): string {
  const own = writers(model)[node]?.node;
  const lines = elementsOf(model, type, node, at);
  return [
    '<?xml version="1.0" encoding="utf-8" ?>',
    '<diskStatsColl xmlns="http://ibm.com/storage/management/performance/api/2003/04/diskStats"',
    ` scope="node" id="${own?.name}" cluster="${model.system.name}" node_id="0x${hex(own?.id)}"`,
    ` cluster_id="0x${model.system.id.toLowerCase()}" sizeUnits="512B" timeUnits="msec" ${rootTime(model, end)}>`,
    ...lines,
    '</diskStatsColl>\n',
  ].join('\n');
}

/** Newer releases write UTC, older ones the clock of the system and how far it is from UTC. */
function rootTime(model: Model, end: number): string {
  const written = (time: number) => new Date(time).toISOString().replace('T', ' ').slice(0, 19);
  if (model.generation === 'flashsystem-8.5') return `timestamp_utc="${written(end)}"`;
  const offset = offsetMs(end, model.system.zone);
  const minutes = Math.abs(offset) / 60_000;
  const zone = `GMT${offset < 0 ? '-' : '+'}${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
  return `timestamp="${written(end + offset)}" timezone="${zone}"`;
}

const hex = (id: string | undefined) => Number(id).toString(16).padStart(16, '0');

function elementsOf(model: Model, type: string, node: number, at: number): string[] {
  const counters = (kind: string, object: string, names: readonly string[]) =>
    names.map((name) => `${name}="${total(kind, object, name, node, at)}"`).join(' ');
  if (type === 'Nv') {
    return model.volumes.map(
      (volume) =>
        `<vdsk idx="${volume.id}" id="${escaped(volume.name)}" rlw="0" wlw="0" ${counters('volume', volume.id, VOLUME_COUNTERS)}>\n<ca rh="0" d="0"/>\n</vdsk>`,
    );
  }
  if (type === 'Nm' || type === 'Nd') {
    const [kind, objects] =
      type === 'Nm' ? (['mdisk', model.mdisks] as const) : (['drive', model.drives] as const);
    return objects.map((object) => {
      const times = ['rq', 'wq'].map((name) => {
        const ms = total(kind, object.id, name, node, at);
        const exact = ` u${name}="${ms * 1000}"`;
        // The older release has no counters in microseconds.
        return `${name}="${ms}"${model.generation === 'svc-7.4' ? '' : exact}`;
      });
      const name = 'name' in object ? object.name : object.id;
      return `<mdsk idx="${object.id}" id="${escaped(name)}" ${counters(kind, object.id, ['ro', 'wo', 'rb', 'wb'])} ${times.join(' ')}>\n<ca dav="0"/>\n</mdsk>`;
    });
  }
  const own = writers(model)[node]?.node;
  return [
    `<cpu busy="${busyTotal(own?.id ?? '', node, at)}" comp="0" system="0"/>`,
    ...model.nodes.map(
      (one) =>
        `<node id="${one.name}" cluster="${model.system.name}" node_id="0x${hex(one.id)}" cluster_id="0x${model.system.id.toLowerCase()}" ${counters('node', one.id, NODE_COUNTERS)}/>`,
    ),
    // A partner system's nodes have the same ids.
    ...model.nodes.map(
      (one) =>
        `<node id="remote${one.id}" cluster="partner" node_id="0x${hex(one.id)}" cluster_id="0x0000020060606060" ${counters('remote', one.id, NODE_COUNTERS)}/>`,
    ),
    ...model.fcPorts
      .filter((port) => port.node.id === own?.id)
      .map(
        (port, index) =>
          `<port id="${index + 1}" type="FC" type_id="${index + 1}" wwpn="0x${port.wwpn.toLowerCase()}" fc_wwpn="0x${port.wwpn.toLowerCase()}" fcoe_wwpn="" sas_wwn="" iqn="" ${counters('port', port.id, PORT_COUNTERS)} bbcz="0"/>`,
      ),
  ];
}

/** Busy milliseconds of an interval: at most all of it. */
export const busyGrowth = (node: string, index: number, at: number) =>
  growth('cpu', node, 'busy', index, at) % 60_000;

function busyTotal(node: string, index: number, at: number): number {
  const start = index === 1 && at >= RESTART ? 0 : 5_000_000;
  return start + sumSinceStart(index, at, (one) => busyGrowth(node, index, one));
}

const escaped = (name: string) =>
  name.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
