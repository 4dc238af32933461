/** A duration as it is written: `500ms`, `30s`, `5m`, `1h30m`, `2d`. */
export const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration in milliseconds. It was checked against {@link DURATION}. */
export function durationMs(text: string): number {
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g);
  let total = 0;
  for (const [, number = '0', unit = 'ms'] of parts) total += Number(number) * (UNITS[unit] ?? 0);
  return Math.round(total);
}
