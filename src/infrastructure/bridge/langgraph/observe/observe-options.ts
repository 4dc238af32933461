import { InvalidArgumentError } from '../../../../domain/shared/errors.js';
import { assertIdentifier } from '../../../../domain/shared/identifiers.js';
import { assertKeys, type KeysOf } from '../../../../domain/shared/options.js';
import { sha256Hex } from '../../../../domain/shared/hash.js';
import { type Graph, type GraphConfig, isRecord } from './graph.js';
import type { GraphBreakpoint } from './graph-breakpoints.js';
import { toId } from './namespace.js';

/** How the runs of a graph are told of. */
export interface ObserveOptions {
  /** Identifies the graph on `execution.*` events; its name when left out. */
  readonly workflowId?: string;
  /** What people call it; its name when left out. */
  readonly workflowName?: string;
  /** Its version; when left out, a digest of its nodes and of what triggers them. */
  readonly workflowVersion?: string;
  /** Where runs stop: before or after nodes, and only where a condition holds. Not of sub-graphs. */
  readonly breakpoints?: readonly GraphBreakpoint[];
}

/**
 * Who runs a graph, or changes its state, and why: given with each call, as `configurable: { waymark: { … } }`.
 *
 * @example
 * const waymark: GraphCallReason = { actor: 'user:ada', reason: 'the address was wrong' };
 * const config = { configurable: { thread_id: 'order-17', waymark } };
 */
export interface GraphCallReason {
  /** Recorded as the actor of every event of the call; the surrounding context's when left out. */
  readonly actor?: string;
  /** Recorded where the call's events have a place for it. */
  readonly reason?: string;
}

/** What the graph is called on events. */
export interface GraphNames {
  readonly workflowId: string;
  readonly workflowName: string;
  readonly workflowVersion: string;
}

const KEYS: KeysOf<ObserveOptions> = {
  workflowId: true,
  workflowName: true,
  workflowVersion: true,
  breakpoints: true,
};

/**
 * Checks the options, and completes them from the graph.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT`, `WAYMARK_INVALID_ID`
 */
export function graphNames(graph: Graph, options: ObserveOptions): GraphNames {
  assertKeys(options, KEYS, 'observe option');
  if (options.workflowId !== undefined) assertIdentifier(options.workflowId, 'workflow id');
  for (const key of ['workflowName', 'workflowVersion'] as const) {
    const given: unknown = options[key];
    if (given === undefined || typeof given === 'string') continue;
    throw new InvalidArgumentError(`The option ${key} must be a text, and it is of type ${typeof given}.`);
  }
  const name = graph.getName();
  return {
    workflowId: options.workflowId ?? toId(name, 'graph'),
    workflowName: options.workflowName ?? name,
    workflowVersion: options.workflowVersion ?? shapeOf(graph),
  };
}

/** What a call says of itself. What is no text is passed over: it came through a configuration that anybody may write to. */
export function reasonOf(config: GraphConfig | undefined): GraphCallReason {
  const given = config?.configurable?.['waymark'];
  if (!isRecord(given)) return {};
  const { actor, reason } = given;
  return {
    ...(typeof actor === 'string' && actor !== '' ? { actor: toId(actor, 'actor') } : {}),
    ...(typeof reason === 'string' && reason !== '' ? { reason } : {}),
  };
}

function shapeOf({ nodes }: Graph): string {
  const shape = Object.entries(nodes)
    .map(([name, { triggers = [] }]) => [name, [...triggers].toSorted()])
    .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return sha256Hex(JSON.stringify(shape)).slice(0, 12);
}
