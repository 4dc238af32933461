import { NodeProgressed } from '../../../domain/events/families/node.events.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import { type JsonValue, toJson } from '../../../domain/shared/json.js';
import { runInAmbience } from '../../context/run-with-context.js';
import { type Makers, NodeCalls } from './node-calls.js';
import { resultOf, type Slot } from './recorded-state.js';
import type { StartedNode } from './recorded-steps.js';
import type { Recording } from './recording.js';
import { nodeNotRunning } from './recording-errors.js';
import type { RecordedExecution, RecordedNode, RecordedNodeOptions, RecordedWork } from './recording-api.js';
import type { ChildRecordingOptions } from './recorder-options.js';

/** How much of a message about progress is kept, in characters: what `node.progressed` takes. */
const MAX_MESSAGE = 1_000;

/** See {@link RecordedNode}. */
export class NodeRecording implements RecordedNode {
  readonly nodeId: string;
  readonly address: string;
  readonly #recording: Recording;
  readonly #slot: Slot;
  readonly #options: RecordedNodeOptions;
  readonly #outer: () => StartedNode | undefined;
  readonly #calls: NodeCalls;
  #started: StartedNode | undefined;
  /** Settles when the start that is under way is durable, or failed. */
  #starting: Promise<unknown> | undefined;
  #abort = new AbortController();

  constructor(
    recording: Recording,
    makers: Makers,
    place: { readonly nodeId: string; readonly address: string; readonly slot: Slot },
    options: RecordedNodeOptions,
    outer: () => StartedNode | undefined,
  ) {
    this.#recording = recording;
    this.nodeId = place.nodeId;
    this.address = place.address;
    this.#slot = place.slot;
    this.#options = options;
    this.#outer = outer;
    this.#calls = new NodeCalls(recording, makers, this.address, () => this.#started);
  }

  get isRecorded(): boolean {
    return resultOf(this.#recording.state, this.#slot) !== undefined;
  }

  get output(): JsonValue | undefined {
    return resultOf(this.#recording.state, this.#slot)?.output;
  }

  get occurrence(): number | undefined {
    return this.#started?.node.occurrence ?? resultOf(this.#recording.state, this.#slot)?.occurrence;
  }

  get attempt(): number | undefined {
    return this.#started?.node.attempt;
  }

  get idempotencyKey(): string | undefined {
    return this.occurrence === undefined ? undefined : `${this.#recording.id}/${this.nodeId}/${this.occurrence}`;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  async start(): Promise<boolean> {
    if (this.isRecorded) return false;
    const { name = this.nodeId, kind = 'task' } = this.#options;
    const abort = new AbortController();
    const starting = this.#recording.start(this, { name, kind }, this.#outer(), abort);
    this.#starting = starting.catch(() => undefined);
    this.#started = await starting;
    this.#abort = abort;
    return true;
  }

  async complete(output?: unknown): Promise<void> {
    await this.#starting;
    const started = this.#running('complete');
    const kept = output === undefined ? undefined : toJson(output, `result of ${this.nodeId}`);
    await this.#recording.complete(started, this.#slot, { output: kept, into: this.#options.into });
  }

  async fail(error: unknown): Promise<void> {
    await this.#starting;
    await this.#recording.fail(this.#running('fail'), error);
  }

  progress(fraction?: number, message?: string): void {
    const started = this.#running('tell its progress');
    const { services, snapshot } = this.#recording;
    // What was given up may go on for a while; what it says no longer belongs to the execution.
    if (this.signal.aborted) return;
    const { nodeId, occurrence, attempt } = started.node;
    const event = this.#recording.as(() =>
      services.factory.make(
        NodeProgressed,
        {
          executionId: this.#recording.id,
          nodeId,
          occurrence,
          attempt,
          ...(fraction === undefined ? {} : { fraction }),
          ...(message === undefined ? {} : { message: message.slice(0, MAX_MESSAGE) }),
        },
        { correlationId: snapshot.correlationId, causationId: started.startedId },
      ),
    );
    services.recorder.record([event]).catch(() => {
      // The node's own commit comes through the same queue to the same store: it meets the trouble too, and reports it.
    });
  }

  node(nodeId: string, options?: RecordedNodeOptions): RecordedNode;
  node<Result>(nodeId: string, work: RecordedWork<Result>, options?: RecordedNodeOptions): Promise<Result>;
  node(nodeId: string, ...given: unknown[]): unknown {
    return this.#calls.node(nodeId, ...given);
  }

  execution(options: ChildRecordingOptions): Promise<RecordedExecution> {
    return this.#calls.execution(options);
  }

  async run<Result>(work: RecordedWork<Result>): Promise<Result> {
    if (!(await this.start())) return this.output as Result;
    const { clock, ids } = this.#recording.services.factory;
    const { correlationId } = this.#recording.snapshot;
    const context = { correlationId, causationId: this.#running('run').startedId };
    let output: JsonValue | undefined;
    try {
      const returned = await this.#recording.as(() => runInAmbience({ clock, ids, context }, async () => work(this)));
      output = returned === undefined ? undefined : toJson(returned, `result of ${this.nodeId}`);
    } catch (error) {
      await this.#failUnlessOver(error);
      throw error;
    }
    await this.complete(output);
    return output as Result;
  }

  async #failUnlessOver(error: unknown): Promise<void> {
    try {
      await this.fail(error);
    } catch (unrecorded) {
      if (!WaymarkError.is(unrecorded, 'WAYMARK_RECORDING_ENDED')) throw unrecorded;
    }
  }

  #running(verb: string): StartedNode {
    if (this.#started === undefined) throw nodeNotRunning(this.#recording.id, this.address, verb);
    return this.#started;
  }
}
