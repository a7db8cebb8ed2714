/** The entry by its TypeScript name: what main.js starts, without the compile cache. */
await import('./cli/program.ts');
