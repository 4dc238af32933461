import type { Execution } from '../../../domain/execution/execution.js';
import type { JsonObject } from '../../../domain/shared/json.js';
import { captureContext } from '../../context/run-with-context.js';
import { type BranchLine, ExecutionStep } from '../execution-step.js';
import type { StepServices } from '../step-services.js';
import type { Stopwatch } from '../stopwatch.js';

/** A change that waits for its step. */
interface Change {
  /** Adds the change to a step, in the context of who wants it. Throws where the change is not possible. */
  readonly apply: (step: ExecutionStep) => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes the changes that a host wants of one execution durable, in the order in which they are wanted. What arrives
 * while a step is being committed shares the next one.
 */
export class StepQueue {
  readonly #services: StepServices;
  readonly #branch: BranchLine;
  readonly #stopwatch: Stopwatch;
  readonly #asOwner = captureContext();
  #execution: Execution;
  #state: JsonObject;
  readonly #onBroken: (error: unknown) => void;
  #waiting: Change[] = [];
  #isDraining = false;
  #broken: { readonly error: unknown } | undefined;

  /**
   * @param step the first one: {@link begin} commits it, where it is not durable
   * @param onBroken told why nothing more can be committed, when the store fails
   */
  constructor(services: StepServices, step: ExecutionStep, onBroken: (error: unknown) => void) {
    this.#services = services;
    this.#onBroken = onBroken;
    this.#branch = step.branch;
    this.#stopwatch = step.stopwatch;
    this.#execution = step.execution;
    this.#state = step.state;
  }

  /** Commits the first step. What arrives meanwhile waits for it. */
  async begin(first: ExecutionStep): Promise<void> {
    const committed = first.commit();
    this.#isDraining = true;
    void committed.then(
      () => {
        this.#execution = first.execution;
        this.#state = first.state;
        return this.#drain();
      },
      (error: unknown) => {
        this.#isDraining = false;
        this.break(error);
        this.#onBroken(error);
      },
    );
    await committed;
  }

  /** The execution as it was last committed. */
  get execution(): Execution {
    return this.#execution;
  }

  /** Its state then. */
  get state(): JsonObject {
    return this.#state;
  }

  /**
   * Changes the execution. Resolves with what `apply` returned when that is durable.
   *
   * @param apply may be called again on another step when a change beside it turns out to be impossible
   * @throws what `apply` throws, and what the store throws: nothing more can be recorded after that
   */
  change<Result>(apply: (step: ExecutionStep) => Result): Promise<Result> {
    const asCaller = captureContext();
    const changed = new Promise<Result>((resolve, reject) => {
      this.#waiting.push({
        apply: (step) => asCaller(() => apply(step)),
        resolve: resolve as (result: unknown) => void,
        reject,
      });
    });
    if (!this.#isDraining) void this.#asOwner(() => this.#drain());
    return changed;
  }

  /** Refuses all changes from now on, those that wait included. */
  break(error: unknown): void {
    this.#broken ??= { error };
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(this.#broken.error);
  }

  async #drain(): Promise<void> {
    this.#isDraining = true;
    // What is wanted within the same turn shares the first step.
    await Promise.resolve();
    while (this.#waiting.length > 0 && this.#broken === undefined) {
      const taken = this.#waiting;
      this.#waiting = [];
      await this.#commit(taken);
    }
    this.#isDraining = false;
    if (this.#broken !== undefined) this.break(this.#broken.error);
  }

  async #commit(taken: readonly Change[]): Promise<void> {
    const { step, settled } = this.#apply(taken);
    if (settled.length === 0) return;
    try {
      await step.commit('patiently');
    } catch (error) {
      for (const { change } of settled) change.reject(error);
      this.break(error);
      this.#onBroken(error);
      return;
    }
    this.#execution = step.execution;
    this.#state = step.state;
    for (const { change, result } of settled) change.resolve(result);
  }

  /** One step of all the changes that are possible. One that is not may have left its traces, so the step is made anew. */
  #apply(taken: readonly Change[]): {
    readonly step: ExecutionStep;
    readonly settled: readonly { readonly change: Change; readonly result: unknown }[];
  } {
    let possible = taken;
    for (;;) {
      const step = new ExecutionStep(this.#services, this.#execution, this.#state, this.#branch, this.#stopwatch);
      const settled: { change: Change; result: unknown }[] = [];
      let refused: Change | undefined;
      for (const change of possible) {
        try {
          settled.push({ change, result: change.apply(step) });
        } catch (error) {
          change.reject(error);
          refused = change;
          break;
        }
      }
      if (refused === undefined) return { step, settled };
      possible = possible.filter((change) => change !== refused);
    }
  }
}
