/** Telegraf's snmp_trap as a peer: a line of a file for each trap that it takes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { workspace } from '../../test/kit/agent.ts';
import { eventually, freeUdpPort } from '../../test/kit/ports.ts';
import { lineCounter, udpClient } from '../../test/traps/snmptrapd.ts';

/** Begins each line. */
const MARK = 'snmp_trap,';
const START_MS = 20_000;
const SETTLE_MS = 1_000;
/** It drops a trap whose OIDs are below no name that it knows. */
const MIB = `BENCH-MIB DEFINITIONS ::= BEGIN
org OBJECT IDENTIFIER ::= { iso 3 }
dod OBJECT IDENTIFIER ::= { org 6 }
internet OBJECT IDENTIFIER ::= { dod 1 }
END
`;

export interface Telegraf extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** Traps written so far. */
  lines(): number;
}

/** With options of its input; `first` is sent until it comes out. */
export async function startTelegraf(
  options: Readonly<Record<string, string>>,
  first: Uint8Array,
): Promise<Telegraf> {
  const space = workspace();
  const port = await freeUdpPort();
  const out = space.write('traps', '');
  mkdirSync(join(space.folder, 'mibs'));
  space.write('mibs/BENCH-MIB.txt', MIB);
  const given = Object.entries(options).map(([key, value]) => `${key} = "${value}"`);
  const config = space.write(
    'telegraf.conf',
    `[agent]
  interval = "1s"
  flush_interval = "100ms"
  metric_batch_size = 5000
  metric_buffer_limit = 5000000
  omit_hostname = true
  snmp_translator = "gosmi"
[[inputs.snmp_trap]]
  service_address = "udp://127.0.0.1:${port}"
  path = ["${join(space.folder, 'mibs')}"]
  ${given.join('\n  ')}
[[outputs.file]]
  files = ["${out}"]
  data_format = "influx"
`,
  );
  const child = spawn('telegraf', ['--config', config], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const lines = lineCounter(out, MARK);
  await using client = udpClient();
  const taken = async () => {
    await client.send(first, port).catch(() => {});
    return lines() > 0 || undefined;
  };
  await eventually('Telegraf', taken, START_MS);
  // None of those is under way any more: it writes several times a second.
  await sleep(SETTLE_MS);
  return {
    port,
    pid: child.pid ?? 0,
    lines,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
      space[Symbol.dispose]();
    },
  };
}
