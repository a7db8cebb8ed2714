#!/usr/bin/env -S node --max-semi-space-size=2
/** The entry. The young heap is kept small by the flag above: a resident agent has no use for more. */
import { enableCompileCache } from 'node:module';

// Compiled once, started often; without a folder to write to it goes without.
enableCompileCache();
await import('./cli/program.ts');
