import type { Waymark } from '../../../composition/waymark.js';
import type { AuditEntry } from '../../../domain/audit/audit-entry.js';
import type { Checkpoint } from '../../../domain/checkpoint/checkpoint.js';
import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import { undoneAmong } from '../../../domain/execution/undoing.js';
import { isRecorded } from '../../../domain/execution/recorded.js';
import { fit } from '../../text/columns.js';
import { severityColor, statusColor } from '../../text/palette.js';
import { printable, printableJson } from '../../text/printable.js';
import { stateJson } from '../../text/state-json.js';
import { formatBytes, formatDuration } from '../../text/quantities.js';
import { breakpointText } from '../breakpoint-argument.js';
import { forksOf } from '../commands/checkpoints.js';
import { type NodeRun, nodeRunsOf } from '../node-runs.js';
import type { Session } from '../session.js';
import { entryJson } from './entry-json.js';
import { type NextStep, renderNextSteps } from './next-steps.js';
import { LockedFields, shownPayload } from './personal-fields.js';
import { renderFacts, renderTable } from './table.js';

type Fact = readonly [name: string, value: string];

/** Prints an execution: what it is, where it stands and why, its nodes, its relatives, and what can be done with it. */
export async function showExecution(
  session: Session,
  waymark: Waymark,
  execution: ExecutionSnapshot,
  withState: boolean,
): Promise<void> {
  const nodes = await nodeRunsOf(waymark.log, execution);
  const forks = await forksOf(waymark, execution.id);
  const leftBehind = waymark.executions.isOrphan(execution);
  const hasState = withState && execution.headCheckpointId !== '';
  const state = hasState ? await waymark.checkpoints.state(execution.headCheckpointId) : undefined;
  if (session.json) {
    printDocument(session, { kind: 'execution', execution, leftBehind, nodes, forks }, state);
    return;
  }
  const { palette } = session;
  const { bold, dim } = palette;
  session.print(bold(`execution ${printable(execution.id)}`));
  session.print(renderFacts(executionFacts(session, execution, leftBehind), dim));
  if (nodes.length > 0) {
    session.print(`\n${bold('nodes')}`);
    session.print(renderTable(NODE_COLUMNS, nodes, { width: session.width, title: dim, indent: '  ' }));
  }
  if (forks.length > 0) {
    session.print(`\n${bold('forks')}`);
    for (const { executionId, status, label, sourceCheckpointId } of forks) {
      const name = label === null ? '' : ` "${printable(label)}"`;
      session.print(
        `  ${printable(executionId)} ${statusColor(palette, status)(status)}${name} from checkpoint ${printable(sourceCheckpointId)}`,
      );
    }
  }
  if (state !== undefined) session.print(`\n${bold('state')}\n${stateJson(state, 2)}`);
  session.print(`\n${bold('next')}`);
  session.print(renderNextSteps(session, stepsFor(execution, leftBehind)));
}

/** Prints a checkpoint. */
export async function showCheckpoint(
  session: Session,
  waymark: Waymark,
  checkpoint: Checkpoint,
  withState: boolean,
): Promise<void> {
  const state = withState ? await waymark.checkpoints.load(checkpoint) : undefined;
  if (session.json) {
    printDocument(session, { kind: 'checkpoint', checkpoint }, state);
    return;
  }
  const { bold, dim } = session.palette;
  const {
    id,
    executionId,
    parentId,
    branchId,
    kind,
    label,
    nodeId,
    position,
    stateBytes,
    storedBytes,
    stateHash,
    createdAt,
  } = checkpoint;
  session.print(bold(`checkpoint ${printable(id)}`));
  const facts: Fact[] = [
    ['execution', printable(executionId)],
    ['branch', printable(branchId)],
    ['kind', printable(nodeId === null ? kind : `${kind} of ${nodeId}`)],
    ...(label === null ? [] : [['label', printable(label)] as const]),
    ['created', printable(createdAt)],
    ['parent', printable(parentId ?? 'none, it is the first')],
    ['completed', list(position.completed.map((node) => node.nodeId))],
    ['runs next', list(position.nextNodeIds)],
    ['state', `${formatBytes(stateBytes)}, of which ${formatBytes(storedBytes)} were new to the store`],
    ['state hash', printable(stateHash)],
  ];
  session.print(renderFacts(facts, dim));
  if (state !== undefined) session.print(`\n${bold('state')}\n${stateJson(state, 2)}`);
  session.print(`\n${bold('next')}`);
  const steps: NextStep[] = [
    { purpose: 'go back to it', name: 'rollback', operands: [executionId], options: ['--to', id, '--reason', '"why"'] },
    { purpose: 'branch off', name: 'fork', operands: [id], options: ['--reason', '"why"'] },
  ];
  if (parentId !== null) steps.unshift({ purpose: 'what changed', name: 'diff', operands: [parentId, id] });
  if (!withState) steps.unshift({ purpose: 'its state', name: 'show', operands: [id], options: ['--state'] });
  session.print(renderNextSteps(session, steps));
}

/** Prints JSON with a state, where there is one: a state may hold what JSON lacks. */
function printDocument(session: Session, document: object, state: object | undefined): void {
  if (state === undefined) {
    session.printJson(document);
    return;
  }
  // oxlint-disable-next-line unicorn/prefer-structured-clone -- keys without a value are left out, as JSON does
  const plain = JSON.parse(JSON.stringify(document)) as object;
  session.print(stateJson({ ...plain, state }, 2));
}

