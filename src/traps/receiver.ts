/**
 * One datagram in: checked, decoded, routed, handed on; everything else is counted by reason. No
 * socket here, and nothing that goes wrong leaves `handle`.
 */
import { createIdentifierReader, element, integer, TAG } from './ber.ts';
import { createCommunities } from './communities.ts';
import type { OwnEngine } from './engines.ts';
import { createInforms, type Inform } from './informs.ts';
import { parseMessage, type CommunityMessage, type SecureMessage } from './message.ts';
import type { Origin } from './origin.ts';
import { decodePdu } from './pdu.ts';
import { DROP_REASONS, Refused, type DropReason } from './refused.ts';
import { createRouting, normaliseAddress, type ResolvedRoute, type Routing } from './routing.ts';
import { createUsers, type PlainUser } from './users.ts';
import { createUsm } from './usm.ts';

/** A notification on its way to a backend: the PDU is still encoded, it is decoded where it is used. */
export interface Envelope {
  readonly version: 'v1' | 'v2c' | 'v3';
  readonly source: string;
  readonly port: number;
  readonly engineId?: string;
  /** Epoch ms. */
  readonly receivedAt: number;
  readonly pdu: Uint8Array;
}

/**
 * Queues a trap for a backend; false if there is no room, and then `done` isn't called. Otherwise it
 * is, once: the backend has the trap, or (false) never will.
 */
export type Deliver = (
  backend: string,
  envelope: Envelope,
  done: (taken: boolean) => void,
) => boolean;

/** Who may send what. */
export interface Admission {
  readonly communities: readonly string[];
  readonly users: readonly PlainUser[];
  readonly own: OwnEngine;
  /** Addresses of relays: the address inside their traps is believed. */
  readonly relays?: readonly string[];
  /** Take traps that belong to no backend, too. */
  readonly takeUnknown: boolean;
}

export interface ReceiverOptions extends Admission {
  readonly routes: readonly ResolvedRoute[];
  /** '' stands for the unknown. */
  readonly deliver: Deliver;
  /** Called for each refusal; for the log. */
  readonly refused?: (reason: DropReason, source: string) => void;
  /** Wall clock, epoch ms. */
  readonly now?: () => number;
  /** Monotonic clock, ms. */
  readonly clock?: () => number;
}

/** Every datagram that arrived is in exactly one of the others. */
export interface ReceiverCounts {
  datagrams: number;
  readonly received: Record<Envelope['version'], number>;
  readonly dropped: Record<DropReason, number>;
  /** v3 discovery: a sender asked for our engine id and got it. */
  discoveries: number;
  /** Informs that were sent again: answered again, not handed on again. */
  repeated: number;
}

export interface Receiver {
  readonly handle: (datagram: Uint8Array, origin: Origin) => void;
  setRoutes(routes: readonly ResolvedRoute[]): void;
  /** Another admission, to be taken into use by calling what it returns. @throws as `createReceiver` */
  prepare(admission: Admission): () => void;
  readonly counts: ReceiverCounts;
}

/** Traps of no backend go by this name. */
export const UNKNOWN_BACKEND = '';

