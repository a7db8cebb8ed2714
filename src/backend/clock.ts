/** Monotonic, ms, the same in all threads of the process: order and age, whatever the wall clock does. */
export function steadyMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}
