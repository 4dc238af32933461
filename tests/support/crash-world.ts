import assert from 'node:assert/strict';
import { type AuditEntry, InMemoryStore, type Store, type Waymark, type Workflow } from '../../src/index.js';
import type { CrashWork } from './crash-workflows.js';
import { openWaymark } from './open-waymark.js';
import { Crash, crashingStore } from './crashing-store.js';
import { settle } from './deferred.js';
import { FakeClock } from './fake-clock.js';
import { Processes } from './processes.js';
import { replay } from './replay.js';
import { checkAttempts } from './replay-attempts.js';
import { checkChildren } from './replay-children.js';
import { checkUndoing } from './replay-undoing.js';

/** How much time passes at once, in milliseconds: less than what a lease is renewed after. */
const STEP_MS = 5_000;

/** Work that was begun: whose, and which attempt. */
export interface Effect {
  readonly key: string;
  readonly attempt: number;
  readonly fence: number;
}

/**
 * One store after another process on it, each of which dies and is followed by the next. Time passes when the program
 * says so.
 */
export class CrashWorld {
  readonly clock = new FakeClock();
  /** Waits that end when enough time has passed, whoever waits. */
  readonly #waits = new Set<{ readonly until: number; readonly end: () => void }>();
  /** Somebody who only looks, and does not die. */
  #reader: Waymark | undefined;
  readonly effects: Effect[] = [];
  /** The keys of work that was undone, once for each time. */
  readonly undone: string[] = [];
  waymark!: Waymark;
  crash = new Crash();
  /** How often the processes that died had to do with the store, and the one that lives. */
  deaths = 0;
  readonly #store: Store = new InMemoryStore();
  /** What went wrong behind the back of a process that lives. */
  readonly #troubles: unknown[] = [];
  readonly #processes = new Processes();
  readonly #workflowsWith: (work: CrashWork) => readonly Workflow[];
  /** What work found out that must not be. */
  readonly #trouble: string[] = [];
  #name = '';

  constructor(workflowsWith: (work: CrashWork) => readonly Workflow[]) {
    this.#workflowsWith = workflowsWith;
  }

