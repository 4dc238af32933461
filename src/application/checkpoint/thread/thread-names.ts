import { MAIN_BRANCH } from '../../../domain/checkpoint/checkpoint.js';
import type { ThreadCheckpointKey } from '../../../domain/checkpoint/thread/graph-thread.js';
import { InvalidArgumentError } from '../../../domain/shared/errors.js';
import { sha256Hex } from '../../../domain/shared/hash.js';
import { assertIdentifier, identifierProblem, labelProblem } from '../../../domain/shared/identifiers.js';

/** How long the path to a sub-graph may be, in UTF-8 bytes: it is part of a key, which a database bounds. */
const MAX_NAMESPACE_BYTES = 1_024;

/** The same for the id of a task, which is in a key together with a namespace. */
const MAX_TASK_BYTES = 512;

/** Names of branches that mean something else, or are given by Waymark. */
const TAKEN = /^(?:main|(?:fork|rollback)-\d+|namespace:.*)$/;

/**
 * Checks the name of a thread: anything that is a text and not empty.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ID`
 */
export function assertThreadId(threadId: unknown): asserts threadId is string {
  if (typeof threadId === 'string' && threadId !== '') return;
  const given = threadId === '' ? 'it is empty' : `it is ${threadId === null ? 'null' : `of type ${typeof threadId}`}`;
  throw new InvalidArgumentError(`The thread id is not valid: ${given}.`, {
    code: 'WAYMARK_INVALID_ID',
    hint: "Give a text that names the thread, as { configurable: { thread_id: 'order-17' } }.",
    details: { what: 'thread id' },
  });
}

/**
 * Checks how a checkpoint is called.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ID`
 */
export function assertThreadKey({ threadId, namespace, checkpointId }: ThreadCheckpointKey): void {
  assertThreadId(threadId);
  assertNamespace(namespace);
  assertIdentifier(checkpointId, 'checkpoint id');
}

/**
 * Checks the path to a sub-graph; the graph itself has an empty one.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ID`
 */
export function assertNamespace(namespace: unknown): asserts namespace is string {
  const problem = keyPartProblem(namespace, MAX_NAMESPACE_BYTES);
  if (problem === undefined) return;
  throw new InvalidArgumentError(`The checkpoint namespace is not valid: it ${problem}.`, {
    code: 'WAYMARK_INVALID_ID',
    hint: 'Give it as LangGraph made it, or leave it out for the graph itself.',
    details: { what: 'checkpoint namespace', problem },
  });
}

/**
 * Checks the id of a task.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ID`
 */
export function assertTaskId(taskId: unknown): asserts taskId is string {
  const problem = keyPartProblem(taskId, MAX_TASK_BYTES);
  if (problem === undefined) return;
  throw new InvalidArgumentError(`The task id is not valid: it ${problem}.`, {
    code: 'WAYMARK_INVALID_ID',
    hint: 'Give it as LangGraph made it.',
    details: { what: 'task id', problem },
  });
}

function keyPartProblem(value: unknown, maxBytes: number): string | undefined {
  if (value === '') return undefined;
  const problem = labelProblem(value, maxBytes);
  if (problem !== undefined) return problem;
  return Buffer.byteLength(value as string) > maxBytes ? `must have at most ${maxBytes} bytes as UTF-8` : undefined;
}

/** The branch that the checkpoints of a namespace go to: named after it, where that can be the name of a branch. */
export function branchOf(namespace: string): string {
  if (namespace === '') return MAIN_BRANCH;
  const isName = identifierProblem(namespace) === undefined && !TAKEN.test(namespace);
  return isName ? namespace : `namespace:${sha256Hex(namespace).slice(0, 32)}`;
}
