/** The example configuration with its commented options active. */

/** A commented line that sets a key or begins an entry is an option; prose starts with a capital. */
export function withEveryOption(example: string): string {
  return example
    .split('\n')
    .map((line) => {
      const option = /^(\s*)# (\s*(?:- )?[a-z_]+:(?: .*)?)$/.exec(line);
      return option ? `${option[1]}${option[2]}` : line;
    })
    .join('\n');
}
