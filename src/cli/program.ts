/** The commands and their options, nothing else: each command's work is loaded when it is called. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { explain, UsageError, type CommonOptions } from './context.ts';
import { nearest } from '../config/nearest.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../log.ts';
import { VERSION } from '../version.ts';

const program = new Command('delfin-agent')
  .description('Telemetry agent for storage arrays: vendor drivers to Prometheus and OpenTelemetry')
  .version(VERSION, '--version')
  .showHelpAfterError('(delfin-agent --help lists the commands)')
  .configureHelp({ showGlobalOptions: true });

/** Options every command takes, spelled as Prometheus users expect them. */
function withCommon(command: Command): Command {
  return command
    .addOption(
      new Option('--config.file <file>', 'configuration; repeats, takes globs')
        .argParser(collect)
        .default([], 'config.yaml'),
    )
    .addOption(
      new Option('--log.level <level>', 'what is logged').choices(LOG_LEVELS).default('info'),
    )
    .addOption(
      new Option('--log.format <format>', 'how it is logged')
        .choices(LOG_FORMATS)
        .default('logfmt'),
    );
}

const formatOption = (description?: string): Option =>
  new Option('--format <format>', description).choices(['table', 'json']).default('table');

/** Where it is served, and how: instead of the configured. */
function withServing(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--web.listen-address <address>',
        'HTTP address or unix:///path, instead of the configured; repeats',
      )
        .argParser(collect)
        .default([], 'the configured one'),
    )
    .option('--web.systemd-socket', 'HTTP at the sockets that systemd hands over, and nowhere else')
    .option('--web.config.file <file>', 'TLS and basic authentication');
}

function serving(options: Record<string, unknown>) {
  return {
    listen: options['web.listenAddress'] as string[],
    webConfig: options['web.config.file'] as string | undefined,
    systemdSocket: options['web.systemdSocket'] === true,
  };
}

function common(options: Record<string, unknown>): CommonOptions {
  const files = options['config.file'] as string[];
  return {
    configFile: files.length > 0 ? files : ['config.yaml'],
    logLevel: options['log.level'] as CommonOptions['logLevel'],
    logFormat: options['log.format'] as CommonOptions['logFormat'],
  };
}

withServing(withCommon(program.command('run', { isDefault: true })))
  .description('collect from all backends and serve the results')
  .option('--config.auto-reload', 'reload when a configuration file changes, as if it were asked')
  .option('--once', 'collect every backend once, print the exposition, exit')
  .option('--shard.index <n>', 'which shard this agent is, from 0', wholeNumber)
  .option('--shard.total <n>', 'how many agents share the configuration', wholeNumber)
  .action(async (options: Record<string, unknown>) => {
    const { run } = await import('./run.ts');
    await run({
      ...common(options),
      ...serving(options),
      autoReload: options['config.autoReload'] === true,
      once: options['once'] === true,
      shardIndex: options['shard.index'] as number | undefined,
      shardTotal: options['shard.total'] as number | undefined,
    });
  });

withServing(withCommon(program.command('check')))
  .description('validate the configuration: every mistake with its line')
  .action(async (options: Record<string, unknown>) => {
    const { check } = await import('./check.ts');
    await check({ ...common(options), ...serving(options) });
  });

withCommon(program.command('inspect'))
  .description('read everything one backend offers, once')
  .argument('[backend]', 'its name in the configuration')
  .addOption(formatOption('for people or for programs'))
  .option('--only <parts>', 'comma separated: volumes,ports,...', (parts: string) =>
    parts.split(','),
  )
  .option('--start <ms>', 'performance window, epoch ms', wholeNumber)
  .option('--end <ms>', 'performance window, epoch ms', wholeNumber)
  .option('--record <file>', 'write what went to and fro there, without secrets and names')
  .option('--replay <file>', 'read such a recording instead of an array')
  .action(async (backend: string | undefined, options: Record<string, unknown>) => {
    const { inspect } = await import('./inspect.ts');
    const { format, only, start, end, record, replay } = options as {
      format: 'table' | 'json';
      only?: string[];
      start?: number;
      end?: number;
      record?: string;
      replay?: string;
    };
    await inspect(backend, {
      ...common(options),
      format,
      ...(only ? { only } : {}),
      ...(start === undefined ? {} : { start }),
      ...(end === undefined ? {} : { end }),
      ...(record === undefined ? {} : { record }),
      ...(replay === undefined ? {} : { replay }),
    });
  });

