import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { toStoredBreakpoints } from '../../domain/execution/breakpoints.js';
import { assertIdentifier, labelProblem } from '../../domain/shared/identifiers.js';
import { assertKeys, assertOptional, assertOptionalSignal, type KeysOf, oneOf } from '../../domain/shared/options.js';
import type { StepOptions } from './breakpoints/step-execution.js';
import type { RunOptions, VerbOptions } from './execution-services.js';
import type { ForkOptions } from './fork-execution.js';
import type { RecoverOptions } from './recover-executions.js';
import type { RestartOptions } from './restart-execution.js';
import type { ResumeOptions } from './resume-execution.js';
import type { RollbackOptions } from './rollback-result.js';
import type { StartOptions } from './start-execution.js';
import type { ApproveOptions, RejectOptions } from './waiting/approve-node.js';
import type { SignalExecutionOptions } from './waiting/signal-execution.js';

const VERB: KeysOf<VerbOptions> = { actor: true, reason: true, idempotencyKey: true };
const RUN: KeysOf<RunOptions> = { ...VERB, signal: true };
const START: KeysOf<StartOptions> = {
  ...RUN,
  breakpoints: true,
  executionId: true,
  correlationId: true,
  label: true,
  timeoutMs: true,
  workspace: true,
  environment: true,
};
const RESUME: KeysOf<ResumeOptions> = {
  ...RUN,
  statePatch: true,
  breakpoints: true,
  takeOver: true,
  mapNodes: true,
  timeoutMs: true,
};
const ROLLBACK: KeysOf<RollbackOptions> = {
  ...VERB,
  statePatch: true,
  takeOver: true,
  compensate: true,
  onCompensationFailure: true,
};
const FORK: KeysOf<ForkOptions> = { ...RUN, statePatch: true, label: true, breakpoints: true, executionId: true };
const RESTART: KeysOf<RestartOptions> = {
  ...RUN,
  label: true,
  breakpoints: true,
  executionId: true,
  environment: true,
};
const STEP: KeysOf<StepOptions> = { ...RUN, statePatch: true, nodes: true };
const ANSWER = { actor: true, nodeId: true, address: true, idempotencyKey: true } as const;

/** The options of each verb: a closed list. */
const OPTIONS = {
  start: START,
  resume: RESUME,
  step: STEP,
  setBreakpoints: { actor: true } as KeysOf<Pick<VerbOptions, 'actor'>>,
  pause: VERB,
  cancel: VERB,
  rollback: ROLLBACK,
  fork: FORK,
  rerun: FORK,
  restart: RESTART,
  retryNode: RUN,
  skipNode: RUN,
  modifyState: VERB,
  label: VERB,
  approve: { ...ANSWER, comment: true } as KeysOf<ApproveOptions>,
  reject: { ...ANSWER, reason: true } as KeysOf<RejectOptions>,
  signal: { actor: true, idempotencyKey: true } as KeysOf<SignalExecutionOptions>,
  recover: { actor: true, limit: true, signal: true } as KeysOf<RecoverOptions>,
} as const;

const ON_FAILURE = ['stop', 'continue'] as const;

/** A verb whose options are checked. */
export type CheckedVerb = keyof typeof OPTIONS;

/** Whatever option of any verb. */
type AnyOptions = Partial<Record<keyof (StartOptions & ResumeOptions & ForkOptions & RollbackOptions), unknown>>;

/**
 * Checks the options of a verb: that it has them, and the form of those that are for no one else to check (ids, patches
 * and the nodes of breakpoints are looked at where they are used).
 *
 * @throws InvalidArgumentError
 */
export function assertVerbOptions(verb: CheckedVerb, given: object): void {
  assertKeys(given, OPTIONS[verb], `${verb} option`);
  const { reason, signal, breakpoints, label, takeOver, compensate, ...rest }: AnyOptions = given;
  const { idempotencyKey, onCompensationFailure } = rest;
  assertOptional(reason, 'string', 'reason');
  assertOptional(compensate, 'boolean', 'compensate');
  if (idempotencyKey !== undefined) assertIdentifier(idempotencyKey, 'idempotency key');
  if (onCompensationFailure !== undefined) oneOf(onCompensationFailure, ON_FAILURE, 'onCompensationFailure');
  assertOptional(takeOver, 'boolean', 'takeOver');
  assertOptionalSignal(signal);
  if (breakpoints !== undefined) toStoredBreakpoints(breakpoints);
  const problem = label === undefined ? undefined : labelProblem(label);
  if (problem !== undefined) throw new InvalidArgumentError(`The label ${problem}.`);
}
