/** Programs that some tests need. Where one is missing, its tests say so and are skipped; CI has all. */
import { spawnSync } from 'node:child_process';

export function hasProgram(name: string): boolean {
  const found =
    spawnSync('sh', ['-c', `command -v ${name} || test -x /usr/sbin/${name}`]).status === 0;
  if (!found) console.log(`skipped: ${name} is not installed`);
  return found;
}

/** `promtool check metrics`: its complaints, line by line. @throws if it can't be run. */
export function promtoolComplaints(exposition: string): string[] {
  const { stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], {
    input: exposition,
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  });
  if (error) throw error;
  return `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
}
