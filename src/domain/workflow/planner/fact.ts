import type { NodeAttempt } from '../../execution/node-attempt.js';
import type { SuspendedNode } from '../../execution/progress.js';
import type { CompiledNode } from '../workflow-tree.js';

/** What happened to a node, in the order in which it did. */
export type Fact =
  /** A node was started: its work may begin, or, for one with a body, what is within it is ready. */
  | { readonly kind: 'started'; readonly node: NodeAttempt; readonly compiled: CompiledNode }
  | {
      readonly kind: 'completed';
      readonly node: NodeAttempt;
      readonly compiled: CompiledNode;
      /** What a decision chose. */
      readonly chosen?: readonly string[];
    }
  | {
      readonly kind: 'failed';
      readonly node: NodeAttempt;
      readonly compiled: CompiledNode;
      /** What it threw itself; left out where something within it failed. */
      readonly error?: unknown;
      /** The address of the node within it that failed; left out where it threw itself. */
      readonly because?: string;
    }
  | {
      readonly kind: 'skipped';
      readonly node: NodeAttempt;
      readonly reason: string;
      /** The condition that did not hold, where there was one. */
      readonly condition?: string;
    }
  /** What ran, waited or was open was given up. */
  | {
      readonly kind: 'cancelled';
      readonly node: NodeAttempt | SuspendedNode;
      readonly reason: string;
    };

/** Answers what only the state can tell. All of it may throw: then the node fails with what was thrown. */
export interface Judge {
  /** Whether the condition of a loop holds for a pass. */
  holds(loop: CompiledNode, at: string, condition: 'while' | 'until', iteration: number): boolean;
  /** Which of its followers a decision by cases chooses. */
  choose(decision: CompiledNode, at: string): readonly string[];
  /** Makes the list of a map ready, and tells how many items it has. */
  items(map: CompiledNode, at: string): number;
}
