import { relative } from 'node:path';
import {
  CheckpointCreated,
  type Checkpoint,
  type ExecutionHandle,
  type ExecutionResult,
  type ExecutionSnapshot,
  followProgress,
  renderCheckpointTree,
  renderTimeline,
  type Waymark,
} from 'waymark';
import { count, dollars, percent } from './figures.js';
import type { Screen } from './screen.js';
import workflow, { type StrikesState } from './workflow.js';

const SERVICE = 'service:nightly-report';
const OPERATOR = 'user:ada';
const GATE = 'qualityGate';
const RAISED_LIMIT = 0.3;

/** Where and how to walk through. */
export interface WalkThroughOptions {
  readonly reportsDir: string;
  readonly screen: Screen;
  /** Cancels the execution that runs, and ends the walk. */
  readonly signal: AbortSignal;
}

/** What was made on the way. */
export interface WalkThrough {
  /** Failed at the gate, rolled back to before it, and resumed: its report is made from all rows. */
  readonly kept: ExecutionSnapshot;
  /** Forked from before the gate: its report leaves out the rows without a speed. */
  readonly dropped: ExecutionSnapshot;
  /** The checkpoint before the gate, which both continue from. */
  readonly beforeGate: Checkpoint;
}

/** The walk ended before its end: somebody asked for it, or it did not go the way it is told here. */
export class WalkThroughError extends Error {
  override readonly name = 'WalkThroughError';
}

/**
 * Runs the report as a night job would, and then goes back as an operator would: rolls back to before the gate that
 * failed, and forks the same checkpoint to try something else.
 *
 * @throws WalkThroughError when the signal aborts, or a run ends otherwise than expected
 */
export async function walkThrough(waymark: Waymark, options: WalkThroughOptions): Promise<WalkThrough> {
  const { screen } = options;

  screen.heading(`1. The nightly report runs, started by ${SERVICE}`);
  const failed = await runNightly(waymark, options);
  const tree = await waymark.checkpoints.tree(failed.executionId);
  const beforeGate = tree.before(GATE);
  screen.say(`Why: ${failed.error.message}`);
  screen.say(`What was done before that is kept, in checkpoint ${beforeGate.id}.`);

  screen.heading(
    `2. ${OPERATOR} goes back to before the gate, raises its limit to ${percent(RAISED_LIMIT)}, and resumes`,
  );
  const kept = await rollBackAndResume(waymark, options, failed.executionId, beforeGate);
  screen.say('The report is written. The way that failed is kept too, as an abandoned branch.');

  screen.heading(`3. ${OPERATOR} forks the same checkpoint, to see the report without the rows that lack a speed`);
  const dropped = await forkWithoutMissing(waymark, options, beforeGate);
  screen.say('The second report is written, by an execution of its own. The first execution is untouched.');

  return { kept, dropped, beforeGate };
}

async function runNightly(
  waymark: Waymark,
  options: WalkThroughOptions,
): Promise<ExecutionResult & { readonly status: 'failed' }> {
  const result = await follow(waymark, options, () =>
    waymark.executions.start(workflow, { reportsDir: options.reportsDir }, { actor: SERVICE, signal: options.signal }),
  );
  if (result.status !== 'failed' || result.nodeId !== GATE) throw unexpected(result, `to fail at ${GATE}`);
  return result;
}

async function rollBackAndResume(
  waymark: Waymark,
  options: WalkThroughOptions,
  executionId: string,
  beforeGate: Checkpoint,
): Promise<ExecutionSnapshot> {
  const result = await follow(waymark, options, async () => {
    await waymark.executions.rollback(executionId, beforeGate.id, {
      statePatch: { maxMissingSpeedShare: RAISED_LIMIT },
      reason: `up to ${percent(RAISED_LIMIT)} may lack a speed`,
      actor: OPERATOR,
    });
    return waymark.executions.resume(executionId, { actor: OPERATOR, signal: options.signal });
  });
  if (result.status !== 'completed') throw unexpected(result, 'to complete');
  return waymark.executions.get(executionId);
}

