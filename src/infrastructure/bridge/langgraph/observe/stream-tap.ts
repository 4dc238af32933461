import { INTERRUPT } from './langgraph-package.js';
import { isRecord, type StreamChunk, type StreamTarget } from './graph.js';

/** A checkpoint as a graph names it. */
export interface NamedCheckpoint {
  readonly id: string | undefined;
  readonly step: number;
  readonly source: string;
  /** The nodes that run next. */
  readonly next: readonly string[];
}

/** Who wants to know what a graph says of its progress. */
export interface TapTarget {
  attempt<Result>(work: () => Result): Result | undefined;
  /** A task of a superstep was named. */
  task(namespace: string, step: number, name: string, taskId: string): void;
  /** A task's outcome was taken. */
  settled(namespace: string, taskId: string): void;
  /** The state after a superstep is there, and will be kept where there is something to keep it in. */
  checkpoint(namespace: string, checkpoint: NamedCheckpoint): void;
  /** The same, without a word on what is next. */
  stateReached(namespace: string, checkpointId: string, step: number): void;
  /** The graph stopped to ask. */
  interrupted(namespace: string, values: readonly unknown[]): void;
  /** Takes what observing added out of a configuration that users see. */
  hide(config: Record<string, unknown>): void;
}

/**
 * Takes part in a graph's stream without being part of what its user reads: LangGraph passes every chunk of a mode to
 * whoever asked for it.
 */
export class StreamTap implements StreamTarget {
  readonly modes: ReadonlySet<string>;
  readonly #target: TapTarget;
  readonly #other: StreamTarget | undefined;

  /** @param other who was to have the chunks before */
  constructor(target: TapTarget, other: StreamTarget | undefined) {
    this.#target = target;
    this.#other = other;
    this.modes = new Set(['debug', 'updates', ...(other?.modes ?? [])]);
  }

  push(chunk: StreamChunk): void {
    const [namespace, mode, payload] = chunk;
    this.#target.attempt(() => this.#see(namespace.join('|'), mode, payload));
    // What says which checkpoint a chunk of values belongs to goes with these, whatever the modes are.
    if (this.#other?.modes.has(mode) === true || mode === 'checkpoints') this.#other?.push(chunk);
  }

  #see(namespace: string, mode: string, payload: unknown): void {
    if (!isRecord(payload)) return;
    if (mode === 'updates') {
      const values = payload[INTERRUPT];
      if (Array.isArray(values)) this.#target.interrupted(namespace, values.map(valueOf));
    } else if (mode === 'checkpoints') {
      const { id, step } = payload;
      if (typeof id === 'string' && typeof step === 'number') this.#target.stateReached(namespace, id, step);
    } else if (mode === 'debug' && isRecord(payload['payload'])) {
      this.#debug(namespace, payload['type'], Number(payload['step']), payload['payload']);
    }
  }

  #debug(namespace: string, type: unknown, step: number, about: Readonly<Record<string, unknown>>): void {
    if (type === 'task') this.#target.task(namespace, step, String(about['name']), String(about['id']));
    else if (type === 'task_result') this.#target.settled(namespace, String(about['id']));
    else if (type === 'checkpoint') {
      this.#target.checkpoint(namespace, namedCheckpoint(about));
      // Made for this chunk, which users who read checkpoints get as well.
      for (const config of [about['config'], about['parentConfig']]) if (isRecord(config)) this.#target.hide(config);
    }
  }
}

function namedCheckpoint(about: Readonly<Record<string, unknown>>): NamedCheckpoint {
  const [config, metadata] = [record(about['config']), record(about['metadata'])];
  const id = record(config['configurable'])['checkpoint_id'];
  const next = about['next'];
  return {
    id: typeof id === 'string' ? id : undefined,
    step: Number(metadata['step']),
    source: String(metadata['source']),
    next: Array.isArray(next) ? next.map(String) : [],
  };
}

function valueOf(interrupt: unknown): unknown {
  return isRecord(interrupt) ? interrupt['value'] : interrupt;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
