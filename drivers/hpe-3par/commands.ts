/** What changes the array: called for an operator's command only. */
import {
  BackendError,
  ConfigurationError,
  shellQuote,
  type Session,
  type TrapConfig,
} from 'delfin-agent/driver';
import type { Shell } from './shell.ts';

export function createCommands(shell: Shell) {
  /** The command line gives its errors no code. */
  const run = async (words: readonly string[], isDone: (output: string) => boolean) => {
    const output = (await shell.run(words.join(' '), { writes: true })).trim();
    if (!isDone(output)) throw new BackendError('cli', `${words[0]}: ${output.slice(0, 160)}`);
  };
  /** These commands are silent, or say what was added or removed. */
  const isChanged = (output: string) =>
    !/unable|cannot|invalid|does not exist|already exists/i.test(output);
  /** An alert that has gone already is cleared. */
  const isRemoved = (output: string) =>
    output === '' || /unable to read alert|removed/i.test(output);
  return {
    async clearAlert(sequenceNumber) {
      if (!/^\d+$/.test(sequenceNumber)) {
        throw new ConfigurationError(
          `"${sequenceNumber}" is no alert id of this array; ids are numbers`,
        );
      }
      await run(['removealert', '-f', sequenceNumber], isRemoved);
    },
    addTrapConfig: async (config) =>
      run(['addsnmpmgr', ...options(config), address(config)], isChanged),
    removeTrapConfig: async (config) =>
      run(['removesnmpmgr', '-f', '-p', String(config.port), address(config)], isChanged),
  } satisfies Partial<Session>;
}

const ADDRESS = /^[A-Za-z0-9.:-]+$/;

function address({ host }: TrapConfig): string {
  if (ADDRESS.test(host)) return host;
  throw new ConfigurationError(`"${host}" is no address of a trap receiver`);
}

/** v3 names a user that `createsnmpuser` has made; its keys stay on the array. */
function options({ version, port, community, user }: TrapConfig): string[] {
  const common = ['-p', String(port), '-version'];
  if (version === 'v1') {
    throw new ConfigurationError('the array sends SNMP v2c and v3 traps only');
  }
  if (version === 'v2c') {
    const word = community?.reveal();
    return [...common, '2', ...(word ? ['-pw', shellQuote(word)] : [])];
  }
  if (!user) throw new ConfigurationError('an SNMP v3 trap receiver needs a user');
  return [...common, '3', '-snmpuser', shellQuote(user.name)];
}
