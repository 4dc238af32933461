import type { DueExecution } from '../../../domain/execution/execution.repository.port.js';
import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import type { ExecutionHandle, ExecutionResult } from '../execution-result.js';
import type { ExecutionServices, Launch } from '../execution-services.js';
import { reasonOfAbort } from '../reason-of-abort.js';
import { endsByItself, isDue, launchDue } from './due-launch.js';
import { DueQueue } from './due-queue.js';
import { WakeTimer } from './wake-timer.js';

/** How many are read from the store at once. */
const PAGE = 1_000;
/** How many executions are resumed at once. */
const AT_ONCE = 16;
/** How long to wait after the store failed, in milliseconds. */
const STORE_PAUSE_MS = 5_000;

const LEFT_TO_OTHERS = [
  'WAYMARK_VERSION_CONFLICT',
  'WAYMARK_CLOSED',
  'WAYMARK_WORKFLOW_NOT_REGISTERED',
  'WAYMARK_WORKFLOW_CHANGED',
  'WAYMARK_RECORDED_EXECUTION',
  'WAYMARK_ILLEGAL_TRANSITION',
  'WAYMARK_NOT_OWNER',
] as const;

/** Cancels an execution that stands still. */
type Cancel = (executionId: string, reason: string) => Promise<unknown>;

/** A run of an execution, from a start to its end or a pause. */
export interface Run {
  readonly result: Promise<ExecutionResult>;
  /** Resolves when its first step is durable. */
  readonly begun?: Promise<void>;
  /** The one that went on from it, where this instance knows of one. */
  next?: Run;
}

/**
 * The executions that stand still until a time which this instance waits for: one timer for the earliest of them.
 *
 * Of each it holds the id and the time, and nothing else. Another process may resume one first: that is found out when
 * its time has come, and costs nothing.
 */
export class DueExecutions {
  readonly #services: ExecutionServices;
  readonly #launch: (launch: Launch, signal?: AbortSignal) => Promise<ExecutionHandle>;
  readonly #queue = new DueQueue();
  readonly #timer: WakeTimer;
  /** Who waits for an execution to go on. */
  readonly #waiting = new Map<string, ((run: Run | undefined) => void)[]>();
  /** The runs that ended in a pause, for as long as somebody holds them: they are told which run came after them. */
  readonly #before = new Map<string, WeakRef<Run>>();
  /** The signals that cancel executions when they abort, with what lets go of them. */
  readonly #signals = new Map<string, { readonly signal: AbortSignal; readonly release: () => void }>();
  /** The executions that are being resumed. */
  readonly #underWay = new Map<string, Promise<void>>();
  #closed = false;
  #hasListed = false;
  #cancel: Cancel | undefined;

  /** @param launch runs a prepared execution, and tells this of it */
  constructor(services: ExecutionServices, launch: (launch: Launch, signal?: AbortSignal) => Promise<ExecutionHandle>) {
    this.#services = services;
    this.#launch = launch;
    this.#timer = new WakeTimer({ clock: services.factory.clock, scheduler: services.scheduler }, () => this.#wake());
  }

  /** How many executions it waits for. */
  get size(): number {
    return this.#queue.size;
  }

  /** An execution whose signal aborts while it stands still is cancelled in this way. */
  cancelWith(cancel: Cancel): void {
    this.#cancel = cancel;
  }

