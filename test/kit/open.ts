export * from '../../src/testing/open.ts';
