/** What a poll of an SNMP agent costs the agent (requests) and us (processor time), beside snmp_exporter. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort } from '../test/kit/ports.ts';
import { hasProgram } from '../test/kit/programs.ts';
import { startMibAgent, tableOf, type Mib, type MibAgent } from '../src/testing/snmp-mib.ts';
import { cpuMsOf } from './kit/process.ts';
import { costOfPolls, type PollCost } from './kit/polls.ts';
import { print, type Figure } from './kit/report.ts';

const POLLS = 20;
const ROWS = 48;
const INTERFACES = 500;
const PEER = 'snmp_exporter';
const TABLES = ['1.3.6.1.2.1.2.2', '1.3.6.1.2.1.31.1.1', '1.3.6.1.2.1.25.2.3', '1.3.6.1.2.1.25.3.3', '1.3.6.1.4.1.2021.13.15.1']; // prettier-ignore

type Cost = Pick<PollCost, 'requests' | 'cpuMs'>;

const rows = <T>(of: (row: number) => T, length = ROWS) =>
  Object.fromEntries(Array.from({ length }, (_, at) => [String(at + 1), of(at + 1)]));

const [IF_TABLE = '', IF_X_TABLE = '', STORAGES = '', PROCESSORS = '', DISKS = ''] = TABLES;
const numbers = (columns: readonly number[], length = ROWS) =>
  Object.fromEntries(columns.map((column) => [column, rows((row) => row, length)]));
const MIB: Mib = {
  '1.3.6.1.2.1.1.1.0': 'Linux nas 6.1.0-13-amd64 #1 SMP',
  '1.3.6.1.2.1.1.2.0': { oid: '1.3.6.1.4.1.99999' },
  '1.3.6.1.2.1.1.3.0': 1_000,
  '1.3.6.1.2.1.1.5.0': 'nas',
  ...tableOf(IF_TABLE, { ...numbers([1, 3, 4, 5, 7, 8, 9, 10, 11, 13, 14, 16, 17, 19, 20], INTERFACES), 2: rows((row) => `eth${row}`, INTERFACES) }), // prettier-ignore
  ...tableOf(IF_X_TABLE, { ...numbers([6, 7, 8, 9, 10, 11, 12, 13, 15, 17], INTERFACES), 1: rows((row) => `eth${row}`, INTERFACES), 18: rows(() => '', INTERFACES) }), // prettier-ignore
  ...tableOf(STORAGES, { ...numbers([1, 4, 5, 6]), 2: rows(() => ({ oid: '1.3.6.1.2.1.25.2.1.4' })), 3: rows((row) => `/data${row}`) }), // prettier-ignore
  ...tableOf(PROCESSORS, { 1: rows(() => ({ oid: '0.0' })), 2: rows((row) => row) }),
  ...tableOf(DISKS, { ...numbers([1, 3, 4, 5, 6, 12, 13]), 2: rows((row) => `nvme${row}n1`) }),
};

async function peer(agent: MibAgent): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), 'delfin-bench-snmp-'));
  const file = join(folder, 'snmp.yml');
  writeFileSync(file, JSON.stringify(peerConfig()));
  const port = await freePort();
  const child = spawn(PEER, [`--config.file=${file}`, `--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' }); // prettier-ignore
  const exited = once(child, 'exit');
  const get = async (path: string) => await fetch(`http://127.0.0.1:${port}${path}`);
  const poll = async () => {
    const answer = await get(`/snmp?target=127.0.0.1:${agent.port}&module=bench&auth=bench`);
    const page = await answer.text();
    if (!answer.ok || !page.includes('bench_1_3')) throw new Error(`${PEER}: ${answer.status}`);
  };
  await eventually(PEER, async () => (await get('/').catch(() => undefined)) ?? undefined);
  for (let done = 0; done < POLLS; done += 1) await poll();
  const [before, cpuBefore] = [agent.requests.length, cpuMsOf(child.pid ?? 0)];
  for (let done = 0; done < POLLS; done += 1) await poll();
  const cpuMs = (cpuMsOf(child.pid ?? 0) - cpuBefore) / POLLS;
  child.kill();
  await exited;
  rmSync(folder, { recursive: true });
  return { requests: (agent.requests.length - before) / POLLS, cpuMs };
}

/** The same tables, each column a metric. JSON is YAML. */
function peerConfig(): unknown {
  const columns = new Set(Object.keys(MIB).filter((oid) => TABLES.some((table) => oid.startsWith(`${table}.`))).map((oid) => oid.slice(0, oid.lastIndexOf('.')))); // prettier-ignore
  const metrics = Array.from(columns, (oid) => ({
    name: `bench_${oid.replaceAll('.', '_')}`,
    oid,
    type: 'gauge',
    help: 'A column',
    indexes: [{ labelname: 'row', type: 'gauge' }],
  }));
  const auth = { community: 'public', version: 2, security_level: 'noAuthNoPriv' };
  return { auths: { bench: auth }, modules: { bench: { walk: TABLES, metrics } } };
}

const figures = (who: string, { requests, cpuMs }: Cost): Figure[] => [
  { what: `${who}: requests`, value: requests, unit: 'a poll' },
  { what: `${who}: processor time`, value: cpuMs, unit: 'ms a poll' },
];

await using agent = await startMibAgent(MIB);
const mine = await costOfPolls('snmp-poll.ts', String(agent.port), {
  warm: POLLS,
  polls: POLLS,
  requests: () => agent.requests.length,
});
const all = figures('snmp_host', mine);
if (hasProgram(PEER)) all.push(...figures(PEER, await peer(agent)));

print(`A poll of an SNMP agent with ${INTERFACES} interfaces`, all);
