export * from '../../src/testing/ssh-server.ts';
