import type { ServiceIdentifier } from 'inversify';
import type {
  AuditListener,
  EventIntake,
  EventRecorder,
  ExecutionController,
  ExecutionServices,
  ExecutionVerb,
  IllegalTransitionError,
  LogWriter,
  Recorded,
  RunningThreads,
  RunOptions,
  ThreadExecutions,
  TOKENS,
  Waymark,
  WaymarkError,
  WaymarkErrorOptions,
  WaymarkParts,
  WorkflowRegistry,
} from '../../src/index.js';
import { assertType, type Equal } from './equal.js';

// Compiled by `npm run typecheck`, never run: what the public surface exposes can be named by those who use it.

type Tokens = typeof TOKENS;

/** What a host gets from the container. */
export function services(): void {
  assertType<Equal<Tokens['LogWriter'], ServiceIdentifier<LogWriter>>>();
  assertType<Equal<Tokens['EventRecorder'], ServiceIdentifier<EventRecorder>>>();
  assertType<Equal<Tokens['AuditListener'], ServiceIdentifier<AuditListener>>>();
  assertType<Equal<Tokens['WorkflowRegistry'], ServiceIdentifier<WorkflowRegistry>>>();
  assertType<Equal<Tokens['EventIntake'], ServiceIdentifier<EventIntake>>>();
  assertType<Equal<Awaited<ReturnType<LogWriter['append']>>, readonly Recorded[]>>();
}

/** What constructors take, and what errors carry. */
export function parts(options: RunOptions): AbortSignal | undefined {
  assertType<Equal<ConstructorParameters<typeof Waymark>, [parts: WaymarkParts]>>();
  assertType<
    Equal<ConstructorParameters<typeof ExecutionController>, [services: ExecutionServices, threads: ThreadExecutions]>
  >();
  assertType<Equal<Tokens['ThreadExecutions'], ServiceIdentifier<ThreadExecutions>>>();
  assertType<Equal<Tokens['RunningThreads'], ServiceIdentifier<RunningThreads>>>();
  assertType<Equal<IllegalTransitionError['verb'], ExecutionVerb>>();
  assertType<Equal<ConstructorParameters<typeof WaymarkError>[2], WaymarkErrorOptions | undefined>>();
  return options.signal;
}
