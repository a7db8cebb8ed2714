/** Traps without loss, and what one costs, beside snmptrapd and Telegraf's snmp_trap on the same packets. */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FAKE_TRAP, TRAP_FIELDS } from '../drivers/fake_storage-fake_driver/alerts.ts';
import { pack } from '../test/traps/blaster.ts';
import { community, notification, secure, sender, text } from '../test/traps/encode.ts';
import { createBench } from '../test/traps/in-process.ts';
import { createRandom, mutate } from '../test/traps/mutate.ts';
import { scratch } from '../test/traps/scratch.ts';
import { startSnmptrapd, type Snmptrapd } from '../test/traps/snmptrapd.ts';
import { hasProgram } from '../test/kit/programs.ts';
import { cpuMsOf } from './kit/process.ts';
import { print, type Figure } from './kit/report.ts';
import { startTelegraf, type Telegraf } from './kit/telegraf.ts';

const SECONDS = 2;
const RATES = [5_000, 10_000, 20_000, 40_000, 60_000];
/** Rate at which processor time is compared, and for how long: what compiles on the way weighs little. */
const COST_RATE = 10_000;
const COST_SECONDS = 5;
/** What is not handled so long after the last was sent could not be kept up with. */
const GRACE_MS = 1_000;
const BLASTER = new URL('../test/traps/blaster.ts', import.meta.url).pathname;
const ENGINE = '8000000001020304';

/** Counters since the start; the cost of the receiver alone where it is a thread of its own. */
interface Reading {
  readonly handled: number;
  readonly kernelDrops: number;
  readonly micros: number;
  readonly receiverMicros?: number;
}

interface Peer extends AsyncDisposable {
  readonly port: number;
  read(): Promise<Reading>;
}

type Version = 'v2c' | 'v3';

const fields = Object.entries(TRAP_FIELDS);
const sealed = sender({
  user: 'sealed',
  engineId: ENGINE,
  auth: { protocol: 'sha', key: 'authentic' },
  priv: { protocol: 'aes', key: 'confident' },
});
let made = 0;

/** Each differs from every other. */
function datagrams(version: Version, count: number): Buffer[] {
  return Array.from({ length: count }, () => {
    made += 1;
    const values: Record<string, string> = {
      alertId: '0x1002',
      alertName: 'Disk failed',
      severity: 'Major',
      category: 'Event',
      sequenceNumber: String(made),
      occurTime: String(1_795_354_372_000 + made),
      description: 'Disk failed: enclosure 0, slot 7',
      location: 'enclosure 0, slot 7',
    };
    const pdu = notification(
      FAKE_TRAP,
      fields.map(([field, oid]) => ({ oid: `${oid}.0`, value: text(values[field] ?? '') })),
      { requestId: made },
    );
    return version === 'v2c'
      ? community(1, 'public', pdu)
      : secure(sealed, pdu, { messageId: made });
  });
}

