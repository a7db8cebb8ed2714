/** What changes something: only for an operator's explicit command. */
import {
  BackendError,
  list,
  NotSupported,
  number,
  text,
  type TrapConfig,
} from 'delfin-agent/driver';
import type { Unisphere } from './client.ts';
import { segment } from './ids.ts';

/** Acknowledges an alert; a server that only deletes alerts deletes it. */
export async function clearAlert({ send, system }: Unisphere, alertId: string): Promise<void> {
  const path = `${system}/alert/${segment(alertId)}`;
  try {
    await send({ method: 'PUT', path, json: { editAlertActionParam: 'ACKNOWLEDGE' } });
  } catch (error) {
    if (!(error instanceof NotSupported)) throw error;
    await send({ method: 'DELETE', path });
  }
}

/** Trap receivers are settings of the server, for all its arrays. Since 100. */
const receiversOf = ({ version }: Unisphere) => `/${version}/system/snmp`;

export async function addTrapConfig(client: Unisphere, config: TrapConfig): Promise<void> {
  const { host: name, port, user } = config;
  const account = user && {
    username: user.name,
    password: user.auth?.key.reveal(),
    passphrase: user.priv?.key.reveal(),
  };
  await client.send({
    method: 'POST',
    path: receiversOf(client),
    json: { name, port, ...account },
  });
}

export async function removeTrapConfig(
  client: Unisphere,
  { host, port }: TrapConfig,
): Promise<void> {
  const path = receiversOf(client);
  const { snmp_traps: receivers } = await client.get(path);
  const own = list(receivers ?? [], 'snmp_traps').filter(
    (one) => text(one['name']) === host && number(one['port']) === port,
  );
  if (own.length === 0) {
    throw new BackendError(
      'absent',
      `Unisphere at ${client.origin} sends no traps to ${host}:${port}`,
    );
  }
  for (const { id } of own) {
    await client.send({ method: 'DELETE', path: `${path}/${segment(text(id) ?? '')}` });
  }
}
