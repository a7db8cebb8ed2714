/** The operator's commands: the only requests that change the array. */
import {
  BackendError,
  ConfigurationError,
  idsOf,
  text,
  trapAddress,
  type TrapConfig,
} from 'delfin-agent/driver';
import { queryValue, type Client } from './client.ts';

export async function clearAlert(client: Client, sequenceNumber: string): Promise<void> {
  await client.send('DELETE', `/alarm/currentalarm?sequence=${queryValue(sequenceNumber)}`);
}

/** CMO_TRAP_VERSION. */
const VERSION = { v1: '1', v2c: '2', v3: '3' } as const;

/**
 * Adds a trap receiver. The community is one for the whole array, and SNMPv3 users are accounts of
 * their own: neither is changed here.
 */
export async function addTrapConfig(client: Client, config: TrapConfig): Promise<void> {
  if (config.version === 'v3' && !config.user) {
    throw new ConfigurationError('an SNMPv3 receiver needs the name of a USM user of the array');
  }
  if ((await receivers(client, config)).length > 0) return;
  await client.send('POST', '/snmp_trap_addr', {
    CMO_TRAP_SERVER_IP: config.host,
    CMO_TRAP_SERVER_PORT: String(config.port),
    CMO_TRAP_VERSION: VERSION[config.version],
    ...(config.user ? { CMO_TRAP_SERVER_USER: config.user.name } : {}),
  });
}

export async function removeTrapConfig(client: Client, config: TrapConfig): Promise<void> {
  const found = await receivers(client, config);
  if (found.length === 0) {
    throw new BackendError('not_found', `the array sends no traps to ${trapAddress(config)}`);
  }
  for (const id of found) {
    await client.send('DELETE', `/snmp_trap_addr/${encodeURIComponent(id)}`);
  }
}

async function receivers(client: Client, { host, port }: TrapConfig): Promise<string[]> {
  const all = await client.list('/snmp_trap_addr');
  const own = all.filter(
    ({ CMO_TRAP_SERVER_IP: address, CMO_TRAP_SERVER_PORT: at }) =>
      text(address) === host && text(at) === String(port),
  );
  return [...idsOf(own, 'ID')];
}
