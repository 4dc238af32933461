import type { Workflow } from '../../../domain/workflow/workflow-definition.js';
import { captureContext } from '../../context/run-with-context.js';
import type { ExecutionStep } from '../execution-step.js';

/**
 * A change that somebody makes to an execution that runs, in a step of its own.
 *
 * @returns the event that what follows is caused by
 * @throws whatever makes it impossible: nothing is changed then
 */
export type Change = (step: ExecutionStep, workflow: Workflow) => string | undefined;

/** A change on its way to the run, and somebody who waits for its being durable. */
export class Told {
  readonly #change: Change;
  readonly #asAsker = captureContext();
  #resolve: (outcome: 'made' | 'gone') => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  /** `made` when it is durable, `gone` when the run had ended before. Rejects when it is impossible, or not committed. */
  readonly outcome = new Promise<'made' | 'gone'>((resolve, reject) => {
    this.#resolve = resolve;
    this.#reject = reject;
  });

  constructor(change: Change) {
    this.#change = change;
  }

  /** Adds it to a step, in the name of who asked. `undefined` when it is impossible: whoever asked knows. */
  addTo(step: ExecutionStep, workflow: Workflow): { readonly cause: string | undefined } | undefined {
    try {
      return { cause: this.#asAsker(() => this.#change(step, workflow)) };
    } catch (error) {
      this.#reject(error);
      return undefined;
    }
  }

  /** It is durable. */
  made(): void {
    this.#resolve('made');
  }

  /** The run has ended without it. */
  gone(): void {
    this.#resolve('gone');
  }

  /** The step that it was added to was not committed. */
  failed(error: unknown): void {
    this.#reject(error);
  }
}