  get workflows(): readonly Workflow[] {
    return this.#workflowsWith({
      note: ({ idempotencyKey, attempt, fencingToken, item, iteration, index }) => {
        void [item, iteration, index];
        this.effects.push({ key: idempotencyKey, attempt, fence: fencingToken });
      },
      undo: async ({ executionId, nodeId, occurrence }) => {
        const key = `${executionId}/${nodeId}/${occurrence}`;
        const { compensated } = (await this.#store.executions.find(executionId)) ?? { compensated: [] };
        if (compensated.some((node) => node.nodeId === nodeId && node.occurrence === occurrence)) {
          this.#trouble.push(`${key} was undone again, which was recorded as done.`);
        }
        this.undone.push(key);
      },
    });
  }

  /** All that the log holds. */
  entries(): Promise<readonly AuditEntry[]> {
    return (this.#reader as Waymark).log.query({}, { limit: 10_000 });
  }

  /** Begins the next process. The one before is dead. */
  async start(crash: Crash = new Crash()): Promise<void> {
    this.#processes.kill(this.#name);
    this.#name = `process-${this.deaths}`;
    this.crash = crash;
    const { clock } = this;
    const identity = this.#processes.identity(this.#name);
    this.#reader ??= await openWaymark({ clock }, this.#store);
    const scheduler = { delay: (ms: number, signal?: AbortSignal) => this.#delay(ms, signal) };
    const executions = { onError: (error: unknown): void => void (crash.isDead || this.#troubles.push(error)) };
    this.waymark = await openWaymark({ clock, identity, scheduler, executions }, crashingStore(this.#store, crash));
    for (const workflow of this.workflows) this.waymark.executions.register(workflow);
  }

  /** The next process, which takes up what the one before has left. */
  async restart(crash?: Crash): Promise<void> {
    this.crash.isDead = true;
    this.deaths += 1;
    await this.start(crash);
    await this.waymark.executions.recover().catch(() => undefined);
  }

  /** Lets time pass, a little at a time: whoever lives renews its leases, and wakes what is due. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      this.clock.advance(STEP_MS);
      const now = this.clock.monotonic();
      for (const wait of this.#waits) if (wait.until <= now) wait.end();
      await settle();
    }
  }

  /** Lets what runs go on until nothing does, or the process is dead. */
  async quiet(): Promise<void> {
    for (let turns = 0; turns < 200; turns += 1) {
      await settle();
      const all = await this.#store.executions.list({ limit: 500 });
      const busy = all.filter(({ status, running, waiting, undoing, owner }) =>
        undoing === null ? status === 'running' && running.length + waiting.length > 0 : owner !== null,
      );
      if (busy.length === 0 || this.crash.isDead) return;
    }
  }

  /** Every promise that was made to hold at all times, whatever has died. */
  async assertWhole(): Promise<void> {
    const alive = this.#reader as Waymark;
    assert.deepEqual(this.#troubles, []);
    assert.equal((await alive.log.verify()).verdict, 'ok');
    const entries = await this.entries();
    const replayed = replay(entries);
    const stored = await alive.executions.list({ limit: 500 });
    assert.deepEqual([...replayed.keys()].toSorted(), stored.map(({ id }) => id).toSorted());
    for (const execution of stored) {
      const told = replayed.get(execution.id);
      const { status, branchId, headCheckpointId } = execution;
      const completed = execution.completed.map(({ nodeId, occurrence }) => `${nodeId}/${occurrence}`);
      assert.deepEqual(
        { id: execution.id, status, branchId, headCheckpointId, completed },
        {
          id: execution.id,
          status: told?.status,
          branchId: told?.branchId,
          headCheckpointId: told?.headCheckpointId,
          completed: told?.completed,
        },
      );
      const checkpoints = await alive.checkpoints.list(execution.id);
      assert.deepEqual(new Map(checkpoints.map(({ id, parentId }) => [id, parentId])), told?.checkpoints);
      const { branches } = await alive.checkpoints.tree(execution.id);
      const rows = branches.map(({ branchId: id, executionId: _, ...branch }) => [id, branch] as const);
      assert.deepEqual(new Map(rows), told?.branches);
    }
    this.#assertNothingTwice(entries.map(({ event }) => event));
    assert.deepEqual(checkAttempts(entries), []);
    assert.deepEqual(checkChildren(entries), []);
    assert.deepEqual(checkUndoing(entries, stored, this.undone), []);
    assert.deepEqual(this.#trouble, []);
  }

  #delay(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#waits.delete(wait);
        resolve();
      };
      const wait = { until: this.clock.monotonic() + ms, end };
      this.#waits.add(wait);
      const abort = (): void => {
        this.#waits.delete(wait);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** No attempt was begun twice, and nothing was begun again that was done. */
  #assertNothingTwice(events: readonly { readonly type: string; readonly payload: unknown }[]): void {
    const started = new Set<string>();
    const completed = new Set<string>();
    for (const { type, payload } of events) {
      if (type !== 'node.started' && type !== 'node.completed') continue;
      const { executionId, nodeId, occurrence, attempt } = payload as Readonly<Record<string, string | number>>;
      const key = `${executionId}/${nodeId}/${occurrence}`;
      if (completed.has(key)) throw new Error(`${type} of ${key}, which was completed before.`);
      if (type === 'node.completed') completed.add(key);
      else if (started.has(`${key} ${attempt}`)) throw new Error(`Attempt ${attempt} of ${key} was started twice.`);
      else started.add(`${key} ${attempt}`);
    }
    const begun = this.effects.map(({ key, attempt }) => `${key} ${attempt}`);
    assert.deepEqual(
      begun.filter((effect) => !started.has(effect)),
      [],
    );
    assert.equal(begun.length, new Set(begun).size);
  }
}
