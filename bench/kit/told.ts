/** In a process of its own: what each round that its parent asks for costs, CPU ms. */
export function measureEach(poll: () => Promise<void>): void {
  async function measured(): Promise<number> {
    const before = process.cpuUsage();
    await poll();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  }

  process.on('message', () => {
    void measured().then((ms) => process.send?.(ms));
  });
  process.on('disconnect', () => process.exit(0));
}
