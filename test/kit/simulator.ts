/** What every array simulator offers to the tests: the published kit's, with the account they share. */
export * from '../../src/testing/simulator.ts';
import { CANARY_PASSWORD } from '../../src/testing/simulator.ts';

/** Header of a request with the account's Basic credentials. */
export const basicOf = (username: string) =>
  `Basic ${Buffer.from(`${username}:${CANARY_PASSWORD}`).toString('base64')}`;

/** The account as a backend's `rest` block has it. */
export const restAccount = (port: number, username: string) => ({
  host: '127.0.0.1',
  port,
  username,
  password: CANARY_PASSWORD,
  insecure: true,
});