async function forkWithoutMissing(
  waymark: Waymark,
  options: WalkThroughOptions,
  beforeGate: Checkpoint,
): Promise<ExecutionSnapshot> {
  const result = await follow(waymark, options, () =>
    waymark.executions.fork(beforeGate.id, {
      statePatch: { missingSpeed: 'drop' },
      reason: 'see the report without those rows',
      label: 'rows without speed left out',
      actor: OPERATOR,
      signal: options.signal,
    }),
  );
  if (result.status !== 'completed') throw unexpected(result, 'to complete');
  return waymark.executions.get(result.executionId);
}

/** Shows an execution while it runs, until it ends. */
async function follow(
  waymark: Waymark,
  { screen, signal }: WalkThroughOptions,
  begin: () => Promise<ExecutionHandle>,
): Promise<ExecutionResult> {
  if (signal.aborted) throw new WalkThroughError('Stopped before the next run began.');
  const progress = followProgress(waymark.bus, undefined, screen.stream, { color: screen.color });
  try {
    return await (await begin()).result();
  } finally {
    progress.stop();
  }
}

function unexpected(result: ExecutionResult, expected: string): WalkThroughError {
  const { executionId, status } = result;
  const place = status === 'failed' ? ` at ${result.nodeId ?? 'its end'}: ${result.error.message}` : '';
  if (status === 'cancelled') return new WalkThroughError(`Execution ${executionId} was cancelled (${result.reason}).`);
  return new WalkThroughError(`Execution ${executionId} was expected ${expected}; it is ${status}${place}.`);
}

/** Shows what the log, the checkpoints and the reports hold of a walk. */
export async function showWhatIsLeft(waymark: Waymark, { kept, dropped }: WalkThrough, screen: Screen): Promise<void> {
  const { color, width } = screen;
  const layout = { color, ...(width === undefined ? {} : { width }) };

  screen.heading('4. What the log holds of it (severity info and above; the checkpoints follow below)');
  // A fork belongs together with the execution that it comes from: it has the same correlation id.
  const entries = await waymark.log.query({ correlationId: kept.correlationId, minSeverity: 'info' }, { limit: 1_000 });
  const shown = entries.filter((entry) => !CheckpointCreated.is(entry.event));
  screen.print(renderTimeline(shown, layout));

  screen.heading(`5. The checkpoints of execution ${kept.id}, and what was forked from them`);
  const tree = await waymark.checkpoints.tree(kept.id);
  const fork = {
    executionId: dropped.id,
    sourceCheckpointId: dropped.sourceCheckpointId ?? '',
    status: dropped.status,
  };
  screen.print(
    renderCheckpointTree(tree, {
      ...layout,
      headCheckpointId: kept.headCheckpointId,
      forks: [{ ...fork, label: dropped.label }],
    }),
  );

  screen.heading('6. The two reports');
  const [keptState, droppedState] = [await finalState(waymark, kept), await finalState(waymark, dropped)];
  screen.print(keyFigures('rows kept    ', keptState));
  screen.print(keyFigures('rows left out', droppedState));
  for (const { report } of [keptState, droppedState]) {
    screen.print(`  ${shortPath(report.markdown.path)}\n  ${shortPath(report.json.path)}`);
  }
}

async function finalState(waymark: Waymark, execution: ExecutionSnapshot): Promise<StrikesState> {
  return (await waymark.checkpoints.state(execution.headCheckpointId)) as unknown as StrikesState;
}

function keyFigures(title: string, { quality, repairCost, byPhase }: StrikesState): string {
  const [phase] = byPhase;
  const figures = [
    `${count(quality.rowsUsed).padStart(6)} strikes`,
    `${count(repairCost.reportsWithCost)} with a cost`,
    `${dollars(repairCost.costTotal)} in all`,
    ...(phase === undefined ? [] : [`${percent(phase.share)} on ${phase.phase.toLowerCase()}`]),
  ];
  return `${title}  ${figures.join(' · ')}`;
}

/** A path as one would type it here: relative when it is below the working directory. */
function shortPath(path: string): string {
  const short = relative('.', path);
  return short.startsWith('..') ? path : short;
}
