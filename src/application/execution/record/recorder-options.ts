import { InvalidArgumentError } from '../../../domain/shared/errors.js';
import { assertIdentifier, labelProblem } from '../../../domain/shared/identifiers.js';
import { assertKeys, assertOptional, assertOptionalSignal, type KeysOf } from '../../../domain/shared/options.js';

/** What is recorded, and in whose name. */
export interface RecordingOptions {
  /** The stable id of what the runner runs: what executions are filtered by. */
  readonly workflow: string;
  /** For people; the id when left out. */
  readonly name?: string;
  /** Of the runner's definition; `1` when left out. */
  readonly version?: string;
  /** What it is started with; the state begins as this. */
  readonly input?: Readonly<Record<string, unknown>>;
  /** An id of the host's; a new one when left out. */
  readonly executionId?: string;
  /** What the execution belongs together with; its own id when left out and no ambient context says otherwise. */
  readonly correlationId?: string;
  /** A name of this execution for people. */
  readonly label?: string;
  /** Recorded as the actor of every event: `user:ada`. */
  readonly actor?: string;
  /** Goes on with `executionId` where there is such an execution, instead of refusing it. */
  readonly resume?: boolean;
  /** As for `open`. */
  readonly takeOver?: boolean;
  /** Cancels the execution when it aborts; its reason becomes the cancellation's. */
  readonly signal?: AbortSignal;
}

/** An execution within another one: it is found again by its place, so that it is gone on with in any case. */
export type ChildRecordingOptions = Omit<RecordingOptions, 'correlationId' | 'resume'>;

/** How to go on with a recording. */
export interface OpenRecordingOptions extends Pick<RecordingOptions, 'actor' | 'signal'> {
  /** A JSON Merge Patch (RFC 7396) to apply to the state first. */
  readonly statePatch?: Readonly<Record<string, unknown>>;
  /** Why, for the edit of the state. */
  readonly reason?: string;
  /** Takes it over though its owner may be there. Only when you know that the owner is gone. */
  readonly takeOver?: boolean;
}

const OPEN: KeysOf<OpenRecordingOptions> = {
  actor: true,
  signal: true,
  statePatch: true,
  reason: true,
  takeOver: true,
};
const EXECUTION: KeysOf<RecordingOptions> = {
  workflow: true,
  name: true,
  version: true,
  input: true,
  executionId: true,
  correlationId: true,
  label: true,
  actor: true,
  resume: true,
  takeOver: true,
  signal: true,
};

/** @throws InvalidArgumentError */
export function assertRecordingOptions(options: RecordingOptions): void {
  assertKeys(options, EXECUTION, 'recording option');
  assertIdentifier(options.workflow, 'workflow id');
  for (const name of ['executionId', 'correlationId'] as const) {
    if (options[name] !== undefined) assertIdentifier(options[name], name === 'executionId' ? 'execution id' : name);
  }
  for (const name of ['name', 'version', 'label'] as const) {
    const problem = options[name] === undefined ? undefined : labelProblem(options[name]);
    if (problem !== undefined) throw new InvalidArgumentError(`The ${name} ${problem}.`);
  }
  assertOptional(options.resume, 'boolean', 'resume');
  assertOptional(options.takeOver, 'boolean', 'takeOver');
  assertOptionalSignal(options.signal);
  if (options.resume === true && options.executionId === undefined) {
    throw new InvalidArgumentError('To go on with an execution takes its id: { resume: true, executionId }.');
  }
}

/** @throws InvalidArgumentError */
export function assertOpenOptions(options: OpenRecordingOptions): void {
  assertKeys(options, OPEN, 'option of open');
  assertOptional(options.reason, 'string', 'reason');
  assertOptional(options.takeOver, 'boolean', 'takeOver');
  assertOptionalSignal(options.signal);
}
