/** The dashboards, as files that Grafana reads. */
import { agent } from './agent.ts';
import { alerts } from './alerts.ts';
import { array } from './array.ts';
import { capacity } from './capacity.ts';
import { controllers } from './controllers.ts';
import { files } from './files.ts';
import { fleet } from './fleet.ts';
import { hardware } from './hardware.ts';
import { hosts } from './hosts.ts';
import { build } from './kit.ts';
import { replication } from './replication.ts';
import { volumes } from './volumes.ts';

export const BOARDS = [
  fleet, array, capacity, volumes, hosts, controllers, hardware, files, replication, alerts, agent,
] as const; // prettier-ignore

/** File name -> content. */
export function dashboardFiles(): ReadonlyMap<string, string> {
  return new Map(
    BOARDS.map((board) => [`${board.name}.json`, `${JSON.stringify(build(board), null, 2)}\n`]),
  );
}
