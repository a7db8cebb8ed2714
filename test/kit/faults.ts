export * from '../../src/testing/faults.ts';
