/** What happened to an alert: one of these is one log record. */
import type { Alert, Trap } from '../../driver/alerts.ts';

export type AlertState = 'raised' | 'updated' | 'cleared' | 'event';
export type AlertSource = 'trap' | 'poll';

export interface AlertTransition {
  readonly kind: 'alert';
  readonly system: string;
  readonly state: AlertState;
  readonly source: AlertSource;
  readonly alert: Alert;
  /** The trap that said so. */
  readonly trap?: Trap;
  /** When the agent learned of it, epoch ms. */
  readonly observedAt: number;
  /** The same for the same transition, also after a restart. */
  readonly uid: string;
}

/** A trap that no driver could read. */
export interface TrapTransition {
  readonly kind: 'trap';
  /** Absent: it belongs to no backend. */
  readonly system?: string;
  readonly trap: Trap;
  /** Why: a short word. */
  readonly reason: string;
  readonly observedAt: number;
  readonly uid: string;
}

export type Transition = AlertTransition | TrapTransition;
