import { type GraphThread, threadKey } from '../../../domain/checkpoint/thread/graph-thread.js';
import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import type { ExecutionQuery } from '../../../domain/execution/execution.repository.port.js';
import type { ExecutionHandle } from '../execution-result.js';
import type { ForkOptions } from '../fork-execution.js';
import type { NodeReached } from '../rerun-execution.js';
import type { RollbackOptions, RollbackResult } from '../rollback-result.js';
import type { VerbOnce } from '../verb-once.js';
import { describeThread, headOf } from './describe-thread.js';
import { forkThread } from './fork-thread.js';
import { rollbackThread } from './rollback-thread.js';
import { occurrenceNotFound, threadVerb } from './thread-errors.js';
import type { ThreadExecution, ThreadExecutions } from './thread-executions.port.js';
import { nodesReached } from './thread-nodes.js';
import { threadRows } from './thread-rows.js';
import type { ThreadRefusal } from './thread-engine.port.js';
import { threadTarget } from './thread-target.js';
import type { ThreadVerbServices } from './thread-verb-services.js';

/** How many threads are looked at for a list that is filtered: the newest ones. */
const LOOKED_AT = 200;

/** The threads whose checkpoints Waymark keeps, as executions. */
export class ThreadVerbs implements ThreadExecutions {
  readonly #services: ThreadVerbServices;

  constructor(services: ThreadVerbServices) {
    this.#services = services;
  }

  async of(id: string): Promise<ThreadExecution | undefined> {
    const { threads } = this.#services;
    const thread = (await threads.threadOfExecution(id)) ?? (await threads.thread(id));
    // One whose own name is that of another execution is known by the id of its own only.
    const isMeant = thread?.executionId === id || thread?.executionId === threadKey(id);
    return thread !== undefined && isMeant ? new VerbsOfThread(this.#services, thread) : undefined;
  }

  async list({ limit, workflowId, status, parentExecutionId }: ExecutionQuery): Promise<readonly ExecutionSnapshot[]> {
    const isFiltered = workflowId !== undefined || status !== undefined || parentExecutionId !== undefined;
    const looked = isFiltered ? LOOKED_AT : limit;
    const found: ExecutionSnapshot[] = [];
    for (const thread of await this.#services.threads.threads({ limit: looked, newestFirst: true })) {
      const snapshot = await describeThread(this.#services, thread);
      if (workflowId !== undefined && snapshot.workflowId !== workflowId) continue;
      if (status !== undefined && snapshot.status !== status) continue;
      if (parentExecutionId !== undefined && snapshot.parentExecutionId !== parentExecutionId) continue;
      found.push(snapshot);
      if (found.length === limit) break;
    }
    return found;
  }
}

class VerbsOfThread implements ThreadExecution {
  readonly #services: ThreadVerbServices;
  readonly #thread: GraphThread;

  constructor(services: ThreadVerbServices, thread: GraphThread) {
    this.#services = services;
    this.#thread = thread;
  }

  snapshot(): Promise<ExecutionSnapshot> {
    return describeThread(this.#services, this.#thread);
  }

  rollback(checkpointId: string, options: RollbackOptions, once?: VerbOnce): Promise<RollbackResult> {
    return rollbackThread(this.#services, this.#thread, checkpointId, options, once);
  }

  fork(checkpointId: string, options: ForkOptions, anew: boolean, once?: VerbOnce): Promise<ExecutionHandle> {
    return forkThread(this.#services, this.#thread, checkpointId, options, { anew, once });
  }

  async checkpointBefore({ nodeId, occurrence }: NodeReached): Promise<string> {
    await this.#services.flush();
    const { threadId, executionId } = this.#thread;
    const head = await headOf(this.#services, threadId);
    if (head === undefined) throw occurrenceNotFound(executionId, nodeId, occurrence, []);
    const rows = await threadRows(this.#services.threads, threadId, '');
    const tree = await this.#services.tree.tree(executionId);
    const reached = await nodesReached(this.#services, tree, rows, head.checkpoint.id);
    const found = reached.findLast(
      (node) => node.nodeId === nodeId && (occurrence === undefined || node.occurrence === occurrence),
    );
    if (found === undefined) {
      const known = [...new Set(reached.map((node) => `${node.nodeId} (${node.occurrence})`))];
      throw occurrenceNotFound(executionId, nodeId, occurrence, known);
    }
    return (await threadTarget(this.#services, this.#thread, found.from)).checkpoint.id;
  }

  refuse(verb: ThreadRefusal): never {
    throw threadVerb(this.#thread.threadId, verb, this.#services.engine.insteadOf(verb));
  }
}
