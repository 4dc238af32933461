import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { isRecorded } from '../../domain/execution/recorded.js';
import type { Clock } from '../../domain/shared/clock.js';
import { wholeNumber } from '../../domain/shared/options.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';
import type { AuditLog } from '../audit/audit-log.js';
import type { ExecutionController } from '../execution/execution-controller.js';
import { type CriticalPath, findCriticalPath } from './critical-path.js';
import { type Graph, graphOfRun } from './execution-graph.js';
import type { ExecutionPause, NodeSpan } from './node-span.js';
import { type NodeCost, findSlowest } from './slowest-nodes.js';
import { SPAN_TYPES, SpanCollector } from './span-collector.js';
import { layWaterfall, type Waterfall } from './waterfall.js';
import { type WaitReason, whyItWaits } from './why-waiting.js';

/** What {@link Insight} needs. */
export interface InsightServices {
  readonly executions: Pick<ExecutionController, 'get' | 'isOrphan'>;
  readonly log: Pick<AuditLog, 'query'>;
  readonly clock: Clock;
  /** The definition of an execution, where it is loaded and the execution runs on it. */
  readonly definitionOf: (execution: ExecutionSnapshot) => Workflow | undefined;
}

/** An execution with all that the log tells of its nodes. */
export interface ExecutionStory {
  readonly execution: ExecutionSnapshot;
  /** Whether it is recorded as running, and whoever ran it is gone. */
  readonly leftBehind: boolean;
  readonly spans: readonly NodeSpan[];
  readonly pauses: readonly ExecutionPause[];
  /** When it was looked at, in milliseconds since the epoch. */
  readonly now: number;
}

const PAGE = 1_000;
const SLOWEST = 10;

/**
 * What an execution did and why it takes so long, made of its row and its events: for Waymark's own executions, recorded
 * ones and threads of LangGraph. It changes nothing.
 *
 * @example
 * const [reason] = await waymark.insight.why(run.id);
 * console.log(reason?.text, reason?.until);
 * console.log(toMermaid(await waymark.insight.graph(run.id)));
 */
export class Insight {
  readonly #services: InsightServices;

  constructor(services: InsightServices) {
    this.#services = services;
  }

  /**
   * An execution with its nodes' spans: what the other methods are made of, for whoever needs several of them.
   *
   * @throws WaymarkError `WAYMARK_EXECUTION_NOT_FOUND`
   */
  async story(executionId: string): Promise<ExecutionStory> {
    const { executions, log, clock } = this.#services;
    const collector = new SpanCollector();
    const { id } = await executions.get(executionId);
    for (let after = -1; ;) {
      const entries = await log.query({ executionId: id, types: SPAN_TYPES }, { after, limit: PAGE });
      for (const { event, position } of entries) collector.take(event, position);
      after = entries.at(-1)?.position ?? after;
      if (entries.length < PAGE) break;
    }
    // Read last: what the log told before that is in it.
    const execution = await executions.get(executionId);
    return {
      execution,
      leftBehind: executions.isOrphan(execution),
      spans: collector.spans(execution),
      pauses: collector.pauses,
      now: clock.now(),
    };
  }

  /** What ran when, and beside what. @throws WaymarkError `WAYMARK_EXECUTION_NOT_FOUND` */
  async waterfall(executionId: string): Promise<Waterfall> {
    return waterfallOf(await this.story(executionId));
  }

  /** The way that decided how long it took. @throws WaymarkError `WAYMARK_EXECUTION_NOT_FOUND` */
  async criticalPath(executionId: string): Promise<CriticalPath> {
    const { spans, now } = await this.story(executionId);
    return findCriticalPath(spans, now);
  }

  /**
   * The nodes that took longest, the longest first.
   *
   * @param limit how many at most; 10 when left out
   * @throws WaymarkError `WAYMARK_EXECUTION_NOT_FOUND`; InvalidArgumentError
   */
  async slowest(executionId: string, limit: number = SLOWEST): Promise<readonly NodeCost[]> {
    wholeNumber(limit, 'limit', 1);
    const { spans, now } = await this.story(executionId);
    return findSlowest(spans, limit, now);
  }

  /** Why it has not ended, and what lets it go on. @throws WaymarkError `WAYMARK_EXECUTION_NOT_FOUND` */
  async why(executionId: string): Promise<readonly WaitReason[]> {
    const { execution, ...context } = await this.story(executionId);
    return whyItWaits(execution, context);
  }

  /**
   * Its graph with the status of each node: of its definition where that is registered, and of what the log tells
   * otherwise.
   *
   * @throws WaymarkError `WAYMARK_EXECUTION_NOT_FOUND`
   */
  async graph(executionId: string): Promise<Graph> {
    return this.graphOf(await this.story(executionId));
  }

  /** {@link graph} of a story that is there. */
  graphOf({ execution, spans }: ExecutionStory): Graph {
    const hasDefinition = execution.threadId === undefined && !isRecorded(execution);
    return graphOfRun(spans, hasDefinition ? this.#services.definitionOf(execution) : undefined);
  }
}

/** The waterfall of a story. */
export function waterfallOf({ execution, spans, pauses, now }: ExecutionStory): Waterfall {
  return layWaterfall(spans, pauses, execution, now);
}
