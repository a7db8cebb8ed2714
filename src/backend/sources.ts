import type { ForeignTraps } from './alerts/foreign.ts';
import type { BackendOutput } from './knowledge.ts';

/** Where its traps come from: as configured, and as the array itself says. */
export function createSources(
  configured: readonly string[],
  { foreign, output }: { readonly foreign?: ForeignTraps; readonly output: BackendOutput },
) {
  let known = '';
  let leave = foreign?.join(configured);
  return {
    learned(addresses: readonly string[]): void {
      const now = JSON.stringify([...addresses].sort());
      if (now === known) return;
      known = now;
      leave?.();
      leave = foreign?.join([...new Set([...configured, ...addresses])]);
      output.alertSources?.(addresses);
    },
    leave: () => leave?.(),
  };
}