  /**
   * Waits for an execution.
   *
   * @param dueAt ISO 8601, UTC
   * @param before the run that ended in this pause
   * @param signal cancels the execution when it aborts
   */
  add(executionId: string, dueAt: string, before?: Run, signal?: AbortSignal): void {
    if (this.#closed) return;
    if (signal !== undefined) this.#heed(executionId, signal);
    this.#queue.set(executionId, Date.parse(dueAt));
    if (before !== undefined) this.#before.set(executionId, new WeakRef(before));
    this.#arm();
  }

  /**
   * Waits for what stands still in the store, whoever ran it. Once is enough: what others leave later is found by
   * `recover` when it is due.
   */
  async addStored(): Promise<void> {
    if (this.#hasListed) return;
    this.#hasListed = true;
    const { executions } = this.#services;
    for (let after: DueExecution | undefined; !this.#closed;) {
      const page = await executions.listDue({ limit: PAGE, ...(after === undefined ? {} : { after }) });
      const now = this.#services.factory.now();
      // What is due already was left by whoever looked for it: nothing is known of it here.
      for (const { id, dueAt } of page) if (dueAt > now && !this.#queue.has(id)) this.add(id, dueAt);
      after = page.at(-1);
      if (page.length < PAGE) return;
    }
  }

  /** Whoever runs it now, it is waited for no longer. */
  goesOn(executionId: string, run: Run | undefined): void {
    this.#queue.delete(executionId);
    const before = this.#before.get(executionId)?.deref();
    if (before !== undefined && run !== undefined) before.next = run;
    this.#before.delete(executionId);
    this.#signals.get(executionId)?.release();
    this.#signals.delete(executionId);
    const waiting = this.#waiting.get(executionId) ?? [];
    this.#waiting.delete(executionId);
    for (const tell of waiting) tell(run);
    this.#arm();
  }

  /** The result of the last run of an execution: see `ExecutionHandle.result`. */
  async lastResult(executionId: string, first: Run): Promise<ExecutionResult> {
    for (let run = first; ;) {
      const result = await run.result;
      if (result.status !== 'paused' || result.reason !== 'timer') return result;
      const next = run.next ?? (await this.nextRun(executionId));
      // Somebody else was faster: as far as this instance knows it still stands.
      if (next === undefined || !(await hasBegun(next))) return result;
      run = next;
    }
  }

  /** The next run of an execution; `undefined` at once when this instance does not wait for it. */
  nextRun(executionId: string): Promise<Run | undefined> {
    if (!this.#queue.has(executionId) && !this.#underWay.has(executionId)) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(executionId) ?? [];
      this.#waiting.set(executionId, [...waiting, resolve]);
      this.#arm();
    });
  }

  /**
   * Lets an execution go on whose time has come. Resolves once that is durable;
   * `undefined` for one that is not due.
   *
   * @throws WaymarkError `WAYMARK_WORKFLOW_NOT_REGISTERED`, `WAYMARK_WORKFLOW_CHANGED`; `WAYMARK_VERSION_CONFLICT` when
   *   somebody else was faster
   */
  async wake(stored: ExecutionSnapshot): Promise<ExecutionHandle | undefined> {
    if (!isDue(stored, this.#services.factory.now())) return undefined;
    const launch = await launchDue(this.#services, stored, this.#services.registry.for(stored));
    return this.#launch(launch, this.#signals.get(stored.id)?.signal);
  }

  /** Waits for nothing any more. Who waits for an execution to go on is told that it does not. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer.stop();
    for (const executionId of [...this.#waiting.keys(), ...this.#signals.keys()]) this.goesOn(executionId, undefined);
    await Promise.all(this.#underWay.values());
  }

  #heed(executionId: string, signal: AbortSignal): void {
    const cancel = (): void => {
      this.#cancel?.(executionId, reasonOfAbort(signal.reason)).catch((error: unknown) => {
        // It has ended, or goes on elsewhere; or the store failed, which whoever waits for the result is to know.
        const failure = error instanceof Error ? error : new Error(String(error));
        const result = Promise.reject(failure);
        result.catch(() => undefined);
        this.goesOn(executionId, isTrouble(error) ? { result } : undefined);
      });
    };
    this.#signals.get(executionId)?.release();
    this.#signals.set(executionId, { signal, release: () => signal.removeEventListener('abort', cancel) });
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
  }

  #wake(): void {
    const due = this.#queue.takeDue(this.#services.factory.clock.now(), AT_ONCE - this.#underWay.size);
    for (const executionId of due) this.#underWay.set(executionId, this.#wakeUp(executionId));
    this.#arm();
  }

  /** Never rejects: what the store refuses is tried again later. */
  async #wakeUp(executionId: string): Promise<void> {
    try {
      const stored = await this.#services.executions.find(executionId);
      const isAwake = stored !== undefined && (await this.wake(stored)) !== undefined;
      if (!isAwake) this.#leave(executionId, stored);
    } catch (error) {
      if (isTrouble(error)) {
        const { clock } = this.#services.factory;
        this.add(executionId, new Date(clock.now() + STORE_PAUSE_MS).toISOString());
      } else this.goesOn(executionId, undefined);
    } finally {
      this.#underWay.delete(executionId);
      this.#arm();
    }
  }

  /** It is not due: it is later, or somebody else has seen to it. */
  #leave(executionId: string, stored: ExecutionSnapshot | undefined): void {
    if (stored !== undefined && endsByItself(stored) && stored.dueAt !== null) this.add(executionId, stored.dueAt);
    else if (!this.#queue.has(executionId)) this.goesOn(executionId, undefined);
  }

  #arm(): void {
    const isFull = this.#underWay.size >= AT_ONCE;
    this.#timer.set(this.#closed || isFull ? undefined : this.#queue.earliest(), this.#waiting.size === 0);
  }
}

async function hasBegun({ begun }: Run): Promise<boolean> {
  try {
    await begun;
    return true;
  } catch {
    // Whoever began it was told why.
    return false;
  }
}

/** What is worth another try: everything but that somebody was faster, that it is another's, or that nothing is started. */
function isTrouble(error: unknown): boolean {
  return !LEFT_TO_OTHERS.some((code) => WaymarkError.is(error, code));
}
