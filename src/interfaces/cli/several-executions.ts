import { type Command, Option } from 'commander';
import type { BatchItem, BatchOutcome } from '../../application/execution/batch-verbs.js';
import type { Waymark } from '../../composition/waymark.js';
import { EXECUTION_STATUSES, type ExecutionStatus } from '../../domain/execution/execution-status.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { MAX_EXECUTION_PAGE } from '../../domain/shared/page-limits.js';
import { printable } from '../text/printable.js';
import { EXIT, usageError } from './errors.js';
import { withWaymark } from './open-waymark.js';
import { checkId, given } from './options.js';
import type { Session, SharedOptions } from './session.js';
import { type WhyOptions, whyOptions } from './verb-arguments.js';

/** The options of a command for several executions. */
export interface SeveralOptions extends SharedOptions, WhyOptions {
  readonly status?: ExecutionStatus;
  readonly workflow?: string;
  readonly dryRun?: true;
}

/** What a command for several executions does. */
export interface SeveralVerb<Value> {
  /** What it did to one, as a word: `cancelled`. */
  readonly done: string;
  readonly run: (waymark: Waymark, items: readonly BatchItem[]) => Promise<readonly BatchOutcome<Value>[]>;
  /** What became of one, where there is more to say than that it was done. */
  readonly describe?: (value: Value) => string;
}

/** Adds what {@link severalExecutions} takes to a command. */
export function withSeveralOptions(command: Command): Command {
  command
    .argument('[executions...]', 'the ids of the executions')
    .addOption(new Option('--status <status>', 'all that are in this status').choices(EXECUTION_STATUSES))
    .addOption(new Option('--workflow <id>', 'all of this workflow'))
    .addOption(new Option('--dry-run', 'say which they are, and do nothing'));
  for (const option of whyOptions()) command.addOption(option);
  return command;
}

/** Does a verb to the executions that are named, or that a filter finds, and reports each. */
export async function severalExecutions<Value>(
  session: Session,
  options: SeveralOptions,
  ids: readonly string[],
  verb: SeveralVerb<Value>,
): Promise<number> {
  const { status, workflow: workflowId, dryRun, idempotencyKey } = options;
  const isFiltered = status !== undefined || workflowId !== undefined;
  if (isFiltered === ids.length > 0) {
    throw usageError('Name executions, or find them with --status and --workflow.', 'waymark executions lists them.');
  }
  for (const id of ids) await checkId(id, 'execution id');
  await checkId(workflowId, 'workflow id');
  return withWaymark(session, dryRun === true ? 'read' : 'change', async (waymark) => {
    const query = given({ status, workflowId, limit: MAX_EXECUTION_PAGE });
    const found = isFiltered ? (await waymark.executions.list(query)).map(({ id }) => id) : [...new Set(ids)];
    if (dryRun === true) {
      report(
        session,
        found.map((executionId) => ({ executionId, note: 'would be asked' })),
      );
      return EXIT.done;
    }
    const items = found.map((executionId) => ({ executionId, ...keyFor(idempotencyKey, executionId, found.length) }));
    const outcomes = await verb.run(waymark, items);
    report(
      session,
      outcomes.map((outcome) => rowOf(outcome, verb)),
    );
    return outcomes.every(({ ok }) => ok) ? EXIT.done : EXIT.failed;
  });
}

/** Each execution of a batch is a call of its own. */
function keyFor(key: string | undefined, executionId: string, count: number): { readonly idempotencyKey?: string } {
  if (key === undefined) return {};
  return { idempotencyKey: count === 1 ? key : `${key}/${executionId}` };
}

interface ReportRow {
  readonly executionId: string;
  readonly note: string;
  readonly value?: unknown;
  readonly error?: { readonly code?: string; readonly message: string; readonly hint?: string | undefined };
}

function rowOf<Value>(outcome: BatchOutcome<Value>, { done, describe }: SeveralVerb<Value>): ReportRow {
  const { executionId } = outcome;
  if (outcome.ok) {
    const { value } = outcome;
    return { executionId, note: describe === undefined ? done : describe(value), value };
  }
  const { error } = outcome;
  const message = error instanceof Error ? error.message : String(error);
  const told = WaymarkError.is(error) ? { code: error.code, message, hint: error.hint } : { message };
  return { executionId, note: message, error: told };
}

function report(session: Session, rows: readonly ReportRow[]): void {
  if (session.json) {
    session.printJson(
      rows.map(({ executionId, value, error }) =>
        given({ executionId, ok: error === undefined, value: value as object | undefined, error }),
      ),
    );
    return;
  }
  if (rows.length === 0) session.note('No execution matches.');
  const { red } = session.palette;
  for (const { executionId, note, error } of rows) {
    const text = `${printable(executionId)}  ${printable(note)}`;
    session.print(error === undefined ? text : red(text));
    if (error?.hint !== undefined) session.note(`  ${error.hint}`);
  }
}
