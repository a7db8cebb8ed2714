/** Record ids that don't depend on when or by which process a record is made: UUID version 5 (RFC 9562). */
import { hash } from 'node:crypto';
import type { Alert, Trap } from '../../driver/alerts.ts';
import type { AlertState } from './transition.ts';

/** Namespace of delfin-agent's alerts: a random UUID, fixed for ever. */
const NAMESPACE = Buffer.from('6f3c1f5e0b574d0f9a6b0d5f3b1f7a42', 'hex');

/** `occurTime`: of the fault; `repetition`: transitions of this state that the fault had before. */
export function alertUid(
  system: string,
  alert: Alert,
  state: AlertState,
  occurTime: number | undefined,
  repetition = 0,
): string {
  const identity =
    alert.match_key === undefined
      ? ['id', alert.alert_id, alert.sequence_number ?? '', alert.location ?? '']
      : ['key', alert.match_key];
  const repeated = repetition > 0 ? [repetition] : [];
  return uuid5(JSON.stringify([system, ...identity, state, occurTime ?? null, ...repeated]));
}

/** Two traps are the same only if everything is, the time of arrival included. */
export function trapUid(system: string | undefined, trap: Trap): string {
  return uuid5(
    JSON.stringify([system ?? null, trap], (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    ),
  );
}

function uuid5(name: string): string {
  const bytes = hash('sha1', Buffer.concat([NAMESPACE, Buffer.from(name)]), 'buffer');
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex', 0, 16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
