import type { VerbKey } from '../../domain/execution/verb-key.repository.port.js';
import { runWithContext } from '../context/run-with-context.js';
import type { ExecutionHandle, ExecutionResult } from './execution-result.js';
import type { Launch, RunOptions, VerbOptions } from './execution-services.js';
import type { VerbServices } from './verb-services.js';
import type { VerbOnce } from './verb-once.js';
import { assertVerbOptions, type CheckedVerb } from './verb-options.js';
import { watchExecution } from './watch-execution.js';

/** What every verb has in common: who wants it and under which key, and that it is waited for when Waymark closes. */
export class VerbDesk {
  readonly #services: VerbServices;

  constructor(services: VerbServices) {
    this.#services = services;
  }

  /**
   * Does a verb: its options checked, in the name of who wants it, once under a key.
   *
   * @param args what was asked for beside the options, looked at where there is a key; left out for a verb without keys
   * @param work does it; where it is given its key it keeps its result with it, in its own transaction
   * @param again gives a result that was kept; as it was kept when left out
   */
  async do<Result>(
    verb: CheckedVerb,
    options: VerbOptions,
    args: (() => unknown) | undefined,
    work: (once?: VerbOnce) => Result | Promise<Result>,
    again: (kept: VerbKey) => Result | Promise<Result> = ({ result }) => result as Result,
  ): Promise<Result> {
    assertVerbOptions(verb, options);
    const { actor, idempotencyKey: key, ...rest } = options;
    // A signal ends waiting: it is no part of what is asked for.
    const wanted = { ...rest, signal: undefined };
    return this.#services.active.track(
      runWithContext({ actor }, () =>
        this.#services.verbKeys.run(
          { verb, key, args: () => ({ args: args?.(), wanted }) },
          async (once) => work(once),
          again,
        ),
      ),
    );
  }

  /** Does a verb after which an execution runs. The same key again gives a handle to the same execution. */
  run(
    verb: CheckedVerb,
    options: RunOptions,
    args: () => unknown,
    prepare: (once?: VerbOnce) => Launch | Promise<Launch>,
  ): Promise<ExecutionHandle> {
    return this.handle(verb, options, args, async (once) => this.launch(await prepare(once), options.signal, once));
  }

  /** Runs a prepared execution, and keeps the key of what let it run with its first step. */
  launch(launch: Launch, signal: AbortSignal | undefined, once: VerbOnce | undefined): Promise<ExecutionHandle> {
    const { step } = launch;
    if (once !== undefined) step.also((scope) => once.keep(step.execution.id, null, scope));
    return this.#services.active.launch(launch, signal);
  }

  /** Does a verb that gives a handle, and keeps its key itself: with the result, where the execution stands already. */
  handle(
    verb: CheckedVerb,
    options: RunOptions,
    args: () => unknown,
    work: (once?: VerbOnce) => Promise<ExecutionHandle>,
  ): Promise<ExecutionHandle> {
    return this.do(verb, options, args, work, ({ executionId, result }) => {
      if (result === null) return watchExecution(this.#services, executionId);
      const kept = result as unknown as KeptStandstill;
      return { id: kept.id, result: () => Promise.resolve(kept.result) };
    });
  }
}

/** What is kept of a verb that made an execution which stands still at once. */
interface KeptStandstill {
  readonly id: string;
  readonly result: ExecutionResult;
}
