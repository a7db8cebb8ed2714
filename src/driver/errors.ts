/**
 * Errors a driver throws. The core decides by class what to do next, and counts by `type`: it is the
 * `error_type` label of `delfin_collection_errors_total` and of `inspect`'s problems.
 *
 * A message says what failed, where, and what to do. It never holds a credential: the core logs it.
 */

/** The closed set of values of the `error_type` label. */
export type ErrorType =
  | 'authentication'
  | 'session_expired'
  | 'not_supported'
  | 'unreachable'
  | 'timeout'
  | 'backend'
  | 'invalid_response'
  | 'incomplete_trap'
  | 'configuration'
  | 'internal';

/** Base of all errors of the contract. Anything else thrown by a driver counts as `internal`. */
export abstract class DriverError extends Error {
  abstract readonly type: ErrorType;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * The array refused the login itself: wrong credentials, or the account is locked, expired or must
 * change its password. Fatal for the array: the core stops all calls for 15 minutes at once, so that
 * the agent never locks an account. One resource the account may not read is `AccessDenied`.
 */
export class AuthenticationFailed extends DriverError {
  readonly type = 'authentication';
}

/**
 * The same, of a login that was tried a moment ago within a call: it is certain, and another attempt
 * could lock the account. The driver kit throws it.
 */
export class LoginRefused extends AuthenticationFailed {}

/**
 * The login is good, but this account may not read this one resource (HTTP 403, "permission denied" on
 * one command): the problem of that call alone. Its siblings, the session and the array live on.
 */
export class AccessDenied extends DriverError {
  readonly type = 'authentication';
}

/** The array no longer knows the session. The core reopens once and repeats the call. */
export class SessionExpired extends DriverError {
  readonly type = 'session_expired';
}

/** The array, its firmware or its licence lacks this feature. The list is absent until the next reopen. */
export class NotSupported extends DriverError {
  readonly type = 'not_supported';
}

/**
 * No connection could be made: name not resolved, refused, no route, TLS or host key not trusted. One
 * that was made and then closes before or inside an answer is `InvalidResponse`: the fault of that
 * answer, not of the array.
 */
export class BackendUnreachable extends DriverError {
  readonly type = 'unreachable';
}

/** A deadline passed: connect, headers, body, command or the whole call. */
export class BackendTimeout extends DriverError {
  readonly type = 'timeout';
}

/** The array answered with an error of its own. */
export class BackendError extends DriverError {
  readonly type = 'backend';
  /** The vendor's error code, or the HTTP status or exit code where it gives none. */
  readonly code: string;

  constructor(code: string | number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = String(code);
  }
}

/**
 * The answer is not what the protocol promises: none before the connection closed, broken JSON, HTML,
 * a truncated or oversized body. The fault of one request: its list fails, the rest lives.
 */
export class InvalidResponse extends DriverError {
  readonly type = 'invalid_response';
}

/** `parseAlert`: the trap says too little; the core polls the alerts of this backend soon. */
export class IncompleteTrapInformation extends DriverError {
  readonly type = 'incomplete_trap';
}

/** The access block is well formed but does not fit the array, for example an unknown `array_id`. */
export class ConfigurationError extends DriverError {
  readonly type = 'configuration';
}

/** The `error_type` of anything thrown. */
export function errorType(error: unknown): ErrorType {
  return error instanceof DriverError ? error.type : 'internal';
}