async function blast(port: number, version: Version, rate: number, count: number): Promise<void> {
  using folder = scratch();
  const file = join(folder.path, 'datagrams');
  writeFileSync(file, pack(datagrams(version, count)));
  const child = spawn(process.execPath, [BLASTER, file, String(port), String(rate)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await once(child, 'exit');
}

interface Run {
  readonly lossFree: boolean;
  readonly microsPerTrap: number;
  readonly receiverMicrosPerTrap: number;
}

async function runAt(peer: Peer, version: Version, rate: number, seconds = SECONDS): Promise<Run> {
  const count = rate * seconds;
  const before = await peer.read();
  await blast(peer.port, version, rate, count);
  await sleep(GRACE_MS);
  const after = await peer.read();
  const handled = after.handled - before.handled;
  return {
    lossFree: handled === count && after.kernelDrops === before.kernelDrops,
    microsPerTrap: (after.micros - before.micros) / handled,
    receiverMicrosPerTrap: ((after.receiverMicros ?? 0) - (before.receiverMicros ?? 0)) / handled,
  };
}

async function highestRate(start: () => Promise<Peer>, version: Version): Promise<number> {
  let highest = 0;
  for (const rate of RATES) {
    await using peer = await start();
    const { lossFree } = await runAt(peer, version, rate);
    if (!lossFree) break;
    highest = rate;
  }
  return highest;
}

async function startOurs(end: 'record' | 'export' = 'export'): Promise<Peer> {
  const child = fork(new URL('./traps-receiver.ts', import.meta.url).pathname, [end], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    port,
    async read() {
      const answered = once(child, 'message');
      child.send('read');
      const [{ records, ...rest }] = (await answered) as [
        Omit<Reading, 'handled'> & { records: number },
      ];
      return { handled: records, ...rest };
    },
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function startTheirs(): Promise<Peer> {
  const peer = await startSnmptrapd(
    [
      'authCommunity log public',
      `createUser -e 0x${ENGINE} sealed SHA authentic AES confident`,
      'authUser log sealed priv',
    ],
    // Its default line, and a buffer as large as ours.
    {
      format: '%.4y-%.2m-%.2l %.2h:%.2j:%.2k %B [%b]: %v',
      receiveBuffer: 4 * 2 ** 20,
    },
  );
  return readable(peer);
}

async function startTelegrafOf(version: Version): Promise<Peer> {
  const options =
    version === 'v2c'
      ? { version: '2c' }
      : { version: '3', sec_name: 'sealed', sec_level: 'authPriv', auth_protocol: 'SHA', auth_password: 'authentic', priv_protocol: 'AES', priv_password: 'confident' }; // prettier-ignore
  const [first = Buffer.alloc(0)] = datagrams(version, 1);
  const peer = await startTelegraf(options, first);
  return readable(peer);
}

/** A program that writes a line for each trap. */
function readable(peer: Snmptrapd | Telegraf): Peer {
  return {
    port: peer.port,
    read: async () => ({
      handled: peer.lines(),
      kernelDrops: kernelDrops(peer.port),
      micros: cpuMsOf(peer.pid) * 1_000,
    }),
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  };
}

function kernelDrops(port: number): number {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const line = readFileSync('/proc/net/udp', 'utf8')
    .split('\n')
    .find((row) => row.trim().split(/\s+/)[1]?.endsWith(wanted));
  return Number(line?.trim().split(/\s+/).at(-1) ?? 0);
}

async function figuresOf(version: Version): Promise<Figure[]> {
  const name = version === 'v3' ? 'v3 authPriv (SHA, AES)' : version;
  const ourRate = await highestRate(() => startOurs(), version);
  const theirRate = await highestRate(startTheirs, version);
  const toRecord = await costOf(() => startOurs('record'), version);
  const toExport = await costOf(() => startOurs('export'), version);
  const theirs = await costOf(startTheirs, version);
  const telegraf = hasProgram('telegraf') ? await telegrafFigures(name, version) : [];
  return [
    {
      what: `${name}: highest rate without loss`,
      value: ourRate,
      unit: '/s',
      goal: 10_000,
      atLeast: true,
    },
    { what: `${name}: the same, snmptrapd`, value: theirRate, unit: '/s' },
    {
      what: `${name}: processor time per trap, socket to record`,
      value: toRecord.microsPerTrap,
      unit: 'us',
      goal: Math.round(theirs.microsPerTrap),
    },
    {
      what: `${name}: socket to compressed batch in the export queue`,
      value: toExport.microsPerTrap,
      unit: 'us',
      goal: 100,
    },
    {
      what: `${name}: of it in the receiver's thread`,
      value: toExport.receiverMicrosPerTrap,
      unit: 'us',
    },
    {
      what: `${name}: snmptrapd, socket to line of a file`,
      value: theirs.microsPerTrap,
      unit: 'us',
    },
    ...telegraf,
  ];
}

async function telegrafFigures(name: string, version: Version): Promise<Figure[]> {
  const start = () => startTelegrafOf(version);
  const rate = await highestRate(start, version);
  const { microsPerTrap } = await costOf(start, version);
  return [
    { what: `${name}: highest rate without loss, Telegraf`, value: rate, unit: '/s' },
    { what: `${name}: Telegraf, socket to line of a file`, value: microsPerTrap, unit: 'us' },
  ];
}

/** After a run that compiles what is measured. */
async function costOf(start: () => Promise<Peer>, version: Version): Promise<Run> {
  await using peer = await start();
  await runAt(peer, version, COST_RATE);
  return await runAt(peer, version, COST_RATE, COST_SECONDS);
}

/** Damaged and forged datagrams, in process: the slowest of many, and what a forged engine costs. */
function hostileFigures(): Figure[] {
  const random = createRandom(1);
  const user = { protocol: 'sha', key: 'authentic' } as const;
  const bench = createBench({ users: [{ name: 'sealed', auth: user }] });
  const bases = [...datagrams('v2c', 1), ...datagrams('v3', 1)];
  let slowest = 0;
  for (let round = 0; round < 200_000; round += 1) {
    const base = bases[round % bases.length] ?? Buffer.alloc(0);
    const { datagram } = mutate(base, base, random);
    slowest = Math.max(
      slowest,
      timed(() => void bench.send(datagram)),
    );
  }
  const forger = sender({ user: 'sealed', engineId: '80000000ffffffff', auth: user });
  const forged = Array.from({ length: 20_000 }, (_, index) => {
    const engineId = Buffer.from(forger.engineId);
    engineId.writeUInt32BE(index, 4);
    return secure({ ...forger, engineId }, notification(FAKE_TRAP, []), { messageId: index });
  });
  const ms = timed(() => {
    for (const datagram of forged) bench.send(datagram);
  });
  return [
    { what: 'slowest of 200,000 damaged datagrams', value: slowest, unit: 'ms', goal: 20 },
    { what: '5,000 forged engine ids a second', value: ms / 40, unit: '% of a core', goal: 30 },
  ];
}

function timed(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

print('Hostile datagrams', hostileFigures());
print(`Traps with ${fields.length} varbinds, ${SECONDS} s at each rate`, [
  ...(await figuresOf('v2c')),
  ...(await figuresOf('v3')),
]);
