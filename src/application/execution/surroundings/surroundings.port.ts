import type { EnvironmentDeclaration } from '../../../domain/environment/environment-declaration.js';
import type { AnyEventClass } from '../../../domain/events/define-event.js';
import type { DomainEvent } from '../../../domain/events/domain-event.js';
import type { EventContextInit } from '../../../domain/events/event-context.js';
import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
import type { NodeContext } from '../../../domain/workflow/nodes/node-context.js';
import type { WorkStop } from '../../workspace/ongoing-work.js';
import type { WorkspaceDeclaration } from '../../../domain/workspace/workspace-declaration.js';

/** What a new execution declares to have around it. */
export interface Declared {
  readonly workspace?: WorkspaceDeclaration | undefined;
  readonly environment?: EnvironmentDeclaration | undefined;
}

/** What a step does with what is around its execution. */
export type Around =
  /** A new execution gets what it declares. One of a sub-workflow that declares no workspace works in its parent's. */
  | { readonly kind: 'declared'; readonly declared: Declared; readonly parentExecutionId?: string | undefined }
  /** A new execution gets what another had at a checkpoint. */
  | { readonly kind: 'forked'; readonly checkpointId: string }
  /** A new execution gets the files that another began with, and the environment that is declared now. */
  | { readonly kind: 'restarted'; readonly executionId: string; readonly declared: Declared }
  /** It goes back to a checkpoint, and what is around it does too. */
  | { readonly kind: 'back'; readonly checkpointId: string }
  /** Somebody takes it over: what was begun and is begun again finds what was there at the last checkpoint. */
  | { readonly kind: 'taken-over' };

/** A step, as what is around its execution sees it. */
export interface ArrangedStep {
  /** The execution as it is after the step. */
  readonly snapshot: ExecutionSnapshot;
  /** What the step does with what is around it, and the event that this follows from. */
  readonly around: { readonly what: Around; readonly causationId: string } | undefined;
  /** The checkpoints that it makes, with that before the first of them. */
  readonly newCheckpoints: { readonly ids: readonly string[]; readonly before: string | null };
  /** The events that are at hand, in their order. */
  readonly events: readonly DomainEvent[];
  /** The context of its events: those that others make for it have it too. */
  context(causationId?: string): EventContextInit;
  /** Makes an event of the step. */
  make<Class extends AnyEventClass>(
    type: Class,
    payload: ConstructorParameters<Class>[0],
    causationId?: string,
  ): DomainEvent;
}

/** What a step does with what is around its execution, done as far as it can be before its transaction. */
export interface Arrangement {
  /** What became of the surroundings as a whole. */
  readonly around: readonly DomainEvent[];
  /** What comes right before the first checkpoint of the step. */
  readonly kept: readonly DomainEvent[];
  /** What comes right after an event, by that one's id. */
  readonly following: ReadonlyMap<string, readonly DomainEvent[]>;
  /** What comes right after the event that tells of a checkpoint. */
  linked(checkpointId: string): readonly DomainEvent[];
  /** What comes at the end. */
  readonly after: readonly DomainEvent[];
  /** Writes what belongs to it in the transaction of the step. */
  save(scope: TransactionScope): Promise<void>;
  /**
   * The step is durable: does what only then may be done to the disk.
   *
   * @throws WaymarkError when files could not be put back. That they are to be is durable, and tried again
   */
  committed(): Promise<void>;
  /** The step was given up: takes away what was made for it. Never rejects. */
  discard(): Promise<void>;
  /** The step is over, however it ended, and last of all: others may move the same files. Idempotent. */
  over(): void;
}

/** What the work of a node, or a compensation, is given of what is around its execution. */
export type AroundNode = Pick<NodeContext, 'workspace' | 'environment'>;

/** What going back would do to the files of a workspace. */
export interface FilesToRestore {
  /** The paths that are written. */
  readonly restored: readonly string[];
  /** The paths that are taken away: what was made since. */
  readonly removed: readonly string[];
}

/**
 * What is around executions, as the engine sees it: their workspaces and their environments. An execution that has
 * neither costs nothing here.
 */
export interface Surroundings {
  /**
   * Does what a step asks for, and keeps the files of its checkpoints; `undefined` where there is nothing to do.
   *
   * @param execution as it is after the step
   * @param step gives the step, where something is to be done
   */
  arrange(
    execution: ExecutionSnapshot,
    around: Around | undefined,
    step: () => ArrangedStep,
  ): Promise<Arrangement | undefined> | undefined;
  /** What its work is given. */
  of(executionId: string): AroundNode;
  /** Takes what is around an execution in hand, for work that no step begins: compensations. */
  enter(execution: ExecutionSnapshot): Promise<void>;
  /**
   * Work of an execution has begun: its workspace is not left before that has settled, and nobody goes back there.
   *
   * @param name the address of its node, or what else it is called
   * @returns waits for work that was told to stop; `undefined` for one without a workspace
   */
  works(executionId: string, name: string, work: Promise<unknown>): WorkStop | undefined;
  /**
   * The execution is run here no longer: what is around it is left as soon as its work has settled. Never rejects.
   *
   * @returns `undefined` where there is nothing to leave
   */
  leave(executionId: string): Promise<void> | undefined;
  /** Waits for no work any more: a workspace in which it goes on stays locked. Idempotent. */
  close(): void;
  /** What going back to a checkpoint would do to files; `undefined` where it has none. */
  wayBack(checkpointId: string): Promise<FilesToRestore | undefined>;
}
