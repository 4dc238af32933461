import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { labelProblem } from '../../domain/shared/identifiers.js';
import { assertKeys, assertOptional, assertOptionalSignal, type KeysOf } from '../../domain/shared/options.js';
import type { RunOptions, VerbOptions } from './execution-services.js';
import type { ForkOptions } from './fork-execution.js';
import type { ResumeOptions } from './resume-execution.js';
import type { RollbackOptions } from './rollback-execution.js';
import type { StartOptions } from './start-execution.js';

const VERB: KeysOf<VerbOptions> = { actor: true, reason: true };
const RUN: KeysOf<RunOptions> = { ...VERB, signal: true };
const START: KeysOf<StartOptions> = {
  actor: true,
  signal: true,
  breakpoints: true,
  executionId: true,
  correlationId: true,
  label: true,
};
const RESUME: KeysOf<ResumeOptions> = { ...RUN, statePatch: true, breakpoints: true, takeOver: true };
const ROLLBACK: KeysOf<RollbackOptions> = { ...VERB, statePatch: true, takeOver: true };
const FORK: KeysOf<ForkOptions> = { ...RUN, statePatch: true, label: true, breakpoints: true, executionId: true };

/** The options of each verb: a closed list. */
const OPTIONS = {
  start: START,
  resume: RESUME,
  pause: { actor: true } as KeysOf<Pick<VerbOptions, 'actor'>>,
  cancel: VERB,
  rollback: ROLLBACK,
  fork: FORK,
  rerun: FORK,
} as const;

/** Whatever option of any verb. */
type AnyOptions = Partial<Record<keyof (StartOptions & ResumeOptions & ForkOptions), unknown>>;

/**
 * Checks the options of a verb: that it has them, and the form of those that are for no one else to check (ids, patches
 * and the nodes of breakpoints are looked at where they are used).
 *
 * @throws InvalidArgumentError
 */
export function assertVerbOptions(verb: keyof typeof OPTIONS, given: object): void {
  assertKeys(given, OPTIONS[verb], `${verb} option`);
  const { reason, signal, breakpoints, label, takeOver }: AnyOptions = given;
  assertOptional(reason, 'string', 'reason');
  assertOptional(takeOver, 'boolean', 'takeOver');
  assertOptionalSignal(signal);
  const isList = Array.isArray(breakpoints) && breakpoints.every((nodeId) => typeof nodeId === 'string');
  if (breakpoints !== undefined && !isList) {
    throw new InvalidArgumentError('The breakpoints must be a list of node ids: ["review"].');
  }
  const problem = label === undefined ? undefined : labelProblem(label);
  if (problem !== undefined) throw new InvalidArgumentError(`The label ${problem}.`);
}

/** Why a signal aborted, in words. */
export function reasonOfAbort(reason: unknown): string {
  if (reason instanceof Error) return reason.message;
  return typeof reason === 'string' ? reason : 'its signal aborted';
}
