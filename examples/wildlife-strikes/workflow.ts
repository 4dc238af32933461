import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { defineWorkflow, task, type TaskNode } from 'waymark';
import { z } from 'zod';
import { readCsv, type SourceFile, type TextTable } from './ingest.js';
import { passQualityGate, type Quality } from './quality-gate.js';
import { buildReport } from './report.js';
import type { Strikes } from './strike.js';
import {
  summarise,
  summariseByAirport,
  summariseByPhase,
  summariseBySpecies,
  summariseRepairCost,
  type Summaries,
} from './summaries.js';
import { validateRows, type Validation } from './validate.js';
import { writeReport, type WrittenReport } from './write-report.js';

const COMMITTED_CSV = fileURLToPath(new URL('data/wildlife-strikes.csv', import.meta.url));

// Paths are recorded absolute: an execution may be resumed or forked from another folder, on another day.
const path = z
  .string()
  .min(1)
  .transform((given) => resolve(given));

const input = z.strictObject({
  /** The file to read: the one in data/ when left out. */
  csv: path.prefault(COMMITTED_CSV),
  /** The largest share of strikes without a speed that is let through, 0 to 1. */
  maxMissingSpeedShare: z.number().min(0).max(1).default(0.2),
  /** What to do when there are more: fail, or leave them out. With `drop` they are left out in any case. */
  missingSpeed: z.enum(['fail', 'drop']).default('fail'),
  /** Where to write the report: a folder of the execution's id is made in it. */
  reportsDir: path.prefault('reports'),
});

/** What an execution knows: its input, and what each node adds once it is done. */
export interface StrikesState extends z.infer<typeof input>, Summaries {
  readonly source: SourceFile;
  /** As read (ingest), and as checked (validate). */
  readonly table: TextTable;
  readonly strikes: Strikes;
  readonly validation: Validation;
  readonly quality: Quality;
  readonly report: WrittenReport;
}

const step = task<StrikesState>;

/**
 * A node that sums the strikes up. It takes a turn of its own, because nodes that run side by side share one event
 * loop.
 */
const summary = (summarise: (strikes: Strikes) => Partial<Summaries>): TaskNode<StrikesState> =>
  step(async ({ state, signal }) => {
    await setImmediate(undefined, { signal });
    return summarise(state.strikes);
  });

export default defineWorkflow({
  id: 'wildlife-strikes',
  name: 'Nightly wildlife strike report',
  version: '1',
  source: import.meta.url,
  input,
  nodes: {
    ingest: step(({ state, progress, signal }) => readCsv(state.csv, progress, signal)),
    validate: step(({ state, progress, signal }) => validateRows(state.table, progress, signal)),
    bySpecies: summary((strikes) => ({ bySpecies: summariseBySpecies(strikes) })),
    byAirport: summary((strikes) => ({ byAirport: summariseByAirport(strikes) })),
    byPhase: summary((strikes) => ({ byPhase: summariseByPhase(strikes) })),
    repairCost: summary((strikes) => ({ repairCost: summariseRepairCost(strikes) })),
    qualityGate: step(({ state }) => {
      const { strikes, quality } = passQualityGate(state.strikes, state.maxMissingSpeedShare, state.missingSpeed);
      // The summaries were made before rows were left out: they would no longer be those of the rows that are reported.
      return strikes === state.strikes ? { quality } : { quality, strikes, ...summarise(strikes) };
    }),
    report: step(async ({ state, executionId }) => ({
      report: await writeReport(state.reportsDir, buildReport(executionId, state)),
    })),
  },
  edges: {
    ingest: 'validate',
    validate: ['bySpecies', 'byAirport', 'byPhase', 'repairCost'],
    bySpecies: 'qualityGate',
    byAirport: 'qualityGate',
    byPhase: 'qualityGate',
    repairCost: 'qualityGate',
    qualityGate: 'report',
  },
  output: ({ report, quality, repairCost }) => ({
    markdown: report.markdown.path,
    json: report.json.path,
    rowsUsed: quality.rowsUsed,
    costTotal: repairCost.costTotal,
  }),
});
