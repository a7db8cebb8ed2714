/** What `df` says about this machine's file systems, bytes by mount point. */
import { execFileSync } from 'node:child_process';

export interface FileSystemSize {
  readonly total: number;
  readonly used: number;
  /** What users other than root may still write. */
  readonly available: number;
  readonly device: string;
}

export function fileSystems(): ReadonlyMap<string, FileSystemSize> {
  const output = execFileSync('df', ['-k', '-P'], { encoding: 'utf8' });
  const rows = output.trim().split('\n').slice(1);
  return new Map(
    rows.map((row) => {
      const [device = '', total, used, available, , ...path] = row.split(/\s+/);
      const bytes = (blocks: string | undefined) => Number(blocks) * 1024;
      return [
        path.join(' '),
        { total: bytes(total), used: bytes(used), available: bytes(available), device },
      ];
    }),
  );
}
