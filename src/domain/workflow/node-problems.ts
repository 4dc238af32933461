import { identifierProblem, labelProblem } from '../shared/identifiers.js';
import { type KeysOf, unknownKeys } from '../shared/options.js';
import { ADDRESS_MARKS } from './address.js';
import { isExpression } from './nodes/expression.js';
import { isBranded } from './workflow-brand.js';
import type { CompensationWork } from './nodes/node-options.js';
import type {
  ApprovalNode,
  DecisionNode,
  GroupNode,
  LoopNode,
  MapNode,
  NodeKind,
  ParallelNode,
  SignalNode,
  SubworkflowNode,
  TaskNode,
  TimerNode,
} from './nodes/workflow-node.js';

/** A node as JavaScript may pass it. */
type GivenNode = Readonly<Record<string, unknown>>;

const COMMON = { kind: true, name: true, compensate: true } as const;
const TRIES = { retry: true, timeoutMs: true } as const;
const WORK = { ...COMMON, ...TRIES } as const;
const COMPENSATION: KeysOf<CompensationWork> = { ...TRIES, run: true };

const TASK: KeysOf<TaskNode> = { ...WORK, run: true, heartbeatMs: true, onFailure: true };
const DECISION: KeysOf<DecisionNode> = { ...WORK, choose: true, cases: true, otherwise: true };
const GROUP: KeysOf<GroupNode> = { ...COMMON, body: true };
const PARALLEL: KeysOf<ParallelNode> = { ...COMMON, branches: true, join: true, onFailure: true };
const LOOP: KeysOf<LoopNode> = { ...COMMON, body: true, while: true, until: true, maxIterations: true };
const MAP: KeysOf<MapNode> = {
  ...COMMON,
  over: true,
  as: true,
  each: true,
  concurrency: true,
  into: true,
  onFailure: true,
};
const WORKFLOW: KeysOf<SubworkflowNode> = { ...COMMON, workflow: true, input: true, timeoutMs: true, into: true };
const APPROVAL: KeysOf<ApprovalNode> = {
  ...COMMON,
  message: true,
  approvers: true,
  expiresAfterMs: true,
  onExpiry: true,
  escalateTo: true,
  onRejection: true,
  into: true,
};
const TIMER: KeysOf<TimerNode> = { ...COMMON, afterMs: true, until: true };
const SIGNAL: KeysOf<SignalNode> = { ...COMMON, timeoutMs: true, into: true };

/** The options of each kind of node. */
const KEYS: Readonly<Record<NodeKind, Readonly<Record<string, true>>>> = {
  task: TASK,
  decision: DECISION,
  group: GROUP,
  parallel: PARALLEL,
  loop: LOOP,
  map: MAP,
  workflow: WORKFLOW,
  approval: APPROVAL,
  timer: TIMER,
  signal: SIGNAL,
};

/** Why an id can't be a node's. */
export function nodeIdProblem(localId: string): string | undefined {
  const problem = identifierProblem(localId);
  if (problem !== undefined) return problem;
  return ADDRESS_MARKS.test(localId) ? 'must not contain /, [ or ], which addresses are made of' : undefined;
}

/** Whether it says of itself what kind of node it is. */
export function isNodeLike(value: unknown): value is GivenNode & { readonly kind: NodeKind } {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, run } = value as Partial<Record<'kind' | 'run', unknown>>;
  if (typeof kind !== 'string' || !Object.hasOwn(KEYS, kind)) return false;
  return kind !== 'task' || typeof run === 'function';
}