/** Prints an entry of the log whole. */
export function showEvent(session: Session, entry: AuditEntry): void {
  const locked = new LockedFields(session);
  locked.count(entry);
  if (session.json) {
    session.printJson({ kind: 'event', entry: entryJson(entry) });
    locked.tell();
    return;
  }
  const { palette } = session;
  const { payload: _, type, ...context } = entryJson(entry);
  session.print(palette.bold(`event ${printable(entry.event.id)}`));
  session.print(
    renderFacts(
      [['type', severityColor(palette, entry.severity, entry.outcome)(printable(String(type)))]],
      palette.dim,
    ),
  );
  const facts = Object.entries(context).filter(([name, value]) => name !== 'id' && value !== undefined);
  session.print(
    renderFacts(
      facts.map(([name, value]): Fact => [name, printable(String(value))]),
      palette.dim,
    ),
  );
  session.print(`\n${palette.bold('payload')}\n${printableJson(shownPayload(entry), 2)}`);
  locked.tell();
}

const NODE_COLUMNS = [
  { title: 'NODE', value: (run: NodeRun) => (run.occurrence === 1 ? run.nodeId : `${run.nodeId} (${run.occurrence})`) },
  { title: 'STATUS', value: (run: NodeRun) => run.status },
  { title: 'TRY', value: (run: NodeRun) => String(run.attempt) },
  { title: 'TOOK', value: (run: NodeRun) => (run.durationMs === null ? '' : formatDuration(run.durationMs)) },
  { title: 'NOTE', value: noteOf, flexible: true },
];

function noteOf(run: NodeRun): string {
  const undone = run.rolledBack ? 'rolled back' : '';
  return [undone, run.error ?? ''].filter(Boolean).join(': ');
}

function executionFacts(
  { palette, width }: Session,
  execution: ExecutionSnapshot,
  leftBehind: boolean,
): readonly Fact[] {
  const { status, error, startedAt, endedAt, updatedAt, parentExecutionId, sourceCheckpointId, label, workflowSource } =
    execution;
  const facts: Fact[] = [['status', `${statusColor(palette, status)(status)}${standing(execution, leftBehind)}`]];
  if (error !== null) facts.push(['because', palette.red(printable(`${error.name}: ${error.message}`))]);
  if (label !== null) facts.push(['label', printable(label)]);
  const { workflowName, workflowVersion, workflowId, threadId } = execution;
  const version = workflowVersion === '' ? '' : ` ${workflowVersion}`;
  facts.push(['workflow', printable(`${workflowName}${version} (${workflowId})`)]);
  if (threadId !== undefined) facts.push(['thread', printable(threadId)]);
  if (workflowSource !== null) facts.push(['code', printable(workflowSource)]);
  facts.push(['started', printable(startedAt)]);
  if (endedAt !== null) facts.push(['ended', `${printable(endedAt)}, after ${elapsed(startedAt, endedAt)}`]);
  else facts.push(['last change', printable(updatedAt)]);
  if (parentExecutionId !== null) {
    facts.push(['forked from', printable(`checkpoint ${sourceCheckpointId} of execution ${parentExecutionId}`)]);
  }
  if (execution.correlationId !== execution.id) facts.push(['correlation', printable(execution.correlationId)]);
  facts.push(['stands at', printable(`checkpoint ${execution.headCheckpointId} on branch ${execution.branchId}`)]);
  const stops = execution.breakpoints.map(breakpointText).join('; ');
  if (stops !== '') facts.push(['stops at', printable(stops)]);
  const left = width === undefined ? undefined : width - 14;
  facts.push(['input', fit(printableJson(execution.input), left)]);
  if (status === 'completed') facts.push(['output', fit(printableJson(execution.output), left)]);
  return facts;
}

function standing(
  { status, pauseReason, waiting, running, failed, owner }: ExecutionSnapshot,
  leftBehind: boolean,
): string {
  if (leftBehind) return `, but its process is gone (${printable(owner ?? '')})`;
  if (status === 'paused') {
    return `${pauseReason === null ? '' : ` (${printable(pauseReason)})`}, before ${list(waiting)}`;
  }
  if (status === 'failed') return failed.length === 0 ? '' : ` at ${list(failed.map((node) => node.nodeId))}`;
  return running.length === 0 ? '' : `: ${list(running.map((node) => node.nodeId))}`;
}

function stepsFor(execution: ExecutionSnapshot, leftBehind: boolean): readonly NextStep[] {
  const { id, status, headCheckpointId, threadId } = execution;
  // Only its own runner goes on with what is recorded.
  const isHosts = isRecorded(execution);
  const isUndone = undoneAmong(execution.completed, execution.compensated).length > 0;
  const restart: NextStep = {
    purpose: 'run it again from its entry',
    name: 'restart',
    operands: [id],
    options: ['--reason', '"why"'],
  };
  const back: NextStep = {
    purpose: isHosts ? 'go back to here' : 'try again from here',
    name: 'rollback',
    operands: [id],
    options: ['--to', headCheckpointId, '--reason', '"why"', ...(isHosts ? [] : ['--resume'])],
  };
  const again = isUndone ? restart : back;
  const why: NextStep = { purpose: 'why it waits', name: 'show', operands: [id], options: ['--why'] };
  const resume: NextStep = { purpose: leftBehind ? 'take it over' : 'let it go on', name: 'resume', operands: [id] };
  const goOn = isHosts ? [why] : [isUndone ? restart : resume, why];
  const first = {
    failed: [again],
    cancelled: [again],
    paused: goOn,
    running: leftBehind ? goOn : [why],
    pending: [],
    completed: [],
  };
  return [
    ...(threadId === undefined ? first[status] : []),
    { purpose: 'what happened', name: 'log', options: ['--execution', id] },
    { purpose: 'where to go back to', name: 'checkpoints', operands: [id] },
  ];
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.map(printable).join(', ');
}

function elapsed(from: string, to: string): string {
  return formatDuration(Math.max(0, Date.parse(to) - Date.parse(from)));
}
