import type { JsonObject } from '../../shared/json.js';
import { type ConditionLike, toCondition } from './expression.js';
import { nodeList } from './node-list.js';
import type { DecisionChoice, DecisionNode } from './workflow-node.js';
import type { WorkOptions } from './node-options.js';

/** A decision as it is declared: a function that chooses, or cases of which the first one that holds does. */
export type DecisionOptions<State extends object = JsonObject> = WorkOptions<State> &
  (
    | { readonly choose: DecisionChoice<State>; readonly cases?: undefined; readonly otherwise?: undefined }
    | {
        readonly choose?: undefined;
        readonly cases: readonly {
          /** A string is an expression. */
          readonly when: ConditionLike<State>;
          readonly to: string | readonly string[];
        }[];
        /** What follows where no case holds. Without it, that is a failure. */
        readonly otherwise?: string | readonly string[];
      }
  );

/**
 * Declares a node that chooses which of the nodes that follow it are run. The others are skipped, with what only they
 * lead to.
 *
 * @example
 * decision({ cases: [{ when: 'state.score >= 0.8', to: 'publish' }], otherwise: 'revise' });
 * decision<{ urgent?: boolean }>({ choose: ({ state }) => (state.urgent ? ['call', 'mail'] : 'mail') });
 */
export function decision<State extends object = JsonObject>(options: DecisionOptions<State>): DecisionNode<State> {
  const { cases, otherwise, ...rest } = options;
  return Object.freeze({
    ...rest,
    kind: 'decision',
    ...(cases === undefined
      ? {}
      : { cases: cases.map(({ when, to }) => ({ when: toCondition(when), to: nodeList(to) })) }),
    ...(otherwise === undefined ? {} : { otherwise: nodeList(otherwise) }),
  }) as DecisionNode<State>;
}
