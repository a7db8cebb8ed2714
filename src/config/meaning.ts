/**
 * What a well-formed value must be beyond its form: a host without a port, a certificate that is one,
 * an interval that a timer can hold. A schema names the rule (`meaning`); the rules are here, so that
 * the keys of every driver are checked alike.
 */
import { statSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, resolve } from 'node:path';
import { BLOCKS } from './blocks.ts';
import {
  addressFault,
  endpointFault,
  hostFault,
  isMetadataService,
  withoutBrackets,
} from './hosts.ts';
import { listenFault } from './listen.ts';
import { headerFaults, labelFaults, lineFault, secretFault, textFault } from './names.ts';
import { proxyFault } from './proxy.ts';
import { isReadable, isWritable, readBounded } from './files.ts';
import { expiry, readCertificates, readTlsKey } from './pem.ts';
import { parseAddress, parseDuration, parseSize } from './quantities.ts';
import { ADDRESS_PATTERN, DURATION_PATTERN, LISTEN_PATTERN, SIZE_PATTERN } from './patterns.ts';
import { isRecord, walk, type Path, type SchemaNode } from './walk.ts';

/** Where a value stands, and where to say what is wrong with it. */
export interface Place {
  /** Relative file names start here. */
  readonly folder: string;
  /** Whether a value came from a reference as a whole. */
  referred(path: Path): boolean;
  fault(path: Path, message: string, key?: string): void;
  /** It works, and is hardly what was meant. */
  doubt(path: Path, message: string, key?: string): void;
}

/** A part of the value, with its own place. */
export interface Part {
  readonly value: unknown;
  readonly node: SchemaNode;
  readonly path: Path;
  readonly place: Place;
  /** The key as messages name it. */
  readonly name: string;
}

/** Checks a part; what it returns takes the part's place. */
type Rule = (part: Part) => unknown;

/** A copy of the value, file names absolute; what is wrong with it is said at `place`. */
export function checkMeaning(
  schema: SchemaNode,
  value: unknown,
  place: Place,
  at: Path = [],
): unknown {
  return walk(
    schema,
    value,
    (node, part, path) => {
      const name = path.findLast((step) => typeof step === 'string') ?? '';
      let current = part;
      for (const rule of rulesOf(node)) {
        current = rule({ value: current, node, path, place, name }) ?? current;
      }
      return current;
    },
    at,
  );
}

function rulesOf(node: SchemaNode): Rule[] {
  return [
    ...(node.file ? [inputFile] : []),
    ...(node.outputFile ? [outputFile] : []),
    ...(node.secret ? [secret] : []),
    ...(node.format && Object.hasOwn(FORMATS, node.format) ? [FORMATS[node.format] as Rule] : []),
    ...(node.meaning && Object.hasOwn(RULES, node.meaning) ? [RULES[node.meaning] as Rule] : []),
  ];
}

/** A rule for texts: says what is wrong, as the end of a sentence that begins with the key. */
const text =
  (fault: (value: string, node: SchemaNode) => string | undefined): Rule =>
  ({ value, node, path, place, name }) => {
    if (typeof value !== 'string') return;
    const message = fault(value, node);
    if (message) place.fault(path, `${name} ${message}`);
  };

const FORMATS: Readonly<Record<string, Rule>> = {
  duration: text((value, { bounds }) =>
    new RegExp(DURATION_PATTERN).test(value) ? boundFault(value, bounds, parseDuration) : undefined,
  ),
  size: text((value, { bounds }) =>
    new RegExp(SIZE_PATTERN).test(value) ? boundFault(value, bounds, parseSize) : undefined,
  ),
  address: text((value) =>
    new RegExp(ADDRESS_PATTERN).test(value) ? addressFault(parseAddress(value)) : undefined,
  ),
  http_address: text((value) =>
    new RegExp(LISTEN_PATTERN).test(value) ? listenFault(value) : undefined,
  ),
};