withCommon(program.command('plan'))
  .description('what the rounds of one backend will ask for and publish, measured by one of each')
  .argument('<backend>', 'its name in the configuration')
  .addOption(formatOption())
  .action(async (backend: string, options: Record<string, unknown>) => {
    const { plan } = await import('./plan.ts');
    await plan(backend, { ...common(options), format: options['format'] as 'table' | 'json' });
  });

withCommon(program.command('explain'))
  .description('where one series of a backend comes from, or why it is absent')
  .argument('<backend>', 'its name in the configuration')
  .argument('<series>', 'name, or name{label="value"}')
  .argument('[object]', 'id or name of the object')
  .addOption(formatOption())
  .action(
    async (
      backend: string,
      series: string,
      object: string | undefined,
      options: Record<string, unknown>,
    ) => {
      const { explainSeries } = await import('./explain.ts');
      const format = options['format'] as 'table' | 'json';
      await explainSeries(backend, series, object, { ...common(options), format });
    },
  );

const alerts = program.command('alerts').description('alerts of one backend');
withCommon(alerts.command('list'))
  .description('list the current alerts')
  .argument('<backend>')
  .addOption(formatOption())
  .action(async (backend: string, options: Record<string, unknown>) => {
    const { listAlerts } = await import('./alerts.ts');
    await listAlerts(backend, {
      ...common(options),
      format: options['format'] as 'table' | 'json',
    });
  });
withCommon(alerts.command('clear'))
  .description('clear alerts on the array (this writes to it)')
  .argument('<backend>')
  .argument('<sequence...>', 'sequence numbers, as alerts list shows them')
  .action(async (backend: string, sequence: string[], options: Record<string, unknown>) => {
    const { clearAlerts } = await import('./alerts.ts');
    await clearAlerts(backend, sequence, common(options));
  });

const traps = program.command('traps').description('SNMP traps');
for (const [verb, what] of [
  ['add', 'make the array send its traps to a receiver (this writes to it)'],
  ['remove', 'undo "traps add" (this writes to it)'],
] as const) {
  withCommon(traps.command(verb))
    .description(what)
    .argument('<backend>')
    .requiredOption('--target <host:port>', 'address of the trap receiver as the array reaches it')
    .addOption(
      new Option('--version <version>', 'SNMP version').choices(['v1', 'v2c', 'v3']).default('v2c'),
    )
    .action(async (backend: string, options: Record<string, unknown>) => {
      const { configureTraps } = await import('./traps.ts');
      await configureTraps(verb, backend, {
        ...common(options),
        target: options['target'] as string,
        version: options['version'] as 'v1' | 'v2c' | 'v3',
      });
    });
}
withCommon(traps.command('listen'))
  .description('print traps as they arrive: the tool to debug a trap path')
  .action(async (options: Record<string, unknown>) => {
    const { listenForTraps } = await import('./traps.ts');
    await listenForTraps(common(options));
  });

const drivers = program.command('drivers').description('the drivers');
withCommon(drivers.command('list'))
  .description(
    'list the drivers, with those that a configuration adds; of one, what it offers and measures',
  )
  .argument('[vendor]')
  .argument('[model]')
  .addOption(formatOption())
  .action(
    async (
      vendor: string | undefined,
      model: string | undefined,
      options: Record<string, unknown>,
    ) => {
      const { listDrivers } = await import('./drivers.ts');
      const configFile = options['config.file'] as string[];
      const format = options['format'] as 'table' | 'json';
      await listDrivers({ ...common(options), configFile, format }, vendor, model);
    },
  );
