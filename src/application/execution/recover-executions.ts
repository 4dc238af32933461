import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import { wholeNumber } from '../../domain/shared/options.js';
import type { ExecutionHandle } from './execution-result.js';
import type { VerbOptions } from './execution-services.js';
import type { VerbServices } from './verb-services.js';
import { prepareResume } from './resume-execution.js';

/** What to take up. */
export interface RecoverOptions extends Pick<VerbOptions, 'actor'> {
  /** How many executions at most; 100 when left out. Those that can't be taken up do not count. */
  readonly limit?: number;
  /** Takes up nothing more when it aborts. What was taken up goes on. */
  readonly signal?: AbortSignal;
}

/** What became of an execution that nobody saw to. */
export type Recovery =
  | {
      readonly executionId: string;
      /**
       * `taken-over`: its owner was gone, and what was running is run again. `woken`: what it waited for was due, or has ended.
       * `undone`: its compensations are gone on with.
       */
      readonly action: 'taken-over' | 'woken' | 'undone';
      /** It runs here now; left out where it stands still, or has ended. */
      readonly handle?: ExecutionHandle;
    }
  | {
      readonly executionId: string;
      /** It is as it was: somebody else was faster, or it can't be taken up here. */
      readonly action: 'left';
      readonly reason: string;
      /** What the reason is taken from. */
      readonly error: unknown;
    };

/**
 * Goes on with an execution as it was read. Resolves once that is durable: with the handle of one that runs here then,
 * and `undefined` where there was nothing to do.
 */
export type TakeUp = (stored: ExecutionSnapshot) => Promise<ExecutionHandle | undefined>;

/** What is done with executions that nobody owns. */
export interface TakeUps {
  /** For one that stands still until a time that has come. */
  readonly wake: TakeUp;
  /** For one that stands still though an execution that it waits for has ended. */
  readonly hear: TakeUp;
  /** For one whose compensations are not finished. */
  readonly undo: TakeUp;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 10_000;
/** How many are read from the store at once, and how many of them are taken up at once: they share transactions. */
const PAGE = 256;
const AT_ONCE = 8;

/**
 * Takes up executions that nobody sees to, in the order of their ids: those whose owner is gone, those whose time has
 * come, those whose sub-workflows have ended, and those whose compensations were left.
 *
 * @throws WaymarkError `WAYMARK_STORE_…` when the store can't be asked
 */
export async function recoverExecutions(
  services: VerbServices,
  options: RecoverOptions,
  takeUps: TakeUps,
): Promise<readonly Recovery[]> {
  const limit = wholeNumber(options.limit ?? DEFAULT_LIMIT, 'limit', 1, MAX_LIMIT);
  const { executions, identity, factory } = services;
  const gone = (await executions.owners()).filter((owner) => identity.isGone(owner));
  const all: Recovery[] = [];
  let room = limit;
  for (let after: string | undefined; room > 0;) {
    const page = await executions.listRecoverable({
      now: factory.now(),
      gone,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    after = page.at(-1);
    for (let next = 0; next < page.length && room > 0;) {
      if (options.signal?.aborted === true) return all;
      const some = page.slice(next, (next += Math.min(AT_ONCE, room)));
      const recovered = await Promise.all(some.map((executionId) => recoverOne(services, executionId, takeUps)));
      for (const recovery of recovered) {
        if (recovery === undefined) continue;
        all.push(recovery);
        if (recovery.action !== 'left') room -= 1;
        else if (isOver(recovery.error)) return all;
      }
    }
    if (page.length < PAGE) break;
  }
  return all;
}

/** `undefined` for one that somebody sees to, as it turns out. Never rejects. */
async function recoverOne(
  services: VerbServices,
  executionId: string,
  { wake, hear, undo }: TakeUps,
): Promise<Recovery | undefined> {
  const { active } = services;
  if (active.find(executionId) !== undefined) return undefined;
  try {
    assertIdentifier(executionId, 'execution id');
    const stored = await services.executions.find(executionId);
    if (stored === undefined) return undefined;
    if (stored.undoing !== null) {
      if (stored.owner !== null && !active.isLeftBehind(stored)) return undefined;
      return withHandle(executionId, 'undone', await undo(stored));
    }
    if (active.isOrphan(stored)) {
      const handle = await active.launch(await prepareResume(services, executionId, {}));
      return withHandle(executionId, 'taken-over', handle);
    }
    if (stored.status !== 'paused') return undefined;
    const isDue = stored.dueAt !== null && stored.dueAt <= services.factory.now();
    const handle = (isDue ? await wake(stored) : undefined) ?? (await hear(stored));
    return handle && withHandle(executionId, 'woken', handle);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return Object.freeze({ executionId, action: 'left' as const, reason, error });
  }
}

function withHandle(
  executionId: string,
  action: 'taken-over' | 'woken' | 'undone',
  handle: ExecutionHandle | undefined,
): Recovery {
  return Object.freeze({ executionId, action, ...(handle === undefined ? {} : { handle }) });
}

/** Whether it is of no use to go on with others: Waymark is being closed, or the store is away. */
function isOver(error: unknown): boolean {
  return WaymarkError.is(error, 'WAYMARK_CLOSED') || WaymarkError.is(error, 'WAYMARK_STORE_UNAVAILABLE');
}
