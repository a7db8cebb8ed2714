/** `check`: validates the configuration without opening anything. */
import { formatProblem } from '../config/load.ts';
import { readConfig, type CommonOptions } from './context.ts';
import { checkServing, type ServingOptions } from './serving.ts';

export async function check(options: CommonOptions & ServingOptions): Promise<void> {
  await checkServing(options);
  const {
    loaded: { config },
    warnings,
  } = await readConfig(options);
  for (const warning of warnings) process.stderr.write(`${formatProblem(warning)} (warning)\n`);
  const count = config.backends.length;
  process.stdout.write(
    `${options.configFile.join(' ')}: ok, ${count} backend${count === 1 ? '' : 's'}\n`,
  );
}