drivers
  .command('new')
  .description('write a package to start from: driver, simulator, tests')
  .argument('<vendor>')
  .argument('<model>')
  .argument('[folder]', 'where; VENDOR-MODEL if absent')
  .option('--rest', 'for a REST interface (the default)')
  .option('--ssh', 'for a command line over SSH')
  .option('--snmp', 'for an SNMP agent')
  .action(
    async (
      vendor: string,
      model: string,
      folder: string | undefined,
      options: Record<string, unknown>,
    ) => {
      const { newDriver } = await import('./drivers-new.ts');
      const kinds = (['rest', 'ssh', 'snmp'] as const).filter((kind) => options[kind] === true);
      await newDriver(vendor, model, folder ?? `${vendor}-${model}`, kinds);
    },
  );
withCommon(drivers.command('test'))
  .description('call everything a driver offers and say what is wrong, where, and what to do')
  .argument(
    '[path|backend]',
    'a package or file with its simulator (./...), or a backend: read only',
  )
  .option('--replay <file>', 'a recording (inspect --record) in the place of an array')
  .option('--simulator <file>', 'the module that exports `simulator`, instead of the usual one')
  .option('--max-requests <n>', 'requests that a backend is sent at most', wholeNumber, 10_000)
  .addOption(formatOption('for people or for programs'))
  .option('--json', 'the same as --format json')
  .action(async (target: string | undefined, options: Record<string, unknown>) => {
    const { testDriver } = await import('./drivers-test.ts');
    await testDriver(target, {
      ...common(options),
      format: options['json'] === true ? 'json' : (options['format'] as 'table' | 'json'),
      simulator: options['simulator'] as string | undefined,
      replay: options['replay'] as string | undefined,
      maxRequests: options['maxRequests'] as number,
    });
  });

program
  .command('trust')
  .description(
    'print the certificate or the SSH host keys of a host as the configuration takes them',
  )
  .argument('<host[:port]>', 'without a port: the certificate at 443 and the keys at 22')
  .action(async (target: string) => {
    const { trust } = await import('./trust.ts');
    await trust(target);
  });

program
  .command('health')
  .description('ask a running agent whether it is healthy: exit 0, or 1 and why')
  .addOption(
    new Option('--web.listen-address <address>', 'where it serves')
      .argParser(collect)
      .default([], '127.0.0.1:10790'),
  )
  .option('--ready', 'also whether every array has answered or failed once')
  .action(async (options: Record<string, unknown>) => {
    const { health } = await import('./health.ts');
    const listen = options['web.listenAddress'] as string[];
    await health({ listen, ready: options['ready'] === true });
  });

program
  .command('schema')
  .description('print the JSON Schema of the configuration')
  .action(async () => {
    const { printSchema } = await import('./schema.ts');
    await printSchema();
  });

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}

function wholeNumber(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new InvalidArgumentError('not a whole number');
  return number;
}

// `delfin-agent inspect ... | head` ends when head does; an agent that runs on has more to do.
let serves = false;
program.hook('preAction', (_, command) => {
  serves = command.name() === 'run' && command.opts()['once'] !== true;
});
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (!serves) process.exit(error.code === 'EPIPE' ? 0 : 1);
});

try {
  assertCommand(process.argv[2]);
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}

/** A mistyped command would be an argument too many of the default one. */
function assertCommand(word: string | undefined): void {
  if (word === undefined || word.startsWith('-')) return;
  const known = [...program.commands.map((command) => command.name()), 'help'];
  if (known.includes(word)) return;
  const [near] = nearest(word, known);
  throw new UsageError(
    `unknown command "${word}" (${near ? `did you mean ${near}?` : 'delfin-agent --help lists them'})`,
  );
}
