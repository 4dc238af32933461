/** A number of bytes as it is written: `512MB`, `1.5GiB`, `64KiB`. */
export const SIZE = /^\d+(?:\.\d+)?(?:[KMG]i?B)$/;

const UNITS: Readonly<Record<string, number>> = {
  KB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
};

/** A size in bytes. It was checked against {@link SIZE}. */
export function sizeBytes(text: string): number {
  const [, number = '0', unit = ''] = /^([\d.]+)(.*)$/.exec(text) ?? [];
  return Math.round(Number(number) * (UNITS[unit] ?? 0));
}
