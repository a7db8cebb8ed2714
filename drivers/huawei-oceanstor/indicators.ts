/** Which indicators an array takes: it may refuse a whole request for one that an object type lacks. */
import { isRefusal, type Facts } from 'delfin-agent/driver';
import { commonOf, type Measure, type MeasuredType } from './metrics.ts';

export interface Asking<T> {
  ask(measures: readonly Measure[]): Promise<T>;
  /** The cheapest request that tells whether an indicator is known. */
  probe(measures: readonly Measure[]): Promise<unknown>;
}

interface Accepted<T> {
  readonly value: T;
  readonly measures: readonly Measure[];
}

export interface Negotiation {
  /**
   * Asks for all that is wanted. If that is refused, the common indicators tell whether it is for one of
   * the others, and each of these is tried once. `key`: what is learned is learned of.
   * @returns undefined if the array refuses the request itself.
   */
  negotiate<T>(
    key: string,
    type: MeasuredType,
    wanted: readonly Measure[],
    asking: Asking<T>,
  ): Promise<Accepted<T> | undefined>;
  /** The last refusal; a run forgets that of the one before. */
  refusal(): unknown;
  begin(): void;
}

export function createNegotiation(facts: Facts): Negotiation {
  let refusal: unknown;

  async function unlessRefused<T>(
    measures: readonly Measure[],
    ask: (measures: readonly Measure[]) => Promise<T>,
  ): Promise<Accepted<T> | undefined> {
    if (measures.length === 0) return undefined;
    try {
      return { value: await ask(measures), measures };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refusal = error;
      return undefined;
    }
  }

  return {
    async negotiate(key, type, wanted, { ask, probe }) {
      const known = facts.get(`lacking ${key}`);
      const lacking = new Set(String(known ?? '').split(','));
      const usable = wanted.filter(({ id }) => !lacking.has(id));
      const first = await unlessRefused(usable, ask);
      const common = commonOf(type, wanted);
      if (first || known !== undefined || common.length === wanted.length) return first;
      const basic = await unlessRefused(common, ask);
      if (!basic) return undefined;
      for (const measure of wanted) {
        if (common.includes(measure)) continue;
        if (!(await unlessRefused([measure], probe))) lacking.add(measure.id);
      }
      facts.learn(`lacking ${key}`, [...lacking].join(','));
      const accepted = wanted.filter(({ id }) => !lacking.has(id));
      if (accepted.length === common.length) return basic;
      return (await unlessRefused(accepted, ask)) ?? basic;
    },
    refusal: () => refusal,
    begin() {
      refusal = undefined;
    },
  };
}
