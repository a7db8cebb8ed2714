#!/usr/bin/env -S node --max-semi-space-size=2
/**
 * The entry. The young heap is kept small by the flag above: a resident agent has no use for more.
 *
 * Plain JavaScript, so that the cache is there before any TypeScript: with what it keeps, the part
 * of Node that strips types is not loaded at all, which saves 17 MB in each thread.
 */
import { readFileSync } from 'node:fs';
// By its whole: what an old Node lacks would fail before the first line of ours.
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const needed = engines.node.replace('>=', '');
const [major, minor] = process.versions.node.split('.').map(Number);
const [neededMajor, neededMinor] = needed.split('.').map(Number);
if (major < neededMajor || (major === neededMajor && minor < neededMinor)) {
  process.stderr.write(
    `delfin-agent needs Node.js ${needed} or newer; ${process.execPath} is ${process.versions.node}. ` +
      `Install one from https://nodejs.org. In a checkout \`npm run agent -- COMMAND\` uses the one that \`npm ci\` has installed.\n`,
  );
  process.exit(1);
}

// Handlers before anything else: the first process of a container ignores a signal without one for
// good, any other is killed by it. Nothing is open and nothing is read yet, so ending is enough, and
// a reload is what follows anyway; `run` takes over.
const [command = 'run'] = process.argv.slice(2);
if (command === 'run' || command.startsWith('-')) {
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
  process.on('SIGHUP', () => {});
}

// A heap that may grow by a quarter before it is collected: a poll leaves much garbage, seldom.
setFlagsFromString('--heap-growing-percent=25');

// Compiled code is trusted: it lies where only this account can write, never in the common /tmp.
// CACHE_DIRECTORY is systemd's. Without a folder to write to it goes without.
const base = process.env.CACHE_DIRECTORY ?? process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
const folder = join(base, 'delfin-agent');
const { status } = module.enableCompileCache(folder);
// Threads look for the variable.
if (status === module.constants.compileCacheStatus.ENABLED) process.env.NODE_COMPILE_CACHE = folder;
await import('./cli/program.ts');