/** @throws RangeError for users or communities that can't be used. */
export function createReceiver(options: ReceiverOptions): Receiver {
  const now = options.now ?? Date.now;
  const clock = options.clock ?? (() => performance.now());
  const build = (admission: Admission) => ({
    takeUnknown: admission.takeUnknown,
    relays: admission.relays,
    communities: createCommunities(admission.communities),
    usm: createUsm({ users: createUsers(admission.users), own: admission.own, clock }),
  });
  let admitted = build(options);
  const informs = createInforms();
  const identifier = createIdentifierReader();
  const counts = noCounts();
  let { routes } = options;
  let routing: Routing = createRouting(routes, options.relays);

  function backendsOf(from: Parameters<Routing['find']>[0]): readonly string[] {
    const found = routing.find(from);
    if (found.length > 0) return found;
    if (admitted.takeUnknown) return [UNKNOWN_BACKEND];
    throw new Refused('unknown_source');
  }

  function takeCommunity(message: CommunityMessage, origin: Origin, source: string): void {
    if (!admitted.communities.accept(message.community)) throw new Refused('wrong_community');
    const { version, pdu } = message;
    const notification = decodePdu(pdu, version, identifier);
    const backends = backendsOf({ source, agentAddress: notification.agent_address });
    const answer = (response: Uint8Array) =>
      element(
        TAG.sequence,
        integer(version === 'v1' ? 0 : 1),
        element(TAG.octetString, message.community),
        response,
      );
    hand(backends, version, { notification, pdu, source, origin, answer });
  }

  function takeSecure(
    message: SecureMessage,
    datagram: Uint8Array,
    origin: Origin,
    source: string,
  ) {
    const engineId = Buffer.from(message.engineId).toString('hex');
    // Before any hash: strangers cost nothing and are told nothing. What a relay brings is read first.
    if (!routing.isRelay(source)) backendsOf({ source, engineId });
    let opened;
    try {
      opened = admitted.usm.open(message, datagram, source);
    } catch (error) {
      if (error instanceof Refused) report(message, error.reason, origin);
      throw error;
    }
    const { pdu, replayed, answer } = opened;
    const notification = decodePdu(pdu, 'v3', identifier);
    const backends = backendsOf({ source, engineId, agentAddress: notification.agent_address });
    const inform = { notification, pdu, source, origin, answer };
    hand(backends, 'v3', inform, { engineId, replayed });
  }

  function report(message: SecureMessage, reason: DropReason, origin: Origin): void {
    const datagram = admitted.usm.report(message, reason);
    if (datagram) origin.reply(datagram);
    if (datagram && message.engineId.length === 0) throw new Discovered();
  }

  function hand(
    backends: readonly string[],
    version: Envelope['version'],
    inform: Inform,
    { engineId, replayed }: { engineId?: string; replayed?: boolean } = {},
  ): void {
    const acknowledged = inform.notification.pdu_type === 'inform';
    if (acknowledged && informs.repeated(inform)) {
      counts.repeated += 1;
      return;
    }
    if (replayed) throw new Refused('replayed');
    const envelope: Envelope = {
      version,
      source: inform.source,
      port: inform.origin.port,
      receivedAt: now(),
      // The datagram's memory is not ours to keep.
      pdu: new Uint8Array(inform.pdu),
      ...(engineId === undefined ? {} : { engineId }),
    };
    const done = acknowledged ? informs.expect(inform, backends.length) : () => {};
    const queued = backends.filter((backend) => options.deliver(backend, envelope, done));
    if (queued.length < backends.length) done(false);
    if (queued.length === 0) throw new Refused('queue_full');
    counts.received[version] += 1;
  }

  return {
    counts,
    setRoutes(next) {
      routes = next;
      routing = createRouting(routes, admitted.relays);
    },
    prepare(admission) {
      const next = build(admission);
      return () => {
        admitted = next;
        routing = createRouting(routes, admitted.relays);
      };
    },
    handle(datagram, origin) {
      counts.datagrams += 1;
      const source = normaliseAddress(origin.address);
      try {
        const message = parseMessage(datagram);
        if (message.version === 'v3') takeSecure(message, datagram, origin, source);
        else takeCommunity(message, origin, source);
      } catch (error) {
        if (error instanceof Discovered) {
          counts.discoveries += 1;
          return;
        }
        const reason = error instanceof Refused ? error.reason : 'internal';
        counts.dropped[reason] += 1;
        options.refused?.(reason, source);
      }
    },
  };
}

/** Ends the handling of a discovery request: it has been answered and is no trap. */
class Discovered extends Error {}

function noCounts(): ReceiverCounts {
  return {
    datagrams: 0,
    received: { v1: 0, v2c: 0, v3: 0 },
    dropped: Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0])) as Record<
      DropReason,
      number
    >,
    discoveries: 0,
    repeated: 0,
  };
}
