import type { SourceFile } from './ingest.js';
import type { Quality } from './quality-gate.js';
import type { Strikes } from './strike.js';
import type { Summaries } from './summaries.js';
import type { Validation } from './validate.js';

/** Everything a report says, as data. */
export interface StrikeReport extends Summaries {
  readonly title: string;
  /** The execution that made it: `waymark show` tells how. */
  readonly executionId: string;
  readonly source: SourceFile;
  readonly period: { readonly from: string; readonly to: string };
  readonly validation: Validation;
  readonly quality: Quality;
}

/**
 * Puts a report together. It holds no time of its making: the same strikes always make the same report, and the log
 * knows when it was.
 */
export function buildReport(
  executionId: string,
  from: Summaries & {
    readonly source: SourceFile;
    readonly strikes: Strikes;
    readonly validation: Validation;
    readonly quality: Quality;
  },
): StrikeReport {
  const dates = from.strikes.date.values.toSorted();
  const period = { from: dates[0] ?? '', to: dates.at(-1) ?? '' };
  return {
    title: `Wildlife strikes, ${period.from} to ${period.to}`,
    executionId,
    source: from.source,
    period,
    validation: from.validation,
    quality: from.quality,
    bySpecies: from.bySpecies,
    byAirport: from.byAirport,
    byPhase: from.byPhase,
    repairCost: from.repairCost,
  };
}
