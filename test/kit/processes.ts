/** What Linux knows of a running process. */
import { readFileSync } from 'node:fs';

/** Node itself catches those that stop, before any code of ours. */
const SIGHUP = 1;

/** `true` when the first code of ours has run; undefined before. */
export function handlesSignals(pid: number): true | undefined {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const caught = BigInt(`0x${/^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return (caught >> BigInt(SIGHUP - 1)) & 1n ? true : undefined;
}

/** The only child of a process; undefined while there is none. */
export function childOf(pid: number): number | undefined {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  return child ? Number(child) : undefined;
}