const RULES: Readonly<Record<string, Rule>> = {
  ...BLOCKS,
  text: text(textFault),
  host(part) {
    const { value, path, place, name } = part;
    if (typeof value !== 'string') return undefined;
    const fault = hostFault(value);
    if (fault) place.fault(path, `${name} ${fault}`);
    const host = withoutBrackets(value);
    if (isMetadataService(host)) {
      place.doubt(path, `${host} is the metadata service of a cloud, which is no array`);
    }
    return fault ? undefined : host;
  },
  ip({ value, path, place, name }) {
    if (typeof value !== 'string' || isIP(withoutBrackets(value)) !== 0) return;
    place.fault(path, `${name} must be an address, such as 192.0.2.7, and not a name`);
  },
  endpoint: text((value) => endpointFault(value, 'base')),
  /** It may come to be, or to be writable again: what needs it goes on without. */
  folder({ value, path, place, name }) {
    if (typeof value !== 'string') return undefined;
    const folder = resolve(place.folder, value);
    const there = statSync(folder, { throwIfNoEntry: false });
    if (there && !there.isDirectory()) place.fault(path, `${name} ${folder} is no folder`);
    else if (there && !isWritable(folder)) {
      place.doubt(path, `${name} ${folder} can't be written: give the agent's user the permission`);
    }
    return folder;
  },
  proxy: text(proxyFault),
  labels({ value, path, place }) {
    for (const { key, message } of labelFaults(keysOf(value))) place.fault(path, message, key);
  },
  headers({ value, path, place }) {
    if (!isRecord(value)) return;
    for (const { key, message } of headerFaults(value)) place.fault(path, message, key);
  },
  certificates: content((file, { path, place, name }) => {
    const old = expiry(readCertificates(file), Date.now());
    if (old) place.doubt(path, `${name} ${old}`);
  }),
  tls_key: content((file) => void readTlsKey(file)),
  community: text((value) =>
    Buffer.byteLength(value) > 255 ? 'must not have more than 255 bytes' : undefined,
  ),
  user: text((value) =>
    Buffer.byteLength(value) > 32 ? 'must not have more than 32 bytes' : textFault(value),
  ),
};

function boundFault(
  written: string,
  bounds: SchemaNode['bounds'],
  parse: (text: string) => number,
): string | undefined {
  if (!bounds) return undefined;
  const { min, max, advice } = bounds;
  const value = parse(written);
  if (value < parse(min)) return `must be from ${min} to ${max}: write ${min} or more`;
  if (value <= parse(max)) return undefined;
  return `must be from ${min} to ${max}: write ${max} or less${advice ? `, or ${advice}` : ''}`;
}

function secret({ value, node, path, place, name }: Part): void {
  if (typeof value !== 'string') return;
  const fault =
    secretFault(value, place.referred(path)) ??
    (node.meaning === 'header' ? undefined : lineFault(value));
  if (fault) place.fault(path, `${name} ${fault}`);
}

function inputFile({ value, path, place }: Part): string | undefined {
  if (typeof value !== 'string') return undefined;
  const file = resolve(place.folder, value);
  try {
    readBounded(file);
  } catch (error) {
    place.fault(path, `cannot read ${file} (${(error as Error).message})`);
  }
  return file;
}

/** A rule for what a file holds; one that can't be read has been told. */
function content(check: (file: string, part: Part) => void): Rule {
  return (part) => {
    if (typeof part.value !== 'string' || !isReadable(part.value)) return;
    try {
      check(part.value, part);
    } catch (error) {
      part.place.fault(part.path, `${part.name} ${part.value}: ${(error as Error).message}`);
    }
  };
}

/** The folder must be there; the file itself need not. */
function outputFile({ value, path, place, name }: Part): string | undefined {
  if (typeof value !== 'string') return undefined;
  const file = resolve(place.folder, value);
  const folder = dirname(file);
  const there = statSync(file, { throwIfNoEntry: false });
  if (there?.isDirectory()) place.fault(path, `${name} ${file} is a folder: name a file in it`);
  else if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    place.fault(path, `there is no folder ${folder} for ${name}: create it`);
  } else if (!isWritable(there ? file : folder)) {
    place.fault(path, `${name} ${file} can't be written: give the agent's user the permission`);
  }
  return file;
}

function keysOf(value: unknown): string[] {
  return isRecord(value) ? Object.keys(value) : [];
}
