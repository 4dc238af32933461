import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import type { ExecutionRepository } from '../../domain/execution/execution.repository.port.js';
import type { Clock, Scheduler } from '../../domain/shared/clock.js';
import type { WaymarkError } from '../../domain/shared/errors.js';
import type { Commit } from '../audit/log-writer.js';
import { nextTurn } from '../shared/next-turn.js';
import { leaseExpired, leaseTaken } from './lease-errors.js';

/** For how long an execution is its owner's. */
export interface Lease {
  /** As the store has it: ISO 8601, UTC. */
  readonly expiresAt: string;
  /** When it was given, in milliseconds on this process's monotonic clock. */
  readonly givenAt: number;
}

/** What {@link LeaseKeeper} needs. */
export interface LeaseServices {
  readonly executions: ExecutionRepository;
  /** Writes to the store, in the order of the steps of executions. */
  readonly commit: (commit: Commit) => Promise<unknown>;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** The name under which this instance owns executions. */
  readonly owner: string;
}

/** How a lease was lost. */
export interface LostLease {
  /**
   * `expired`: it could not be renewed in time, and maybe nobody has taken the execution over. `taken`: it is somebody
   * else's.
   */
  readonly how: 'expired' | 'taken';
  /** `WAYMARK_LEASE_LOST` */
  readonly error: WaymarkError;
}

interface Held {
  /** `undefined` until the first step is durable, and from when it was lost. */
  lease: Lease | undefined;
  readonly onLost: (lost: LostLease) => void;
}

/**
 * Keeps what this instance runs its own: renews the leases of all of it in one statement, when a third of the time has
 * passed, and tells whoever runs an execution that it can't be renewed in time, or that somebody else has it.
 *
 * Time is measured with the monotonic clock from before the lease is written: here a lease ends no later than in the
 * store. While nothing runs there is no timer.
 */
export class LeaseKeeper {
  readonly leaseMs: number;
  readonly #services: LeaseServices;
  readonly #held = new Map<string, Held>();
  #isClosed = false;
  #isWatching = false;
  #sleep: AbortController | undefined;
  #isRenewing = false;
  #retryAt = -Infinity;
  #trouble: unknown;

  /** @param leaseMs how long a lease lasts, in milliseconds */
  constructor(services: LeaseServices, leaseMs: number) {
    this.#services = services;
    this.leaseMs = leaseMs;
  }

  /** Begins to keep an execution, from its next step on. `onLost` must not throw. */
  hold(executionId: string, onLost: Held['onLost']): void {
    this.#held.set(executionId, { lease: undefined, onLost });
  }

  /** Keeps an execution no longer. */
  release(executionId: string): void {
    this.#held.delete(executionId);
  }

  /**
   * The lease with which an execution is to be saved: the one it has for as long as that is fresh, so that a step seldom
   * changes it; `undefined` when nobody owns it any more.
   */
  grant({ id, owner }: Pick<ExecutionSnapshot, 'id' | 'owner'>): Lease | undefined {
    if (owner === null) {
      // Whether the store says so before or after the next renewal, it is not lost.
      this.release(id);
      return undefined;
    }
    const lease = this.#held.get(id)?.lease;
    return lease !== undefined && this.#now() < lease.givenAt + this.#third ? lease : this.#newLease();
  }

  /** An execution was saved with this lease. */
  confirm(executionId: string, lease: Lease): void {
    const held = this.#held.get(executionId);
    if (held === undefined) return;
    held.lease = lease;
    if (!this.#isWatching) void this.#watch();
  }

  /** Whether the store says that nobody holds an execution any more, who may be gone or not. */
  isExpired({ leaseExpiresAt }: Pick<ExecutionSnapshot, 'leaseExpiresAt'>): boolean {
    return leaseExpiresAt !== null && leaseExpiresAt <= new Date(this.#services.clock.now()).toISOString();
  }

  /** Renews nothing more. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#held.clear();
    this.#sleep?.abort();
  }

  /** Whether an execution is this instance's at this moment, as far as it can know. */
  holds(executionId: string): boolean {
    const lease = this.#held.get(executionId)?.lease;
    return lease !== undefined && this.#now() < lease.givenAt + this.leaseMs;
  }

  get #third(): number {
    return this.leaseMs / 3;
  }

  #now(): number {
    return this.#services.clock.monotonic();
  }

