/** The thread that checks passwords: one hash after the other. */
import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

export interface PasswordCheck {
  readonly password: string;
  readonly hash: string;
}

export type PasswordResult = boolean;

parentPort?.on('message', ({ password, hash }: PasswordCheck) => {
  parentPort?.postMessage(compareSync(password, hash) satisfies PasswordResult);
});
