/** `check`: validates the configuration without opening anything. */
import { requireConfig, type CommonOptions } from './context.ts';

export async function check(options: CommonOptions): Promise<void> {
  const { config } = await requireConfig(options);
  const count = config.backends.length;
  process.stdout.write(
    `${options.configFile.join(' ')}: ok, ${count} backend${count === 1 ? '' : 's'}\n`,
  );
}
