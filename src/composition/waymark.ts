import type { AuditListener } from '../application/audit/audit-listener.js';
import type { AuditLog } from '../application/audit/audit-log.js';
import type { PeriodicSealing } from '../application/audit/integrity/periodic-sealing.js';
import type { LogWriter } from '../application/audit/log-writer.js';
import type { PendingCounts } from '../application/audit/pending-events.js';
import type { EventBus } from '../application/bus/event-bus.port.js';
import type { RecordedEventBus } from '../application/bus/recorded-event-bus.port.js';
import type { Checkpoints } from '../application/checkpoint/checkpoints.js';
import type { GraphThreads } from '../application/checkpoint/thread/graph-threads.js';
import type { PeriodicRecovery } from '../application/execution/periodic-recovery.js';
import type { ExecutionController } from '../application/execution/execution-controller.js';
import type { ExecutionRecorder } from '../application/execution/record/execution-recorder.js';
import type { Environments } from '../application/environment/environments.js';
import type { Files } from '../application/file/files.js';
import type { Insight } from '../application/insight/insight.js';
import type { Store } from '../application/store/store.port.js';
import type { Workspaces } from '../application/workspace/workspaces.js';
import type { EventCatalog } from '../domain/events/event-catalog.js';

/** The services that {@link Waymark} holds together. */
export interface WaymarkParts {
  readonly bus: RecordedEventBus;
  readonly log: AuditLog;
  readonly executions: ExecutionController;
  readonly insight: Insight;
  readonly checkpoints: Checkpoints;
  readonly threads: GraphThreads;
  readonly files: Files;
  readonly workspaces: Workspaces;
  readonly environments: Environments;
  /** Releases what is on disk, when nothing works on it any more. */
  readonly closeFiles: () => Promise<void>;
  readonly catalog: EventCatalog;
  readonly store: Store;
  readonly writer: LogWriter;
  readonly listener: AuditListener;
  /** What seals the log without being asked, where that is wanted. */
  readonly sealing?: PeriodicSealing;
  /** What takes up executions without being asked, where that is wanted. */
  readonly recovery?: PeriodicRecovery;
  /** How long `close` waits for nodes, and then for handlers, in milliseconds. */
  readonly closeGraceMs: number;
}

/**
 * Waymark, ready for use. Made by `createWaymark`, or got from a container that `waymarkModule` was loaded into.
 *
 * `await using` closes it at the end of the block.
 */
export class Waymark implements AsyncDisposable {
  readonly bus: EventBus;
  readonly log: AuditLog;
  readonly executions: ExecutionController;
  /** Records executions that runners of the host's run: `docs/recording.md`. */
  readonly recorder: ExecutionRecorder;
  /** What executions did, and why they wait: `docs/insight.md`. */
  readonly insight: Insight;
  readonly checkpoints: Checkpoints;
  /** The threads of other engines: what `WaymarkSaver` of `waymark/langgraph` writes and reads. */
  readonly threads: GraphThreads;
  /** Files under versions: `docs/files.md`. */
  readonly files: Files;
  /** Isolated working directories: `docs/workspaces.md`. */
  readonly workspaces: Workspaces;
  /** Runtimes with their packages: `docs/environments.md`. */
  readonly environments: Environments;
  readonly catalog: EventCatalog;
  readonly store: Store;
  readonly #recordedBus: RecordedEventBus;
  readonly #closeFiles: () => Promise<void>;
  readonly #graceMs: number;
  readonly #writer: LogWriter;
  readonly #listener: AuditListener;
  readonly #sealing: PeriodicSealing | undefined;
  readonly #recovery: PeriodicRecovery | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: WaymarkParts) {
    this.bus = parts.bus;
    this.#recordedBus = parts.bus;
    this.log = parts.log;
    this.executions = parts.executions;
    this.recorder = parts.executions.recorder;
    this.insight = parts.insight;
    this.checkpoints = parts.checkpoints;
    this.threads = parts.threads;
    this.files = parts.files;
    this.workspaces = parts.workspaces;
    this.environments = parts.environments;
    this.#closeFiles = parts.closeFiles;
    this.catalog = parts.catalog;
    this.store = parts.store;
    this.#graceMs = parts.closeGraceMs;
    this.#writer = parts.writer;
    this.#listener = parts.listener;
    this.#sealing = parts.sealing;
    this.#recovery = parts.recovery;
  }

  /**
   * Resolves when everything that was published so far is durable. Handlers need not have finished with it.
   *
   * @throws WaymarkError `WAYMARK_NOT_RECORDED` when the store fails: the events are kept and tried again
   */
  async flush(): Promise<void> {
    await this.#listener.flush();
    await this.#writer.flush();
  }

  /** How many published events are not recorded yet, by where they wait, and how many were given up. */
  pending(): PendingCounts {
    return this.#listener.counts();
  }

  /**
   * Pauses what runs, lets handlers finish, records what was published, and releases the store. Idempotent: a second
   * call waits for the first.
   *
   * Nodes and handlers have `closeGraceMs` to finish. What takes longer is given up: nodes are told by their signal,
   * and their executions stay as they were last committed, for `resume` to take over.
   *
   * @throws WaymarkError `WAYMARK_NOT_RECORDED` when published events could not be recorded, and whatever the last seal
   *   throws with `sealOnClose`; the store is released all the same
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    // At once: later nobody can tell whether a handler is what closes, and can't be waited for.
    const closeBus = this.#recordedBus.prepareToClose();
    try {
      try {
        const recovered = this.#recovery?.close();
        await this.executions.close(this.#graceMs);
        await recovered;
      } finally {
        try {
          await this.workspaces.close();
        } finally {
          await closeBus(this.#graceMs);
        }
      }
      await this.#listener.close();
      await this.#sealing?.close(this.#graceMs);
    } finally {
      try {
        await this.#closeFiles();
      } finally {
        await this.#writer.close();
        await this.store.close();
      }
    }
  }
}