/** What is wrong with a node by itself: its options, but not what is within it. */
export function nodeProblems(node: GivenNode & { readonly kind: NodeKind }, id: string): readonly string[] {
  const quoted = JSON.stringify(id);
  const problems = unknownKeys(node, KEYS[node.kind]).map(
    (key) => `the node ${quoted} has an option ${JSON.stringify(key)}, which there is not`,
  );
  const check = (what: string, isRight: boolean, must: string): void => {
    if (!isRight) problems.push(`the ${what} of the node ${quoted} must be ${must}`);
  };
  const optional = (key: string, isRight: (value: unknown) => boolean, must: string): void =>
    check(key, node[key] === undefined || isRight(node[key]), must);
  const nameProblem = node['name'] === undefined && node.kind !== 'signal' ? undefined : labelProblem(node['name']);
  if (nameProblem !== undefined) problems.push(`the name of the node ${quoted} ${nameProblem}`);
  optional('compensate', isCompensation, 'a function, or { run, retry, timeoutMs }');
  optional('timeoutMs', isDuration, 'a number of milliseconds above 0');
  optional('heartbeatMs', isDuration, 'a number of milliseconds above 0');
  optional('retry', isRetry, '{ attempts, delayMs, factor, maxDelayMs, when } with at least one attempt');
  switch (node.kind) {
    case 'task':
      optional('onFailure', (value) => value === 'fail' || value === 'pause', 'fail or pause');
      break;
    case 'decision':
      checkDecision(node, check);
      break;
    case 'parallel':
      check('join', isJoin(node['join'], node['branches']), 'all, any, or { atLeast: n } of its branches');
      check('onFailure', isFailurePolicy(node['onFailure']), 'fail-fast or collect');
      break;
    case 'loop':
      optional('while', isCondition, 'a function or an expression');
      optional('until', isCondition, 'a function or an expression');
      check('maxIterations', isCount(node['maxIterations']), 'a whole number from 1');
      if (node['while'] === undefined && node['until'] === undefined) {
        problems.push(`the node ${quoted} has neither while nor until: it would never end`);
      }
      break;
    case 'map':
      check(
        'over',
        isKey(node['over']) || isCondition(node['over']),
        'a key of the state, a function or an expression',
      );
      check('as', isKey(node['as']), 'a key');
      check('into', isKey(node['into']), 'a key of the state');
      optional('concurrency', isCount, 'a whole number from 1');
      check('onFailure', isFailurePolicy(node['onFailure']), 'fail-fast or collect');
      problems.push(...sameKeys(node, quoted));
      break;
    case 'workflow':
      check('workflow', isBranded(node['workflow']), 'a workflow, made with defineWorkflow');
      optional('input', isFunction, 'a function');
      optional('timeoutMs', isCount, 'a whole number of milliseconds');
      optional('into', isKey, 'a key of the state');
      break;
    case 'approval':
      optional('message', (value) => typeof value === 'string' || isFunction(value), 'a text or a function');
      optional('approvers', isNames, 'a list of names');
      optional('escalateTo', isNames, 'a list of names');
      optional('expiresAfterMs', isDuration, 'a number of milliseconds above 0');
      optional(
        'onExpiry',
        (value) => ['reject', 'approve', 'escalate'].includes(value as string),
        'reject, approve or escalate',
      );
      optional('onRejection', (value) => value === 'fail' || value === 'continue', 'fail or continue');
      optional('into', isKey, 'a key of the state');
      if (node['onExpiry'] === 'escalate') check('escalateTo', isNames(node['escalateTo']), 'a list of names');
      break;
    case 'timer':
      optional('afterMs', (value) => isFunction(value) || isDelay(value), 'a number of milliseconds or a function');
      optional('until', isFunction, 'a function');
      if ((node['afterMs'] === undefined) === (node['until'] === undefined)) {
        problems.push(`the node ${quoted} must have one of afterMs and until`);
      }
      break;
    case 'signal':
      optional('into', isKey, 'a key of the state');
      break;
    case 'group':
      break;
  }
  return problems;
}

/** The list, its item and the results are under keys of their own: results under the key of the list would replace it. */
function sameKeys(node: GivenNode, quoted: string): readonly string[] {
  const keys: GivenNode = { as: node['as'], into: node['into'], over: listKey(node['over']) };
  const pairs = [
    ['into', 'over'],
    ['as', 'over'],
    ['as', 'into'],
  ] as const;
  return pairs
    .filter(([one, other]) => typeof keys[one] === 'string' && keys[one] === keys[other])
    .map(
      ([one, other]) =>
        `the ${one} of the node ${quoted} must not be its ${other}: the list, the item and the results need keys of their own`,
    );
}

/** The key of the state that a list is under, where that is all that is said of it: what else it is made of isn't known. */
function listKey(over: unknown): unknown {
  return isExpression(over) && typeof over.text === 'string' ? /^\s*state\.(\w+)\s*$/.exec(over.text)?.[1] : over;
}

function checkDecision(node: GivenNode, check: (what: string, isRight: boolean, must: string) => void): void {
  const { choose, cases } = node;
  if (cases === undefined) {
    check('choose', isFunction(choose), 'a function, unless there are cases');
    check('otherwise', node['otherwise'] === undefined, 'left out where there are no cases');
    return;
  }
  check('choose', choose === undefined, 'left out where there are cases');
  check(
    'cases',
    Array.isArray(cases) &&
      cases.length > 0 &&
      cases.every((given: unknown) => {
        const { when, to } = (given ?? {}) as Partial<Record<'when' | 'to', unknown>>;
        return isCondition(when) && isNames(to);
      }),
    'a list of { when, to }, when being a function or an expression',
  );
  check(
    'otherwise',
    node['otherwise'] === undefined || isNames(node['otherwise']),
    'the id of a node or a list of ids',
  );
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function isCondition(value: unknown): boolean {
  return isFunction(value) || (isExpression(value) && typeof value.text === 'string' && value.text.trim() !== '');
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function isDelay(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) >= 0;
}

function isDuration(value: unknown): boolean {
  return isDelay(value) && value !== 0;
}

function isKey(value: unknown): boolean {
  return identifierProblem(value) === undefined;
}

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');
}

function isFailurePolicy(value: unknown): boolean {
  return value === 'fail-fast' || value === 'collect';
}

function isJoin(join: unknown, branches: unknown): boolean {
  if (join === 'all' || join === 'any') return true;
  const atLeast = (join as { readonly atLeast?: unknown } | null | undefined)?.atLeast;
  return isCount(atLeast) && (atLeast as number) <= Object.keys(branches ?? {}).length;
}

function isCompensation(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return isFunction(value);
  const { run, retry, timeoutMs } = value as Partial<Record<keyof CompensationWork, unknown>>;
  return (
    unknownKeys(value, COMPENSATION).length === 0 &&
    isFunction(run) &&
    (retry === undefined || isRetry(retry)) &&
    (timeoutMs === undefined || isDuration(timeoutMs))
  );
}

function isRetry(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const known = { attempts: true, delayMs: true, factor: true, maxDelayMs: true, when: true } as const;
  const { attempts, delayMs, factor, maxDelayMs, when } = value as Partial<Record<keyof typeof known, unknown>>;
  return (
    unknownKeys(value, known).length === 0 &&
    isCount(attempts) &&
    [delayMs, factor, maxDelayMs].every((number) => number === undefined || isDelay(number)) &&
    (when === undefined || isFunction(when))
  );
}
