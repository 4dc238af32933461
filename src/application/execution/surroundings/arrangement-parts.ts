import type { DomainEvent } from '../../../domain/events/domain-event.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
import type { PreparedWorkspace } from '../../workspace/prepared-workspace.js';
import type { ArrangedStep, Arrangement } from './surroundings.port.js';

/** Where the events of a part come in a step. */
type Place = 'around' | 'kept' | 'after';

/** What a step does with what is around its execution, part by part: each can be taken back until the step is durable. */
export class ArrangementParts implements Arrangement {
  readonly around: DomainEvent[] = [];
  readonly kept: DomainEvent[] = [];
  readonly after: DomainEvent[] = [];
  readonly following = new Map<string, readonly DomainEvent[]>();
  readonly #step: ArrangedStep;
  readonly #linked = new Map<string, readonly DomainEvent[]>();
  readonly #saves: ((scope: TransactionScope) => Promise<void>)[] = [];
  readonly #committed: (() => Promise<void>)[] = [];
  readonly #undo: (() => Promise<void>)[] = [];
  readonly #over: (() => void)[] = [];
  readonly #onError: (error: unknown) => void;

  constructor(step: ArrangedStep, onError: (error: unknown) => void) {
    this.#step = step;
    this.#onError = onError;
  }

  /** Takes a change of a workspace in. Returns it. */
  add<Prepared extends PreparedWorkspace>(prepared: Prepared, place: Place): Prepared {
    const context = this.#step.context(this.#step.around?.causationId);
    this[place].push(...prepared.events(context));
    this.#saves.push((scope) => prepared.save(scope));
    this.#committed.push(() => prepared.done());
    this.#undo.push(() => prepared.undo());
    return prepared;
  }

  /** Has something written with the step. */
  saves(save: (scope: TransactionScope) => Promise<void>): void {
    this.#saves.push(save);
  }

  /** Has something done when the step is durable. */
  whenCommitted(work: () => Promise<void>): void {
    this.#committed.push(work);
  }

  /** Has something taken back when the step is given up. */
  whenDiscarded(work: () => Promise<void>): void {
    this.#undo.push(work);
  }

  /** Has something done when the step is over, however it ended. */
  whenOver(work: () => void): void {
    this.#over.push(work);
  }

  /** Has an event come right after another. */
  follow(eventId: string, event: DomainEvent): void {
    this.following.set(eventId, [...(this.following.get(eventId) ?? []), event]);
  }

  /** Has an event come right after that of a checkpoint. */
  link(checkpointId: string, event: DomainEvent): void {
    this.#linked.set(checkpointId, [...this.linked(checkpointId), event]);
  }

  linked(checkpointId: string): readonly DomainEvent[] {
    return this.#linked.get(checkpointId) ?? [];
  }

  async save(scope: TransactionScope): Promise<void> {
    for (const save of this.#saves) await save(scope);
  }

  async committed(): Promise<void> {
    for (const work of this.#committed) await work();
  }

  async discard(): Promise<void> {
    for (const undo of this.#undo.toReversed()) {
      // Whoever committed is told why that failed: what stays on the disk is found by the search for orphans.
      await undo().catch(this.#onError);
    }
  }

  over(): void {
    for (const work of this.#over.splice(0)) work();
  }
}
