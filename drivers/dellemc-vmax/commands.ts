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
export async function clearAlert(
  unisphere: Unisphere,
  arrayId: string,
  alertId: string,
): Promise<void> {
  const path = `/${unisphere.version}/system/symmetrix/${segment(arrayId)}/alert/${segment(alertId)}`;
  try {
    await unisphere.send({ method: 'PUT', path, json: { editAlertActionParam: 'ACKNOWLEDGE' } });
  } catch (error) {
    if (!(error instanceof NotSupported)) throw error;
    await unisphere.send({ method: 'DELETE', path });
  }
}

/** Trap receivers are settings of the server, for all its arrays. Since 100. */
export async function addTrapConfig(unisphere: Unisphere, config: TrapConfig): Promise<void> {
  await unisphere.send({
    method: 'POST',
    path: `/${unisphere.version}/system/snmp`,
    json: {
      name: config.host,
      port: config.port,
      ...(config.user
        ? {
            username: config.user.name,
            password: config.user.auth?.key.reveal(),
            passphrase: config.user.priv?.key.reveal(),
          }
        : {}),
    },
  });
}

export async function removeTrapConfig(unisphere: Unisphere, config: TrapConfig): Promise<void> {
  const path = `/${unisphere.version}/system/snmp`;
  const receivers = list((await unisphere.get(path))['snmp_traps'] ?? [], 'snmp_traps');
  const own = receivers.filter(
    (receiver) =>
      text(receiver['name']) === config.host && number(receiver['port']) === config.port,
  );
  if (own.length === 0) {
    throw new BackendError(
      'absent',
      `Unisphere at ${unisphere.origin} sends no traps to ${config.host}:${config.port}`,
    );
  }
  for (const receiver of own) {
    await unisphere.send({
      method: 'DELETE',
      path: `${path}/${segment(text(receiver['id']) ?? '')}`,
    });
  }
}
