/** Start and reload build everything beside what runs, and swap when all of it is there. */

export interface Prepared {
  /** Takes it into use. What could fail has been done before. */
  commit(): Promise<void>;
  /** Throws it away; what ran goes on as it was. */
  abort(): Promise<void>;
}

export type Step = () => Promise<Prepared | undefined>;

/** All steps, in order; if one fails, those before it are undone. @throws the error of that step */
export async function prepareAll(steps: readonly Step[]): Promise<Prepared> {
  const prepared: Prepared[] = [];
  const abort = async () => {
    for (const part of prepared.toReversed()) await part.abort();
  };
  for (const step of steps) {
    try {
      const part = await step();
      if (part) prepared.push(part);
    } catch (error) {
      await abort();
      throw error;
    }
  }
  return {
    async commit() {
      for (const part of prepared) await part.commit();
    },
    abort,
  };
}
