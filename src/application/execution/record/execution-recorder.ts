import { runWithContext } from '../../context/run-with-context.js';
import type { VerbServices } from '../verb-services.js';
import { openRecording } from './open-recording.js';
import { MAKERS } from './makers.js';
import { ExecutionRecording } from './recorded-execution.js';
import type { RecordedExecution } from './recording-api.js';
import { recordExecution } from './record-execution.js';
import { assertOpenOptions, type OpenRecordingOptions, type RecordingOptions } from './recorder-options.js';

/**
 * Records executions of runners that are not Waymark's: a cron job, a pipeline, a loop of a script. They say what they
 * do, and get a log, checkpoints to go back to, and a way to go on after a crash.
 *
 * @example
 * const run = await waymark.recorder.execution({ workflow: 'nightly', executionId: 'nightly-2026-01-31', resume: true });
 * const { rows } = await run.node('fetch', () => ({ rows: 10 }));
 * await run.node('load', () => ({ loaded: rows }));
 * await run.complete();
 */
export class ExecutionRecorder {
  readonly #services: VerbServices;

  constructor(services: VerbServices) {
    this.#services = services;
  }

  /**
   * Begins to record an execution. When it resolves, the execution is durable and running. With `resume`, the execution
   * of that id is gone on with where there is one.
   *
   * @throws InvalidArgumentError; WaymarkError `WAYMARK_VERSION_CONFLICT` when `executionId` is taken,
   *   `WAYMARK_OTHER_WORKFLOW`, `WAYMARK_NOT_A_RECORDING`, and with `resume` as {@link open}
   */
  async execution(options: RecordingOptions): Promise<RecordedExecution> {
    const recording = recordExecution(this.#services, options, null);
    return new ExecutionRecording(await this.#services.active.track(recording), MAKERS);
  }

  /**
   * Goes on with an execution: one that is paused (by a pause, a rollback or a fork) or that was left behind by a process
   * that is gone. One that is completed can be read.
   *
   * @throws IllegalTransitionError when it runs, failed or was cancelled; WaymarkError `WAYMARK_EXECUTION_NOT_FOUND`,
   *   `WAYMARK_NOT_A_RECORDING`
   */
  async open(executionId: string, options: OpenRecordingOptions = {}): Promise<RecordedExecution> {
    assertOpenOptions(options);
    const opened = runWithContext({ actor: options.actor }, () => openRecording(this.#services, executionId, options));
    return new ExecutionRecording(await this.#services.active.track(opened), MAKERS);
  }
}
