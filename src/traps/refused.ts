/** Why a datagram was not taken: the closed set of values of `delfin_trap_dropped_total{error_type}`. */

export const DROP_REASONS = [
  /** Not BER, not SNMP, cut short, or a field out of range. */
  'malformed',
  'unsupported_version',
  /** An SNMP message, but no notification. */
  'unsupported_pdu',
  'unsupported_security_model',
  'wrong_community',
  /** Belongs to no backend. */
  'unknown_source',
  /** v3: it names us as the authoritative engine and doesn't know our engine id, or means another. */
  'unknown_engine',
  /** Engine ids never seen before arrive faster than keys are derived for them. */
  'rate_limited',
  'unknown_user',
  'empty_user',
  /** The message is less protected than the user is configured for, or more. */
  'security_level',
  'wrong_digest',
  'old_boots',
  'old_time',
  /** v3: the very same message again. */
  'replayed',
  'decryption',
  /** Its backend takes traps slower than they arrive. */
  'queue_full',
  /** Its backend was lost twice with this trap in hand. */
  'undeliverable',
  'internal',
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/** Ends the handling of one datagram. The message stays inside: only the reason is counted. */
export class Refused extends Error {
  readonly reason: DropReason;

  constructor(reason: DropReason, detail = '') {
    super(detail === '' ? reason : `${reason}: ${detail}`);
    this.name = 'Refused';
    this.reason = reason;
  }
}
