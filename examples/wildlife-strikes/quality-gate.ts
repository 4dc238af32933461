import { filterStrikes, type Strikes } from './strike.js';
import { count, percent } from './figures.js';

/** What to do about strikes without a speed when they are too many. */
export type MissingSpeed = 'fail' | 'drop';

/** What the gate found and did. */
export interface Quality {
  readonly rows: number;
  readonly missingSpeed: number;
  /** Of all rows, 0 to 1. */
  readonly missingSpeedShare: number;
  /** The largest share that is let through. */
  readonly limit: number;
  readonly treatment: 'kept' | 'dropped';
  /** What the report is made from. */
  readonly rowsUsed: number;
}

/** More strikes are without a speed than the gate lets through. */
export class TooManyMissingSpeedsError extends Error {
  override readonly name = 'TooManyMissingSpeedsError';
  readonly code = 'TOO_MANY_MISSING_SPEEDS';

  constructor({ rows, missingSpeed, missingSpeedShare, limit }: Quality) {
    super(
      `${count(missingSpeed)} of ${count(rows)} strikes (${percent(missingSpeedShare)}) have no speed; the limit is ${percent(limit)}.`,
    );
  }
}

/**
 * Decides whether the strikes are good enough for a report, and on which of them it is made.
 *
 * @returns the strikes to use: the same object when none is left out
 * @throws TooManyMissingSpeedsError when too many have no speed, or when none would be left
 */
export function passQualityGate(
  strikes: Strikes,
  maxMissingSpeedShare: number,
  missingSpeed: MissingSpeed,
): { readonly strikes: Strikes; readonly quality: Quality } {
  const missing = strikes.speedKnots.filter((knots) => knots === null).length;
  const quality: Quality = {
    rows: strikes.count,
    missingSpeed: missing,
    missingSpeedShare: missing / strikes.count,
    limit: maxMissingSpeedShare,
    treatment: 'kept',
    rowsUsed: strikes.count,
  };
  if (missingSpeed === 'fail') {
    if (quality.missingSpeedShare > maxMissingSpeedShare) throw new TooManyMissingSpeedsError(quality);
    return { strikes, quality };
  }
  if (missing === strikes.count) throw new TooManyMissingSpeedsError(quality);
  const kept = missing === 0 ? strikes : filterStrikes(strikes, (strike) => strike.speedKnots !== null);
  return { strikes: kept, quality: { ...quality, treatment: 'dropped', rowsUsed: kept.count } };
}
