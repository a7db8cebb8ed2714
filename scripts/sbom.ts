/**
 * `npm run -s sbom`: what the package holds, as CycloneDX. npm's own `--omit dev` also leaves out what
 * the tests' packages ask for as peers, so the development packages are taken out here.
 */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

interface Bom {
  readonly components: readonly Component[];
  readonly dependencies: readonly {
    readonly ref: string;
    readonly dependsOn?: readonly string[];
  }[];
}

interface Component {
  readonly 'bom-ref': string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

const bom = JSON.parse(
  execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], {
    cwd: resolve(import.meta.dirname, '..'),
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  }),
) as Bom;

const development = new Set(
  bom.components.filter(isDevelopment).map((component) => component['bom-ref']),
);
const shipped = (ref: string) => !development.has(ref);
const result = {
  ...bom,
  components: bom.components.filter((component) => shipped(component['bom-ref'])),
  dependencies: bom.dependencies
    .filter(({ ref }) => shipped(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(shipped) })),
};
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);

function isDevelopment({ properties = [] }: Component): boolean {
  return properties.some(({ name, value }) => name.endsWith(':development') && value === 'true');
}
