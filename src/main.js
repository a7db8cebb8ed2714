#!/usr/bin/env -S node --max-semi-space-size=2
/**
 * The entry. The young heap is kept small by the flag above: a resident agent has no use for more.
 *
 * Plain JavaScript, so that the cache is there before any TypeScript: with what it keeps, the part
 * of Node that strips types is not loaded at all, which saves 17 MB in each thread.
 */
import { enableCompileCache, constants } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

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
const { status } = enableCompileCache(folder);
// Threads look for the variable.
if (status === constants.compileCacheStatus.ENABLED) process.env.NODE_COMPILE_CACHE = folder;
await import('./cli/program.ts');
