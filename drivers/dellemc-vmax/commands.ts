/** What changes something: only for an operator's explicit command. */
import { BackendError, list, NotSupported, number, text, type Session } from 'delfin-agent/driver';
import type { Unisphere } from './client.ts';
import { segment } from './ids.ts';

export function createCommands({ get, send, origin, system, version }: Unisphere) {
  /** Trap receivers are settings of the server, for all its arrays. Since 100. */
  const receivers = `/${version}/system/snmp`;
  return {
    /** Acknowledges an alert; a server that only deletes alerts deletes it. */
    async clearAlert(alertId) {
      const path = `${system}/alert/${segment(alertId)}`;
      try {
        await send({ method: 'PUT', path, json: { editAlertActionParam: 'ACKNOWLEDGE' } });
      } catch (error) {
        if (!(error instanceof NotSupported)) throw error;
        await send({ method: 'DELETE', path });
      }
    },
    async addTrapConfig({ host: name, port, user }) {
      const account = user && {
        username: user.name,
        password: user.auth?.key.reveal(),
        passphrase: user.priv?.key.reveal(),
      };
      await send({ method: 'POST', path: receivers, json: { name, port, ...account } });
    },
    async removeTrapConfig({ host, port }) {
      const { snmp_traps: known } = await get(receivers);
      const own = list(known ?? [], 'snmp_traps').filter(
        (one) => text(one['name']) === host && number(one['port']) === port,
      );
      if (own.length === 0) {
        const message = `Unisphere at ${origin} sends no traps to ${host}:${port}`;
        throw new BackendError('absent', message);
      }
      for (const { id } of own) {
        await send({ method: 'DELETE', path: `${receivers}/${segment(text(id) ?? '')}` });
      }
    },
  } satisfies Partial<Session>;
}
