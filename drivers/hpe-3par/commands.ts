/** What changes the array: called for an operator's command only. */
import { BackendError, ConfigurationError, shellQuote, type TrapConfig } from 'delfin-agent/driver';
import type { Shell } from './shell.ts';

/** The command line gives its errors no code. */
const CODE = 'cli';

const ADDRESS = /^[A-Za-z0-9.:-]+$/;

/** `removealert`; an alert that has gone already is cleared. */
export async function clearAlert(shell: Shell, sequenceNumber: string): Promise<void> {
  if (!/^\d+$/.test(sequenceNumber)) {
    throw new ConfigurationError(
      `"${sequenceNumber}" is no alert id of this array; ids are numbers`,
    );
  }
  const output = await shell.run(`removealert -f ${sequenceNumber}`, { writes: true });
  if (output.trim() === '' || /unable to read alert|removed/i.test(output)) return;
  throw new BackendError(CODE, `removealert: ${output.trim().slice(0, 160)}`);
}

export async function addTrapConfig(shell: Shell, config: TrapConfig): Promise<void> {
  await change(shell, ['addsnmpmgr', ...options(config), address(config)]);
}

export async function removeTrapConfig(shell: Shell, config: TrapConfig): Promise<void> {
  await change(shell, ['removesnmpmgr', '-f', '-p', String(config.port), address(config)]);
}

/** v3 names a user that `createsnmpuser` has made; its keys stay on the array. */
function options(config: TrapConfig): string[] {
  const port = ['-p', String(config.port)];
  if (config.version === 'v1') {
    throw new ConfigurationError('the array sends SNMP v2c and v3 traps only');
  }
  if (config.version === 'v2c') {
    const community = config.community?.reveal();
    return [...port, '-version', '2', ...(community ? ['-pw', shellQuote(community)] : [])];
  }
  if (!config.user) throw new ConfigurationError('an SNMP v3 trap receiver needs a user');
  return [...port, '-version', '3', '-snmpuser', shellQuote(config.user.name)];
}

function address(config: TrapConfig): string {
  if (ADDRESS.test(config.host)) return config.host;
  throw new ConfigurationError(`"${config.host}" is no address of a trap receiver`);
}

/** These commands are silent, or say what was added or removed. */
async function change(shell: Shell, words: readonly string[]): Promise<void> {
  const output = await shell.run(words.join(' '), { writes: true });
  if (/unable|cannot|invalid|does not exist|already exists/i.test(output)) {
    throw new BackendError(CODE, `${words[0]}: ${output.trim().slice(0, 160)}`);
  }
}
