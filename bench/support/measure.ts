/** Something to be timed against others. */
export interface Contender {
  readonly name: string;
  /** Makes ready what the next run needs, outside of the time that is measured. */
  prepare?(): void | Promise<void>;
  /** Does the work once; returns how many operations that was. */
  run(): number | Promise<number>;
}

/** What a contender needed. */
export interface Measurement {
  readonly name: string;
  /** Median over the rounds, in nanoseconds for one operation. */
  readonly nsPerOp: number;
  /** The same of the time that this process was computing, on all of its threads. */
  readonly cpuNsPerOp: number;
}

/**
 * Times contenders in turns, so that all of them meet the same noise: each round runs every one of them once. The first
 * `warmUp` rounds do not count.
 */
export async function measure(
  contenders: readonly Contender[],
  { rounds = 7, warmUp = 2 }: { readonly rounds?: number; readonly warmUp?: number } = {},
): Promise<readonly Measurement[]> {
  const samples = contenders.map(() => [] as number[]);
  const computed = contenders.map(() => [] as number[]);
  for (let round = 0; round < warmUp + rounds; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      await contender.prepare?.();
      const cpu = process.cpuUsage();
      const begin = process.hrtime.bigint();
      const operations = await contender.run();
      const elapsed = Number(process.hrtime.bigint() - begin);
      const { user, system } = process.cpuUsage(cpu);
      if (round < warmUp) continue;
      samples[index]?.push(elapsed / operations);
      computed[index]?.push((1_000 * (user + system)) / operations);
    }
  }
  return contenders.map(({ name }, index) => ({
    name,
    nsPerOp: median(samples[index] ?? []),
    cpuNsPerOp: median(computed[index] ?? []),
  }));
}

/** The middle of some numbers. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value that a share of some numbers does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