  #newLease(): Lease {
    const givenAt = this.#now();
    return { givenAt, expiresAt: new Date(this.#services.clock.now() + this.leaseMs).toISOString() };
  }

  async #watch(): Promise<void> {
    this.#isWatching = true;
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) {
        await this.#until(next);
        this.#expire();
        if (!this.#isRenewing && this.#renewalDue() <= this.#now()) void this.#renew();
      }
    } catch (error) {
      // Without a timer nothing is renewed: whoever runs something learns of it now, and not from a take-over.
      this.#lose([...this.#held.keys()], 'expired', error);
    } finally {
      this.#isWatching = false;
    }
  }

  /** Waits for a moment, or until there may be something to do before it. */
  async #until(moment: number): Promise<void> {
    const waitMs = Math.ceil(moment - this.#now());
    if (waitMs <= 0) return;
    const sleep = new AbortController();
    this.#sleep = sleep;
    try {
      await this.#services.scheduler.delay(waitMs, sleep.signal, { idle: true });
    } catch (error) {
      if (!sleep.signal.aborted) throw error;
    }
    // A scheduler that does not wait must not keep the process from everything else.
    if (this.#now() < moment) await nextTurn();
  }

  /** When there is something to do next; `undefined` while nothing is held. */
  #next(): number | undefined {
    const oldest = this.#oldest();
    if (oldest === Infinity || this.#isClosed) return undefined;
    const end = oldest + this.leaseMs;
    return this.#isRenewing ? end : Math.min(end, this.#renewalDue());
  }

  #renewalDue(): number {
    return Math.max(this.#oldest() + this.#third, this.#retryAt);
  }

  /** When the lease was given that ends first. */
  #oldest(): number {
    let oldest = Infinity;
    for (const { lease } of this.#held.values()) if (lease !== undefined) oldest = Math.min(oldest, lease.givenAt);
    return oldest;
  }

  #expire(): void {
    const now = this.#now();
    const over = [...this.#held].filter(([, { lease }]) => lease !== undefined && lease.givenAt + this.leaseMs <= now);
    this.#lose(
      over.map(([id]) => id),
      'expired',
      this.#trouble,
    );
  }

  async #renew(): Promise<void> {
    this.#isRenewing = true;
    const lease = this.#newLease();
    const ids = [...this.#held].filter(([, held]) => held.lease !== undefined).map(([id]) => id);
    let renewed: ReadonlySet<string> = new Set();
    try {
      const { executions, owner } = this.#services;
      await this.#services.commit({
        weight: 1,
        write: async (scope) => {
          const renewal = { owner, executionIds: ids, expiresAt: lease.expiresAt };
          renewed = new Set(await executions.renewLeases(renewal, scope));
          return [];
        },
      });
      this.#trouble = undefined;
    } catch (error) {
      // Tried again for as long as there is time: what is said in the end names it.
      this.#trouble = error;
      this.#retryAt = this.#now() + this.#third / 5;
      return;
    } finally {
      this.#isRenewing = false;
      this.#sleep?.abort();
    }
    for (const id of ids) {
      const held = this.#held.get(id);
      if (held?.lease !== undefined && renewed.has(id)) held.lease = lease;
    }
    this.#lose(
      ids.filter((id) => !renewed.has(id)),
      'taken',
    );
  }

  #lose(executionIds: readonly string[], how: LostLease['how'], cause?: unknown): void {
    for (const id of executionIds) {
      const held = this.#held.get(id);
      if (held?.lease === undefined) continue;
      held.lease = undefined;
      held.onLost({ how, error: how === 'taken' ? leaseTaken(id) : leaseExpired(id, this.leaseMs, cause) });
    }
  }
}
