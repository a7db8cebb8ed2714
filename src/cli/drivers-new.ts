/** `drivers new`: a package with a driver, its simulator and their tests, from the samples of the guide. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { createRegistry } from '../registry.ts';
import { VERSION } from '../version.ts';
import { UsageError } from './context.ts';

export type Kind = 'rest' | 'ssh' | 'snmp';

/** The sample of each kind, and the access block that its arrays are configured with. */
const SAMPLES: Readonly<Record<Kind, { readonly name: string; readonly access: string }>> = {
  rest: {
    name: 'rest',
    access: 'rest: { host: 192.0.2.1, username: monitor, password: "${env:ARRAY_PASSWORD}" }',
  },
  ssh: {
    name: 'cli',
    access:
      'ssh: { host: 192.0.2.1, username: monitor, password: "${env:ARRAY_PASSWORD}", known_hosts: ./known_hosts }',
  },
  snmp: {
    name: 'snmp',
    access: 'snmp: { host: 192.0.2.1, community: "${env:ARRAY_COMMUNITY}" }',
  },
};

const ROOT = resolve(import.meta.dirname, '../..');

/** @throws UsageError if the key is no key or taken, or if a file is there already. */
export async function newDriver(
  vendor: string,
  model: string,
  folder: string,
  kinds: readonly Kind[],
): Promise<void> {
  const [kind = 'rest', other] = kinds;
  if (other) throw new UsageError(`--${kind} and --${other}: name one of them`);
  await assertKey(vendor, model);
  const files = filesOf(vendor, model, kind, folder);
  const taken = Object.keys(files).find((file) => existsSync(join(folder, file)));
  if (taken) {
    throw new UsageError(`${join(folder, taken)} exists already; name a folder that has none of: ${Object.keys(files).join(', ')}`); // prettier-ignore
  }
  for (const [file, content] of Object.entries(files)) {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { flag: 'wx' });
    process.stdout.write(`${path}\n`);
  }
  process.stdout.write(`\ncd ${folder} && npm test\nREADME.md says how to go on\n`);
}

async function assertKey(vendor: string, model: string): Promise<void> {
  for (const word of [vendor, model]) {
    if (/^[a-z0-9_.-]+$/.test(word)) continue;
    throw new UsageError(
      `"${word}" can't be part of a driver key; use lower-case letters, digits, _ . -`,
    );
  }
  const { registry } = await createRegistry([], process.cwd());
  if (registry.keys().includes(`${vendor} ${model}`)) {
    throw new UsageError(
      `there is a built-in driver "${vendor} ${model}"; choose another vendor or model`,
    );
  }
}

function filesOf(
  vendor: string,
  model: string,
  kind: Kind,
  folder: string,
): Readonly<Record<string, string>> {
  const { name, access } = SAMPLES[kind];
  const fill = (text: string) =>
    text
      .replaceAll('sample_vendor', vendor)
      .replaceAll(`sample_${name}`, model)
      .replaceAll('sample_model', model)
      .replaceAll('ACCESS', access);
  const sample = (part: string, header: string) =>
    fill(read(`docs/sample-${name}-${part}.ts`).replace(/^\/\*\*[\s\S]*?\*\//, header));
  return {
    'src/driver.ts': sample('driver', DRIVER_HEADER),
    'src/simulator.ts': sample('simulator', SIMULATOR_HEADER),
    'src/driver.test.ts': read('docs/sample-runner.ts').replaceAll('sample-rest-', ''),
    'package.json': packageJson(vendor, model, folder),
    'tsconfig.json': TSCONFIG,
    '.gitignore': 'node_modules/\ndist/\n',
    'README.md': fill(README),
  };
}

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const DRIVER_HEADER =
  '/** Replace paths, fields and tables by those of your array; the driver developer guide explains each part. */';
const SIMULATOR_HEADER =
  "/** An array on loopback: it is written from the vendor's documents and imports nothing of the driver. */";

function packageJson(vendor: string, model: string, folder: string): string {
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
  const entry = (file: string) => ({ types: `./dist/${file}.d.ts`, default: `./dist/${file}.js` });
  const manifest = {
    name: `delfin-driver-${vendor}-${model}`,
    version: '0.1.0',
    description: `delfin-agent driver for ${vendor} ${model}`,
    type: 'module',
    exports: { '.': entry('driver'), './simulator': entry('simulator') },
    files: ['dist', '!dist/*.test.*'],
    engines,
    scripts: {
      // On a Node.js that is too old it says so; the runner would find no test and be content.
      pretest: 'delfin-agent --version',
      test: 'node --test "src/*.test.ts"',
      check: 'delfin-agent drivers test src/driver.ts',
      build: 'tsc',
      prepack: 'npm run build',
    },
    peerDependencies: { 'delfin-agent': `>=${VERSION}` },
    peerDependenciesMeta: { 'delfin-agent': { optional: true } },
    devDependencies: {
      '@types/node': '^24.0.0',
      'delfin-agent': installedFrom(resolve(folder)) ?? `^${VERSION}`,
      typescript: '>=5.8.0',
    },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** The archive that the agent was installed from in a folder above, as seen from here. */
function installedFrom(folder: string): string | undefined {
  for (let above = dirname(folder); above !== dirname(above); above = dirname(above)) {
    const file = join(above, 'package.json');
    if (!existsSync(file)) continue;
    const { dependencies, devDependencies } = JSON.parse(readFileSync(file, 'utf8')) as Readonly<
      Record<'dependencies' | 'devDependencies', Readonly<Record<string, string>> | undefined>
    >;
    const spec = dependencies?.['delfin-agent'] ?? devDependencies?.['delfin-agent'];
    if (spec === undefined) continue;
    if (!spec.startsWith('file:')) return spec;
    return `file:${relative(folder, resolve(above, spec.slice('file:'.length)))}`;
  }
  return undefined;
}

const TSCONFIG = `{
  "compilerOptions": {
    "target": "es2024",
    "lib": ["es2024", "esnext.disposable"],
    "module": "nodenext",
    "types": ["node"],
    "rootDir": "src",
    "outDir": "dist",
    "declaration": true,
    "strict": true,
    "noUncheckedIndexedAccess": true,
    "verbatimModuleSyntax": true,
    "erasableSyntaxOnly": true,
    "allowImportingTsExtensions": true,
    "rewriteRelativeImportExtensions": true,
    "skipLibCheck": true
  },
  "include": ["src"]
}
`;

const README = `# sample_vendor sample_model for delfin-agent

A driver of delfin-agent. It needs the agent's Node.js, 24.12 or newer.

| file | is |
|---|---|
| \`src/driver.ts\` | the driver. Replace paths, fields and tables by those of your array |
| \`src/simulator.ts\` | an array on loopback that speaks its protocol, from the vendor's documents, with its own truth |
| \`src/driver.test.ts\` | both held against the contract: \`npm test\` |

\`\`\`console
$ npm install            # the compiler and the types for the editor
$ npm test               # the conformance suite and the fault matrix, with node:test
$ npm run check          # the same as a report: what is wrong, where, and what to do
$ npm run build          # JavaScript and types in dist/: what a package ships
$ npm pack
\`\`\`

Install the package beside the agent, and name it in the configuration:

\`\`\`yaml
drivers: [ "delfin-driver-sample_vendor-sample_model" ]
backends:
  - name: array-1
    vendor: sample_vendor
    model: sample_model
    ACCESS
\`\`\`

\`delfin-agent drivers test array-1\` then tries it on the real array, read only.
`;
