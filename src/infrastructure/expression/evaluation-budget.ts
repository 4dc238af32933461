import { createContext, Script } from 'node:vm';
import type { ASTNode } from '@marcbachmann/cel-js';

/** How often the bodies of `map`, `filter`, `all` and the like may be run in one evaluation. */
const MAX_ITERATIONS = 100_000;

/** How many items and characters `+` may put together in one evaluation. */
const MAX_BUILT = 10_000_000;

/** How long an evaluation with loops or regular expressions may take, in milliseconds. */
const MAX_MS = 2_000;

/** What an expression whose budget is spent ends with. */
export class BudgetSpent extends Error {}

/** A node as its evaluation may be replaced: the library sets its own method on the node in the same way. */
interface Evaluable {
  readonly op: string;
  readonly args: unknown;
  readonly meta: unknown;
  evaluate: (evaluator: unknown, node: unknown, context: unknown) => unknown;
}

/**
 * Bounds what an evaluation costs. Without loops its cost is that of its text times the data; with them it is a power
 * of the data, and a regular expression of JavaScript may take for ever. So passes and what `+` builds are counted, and
 * whatever else takes long is ended by the clock.
 */
export class EvaluationBudget {
  #iterations = 0;
  #built = 0;
  #spent: BudgetSpent | undefined;
  readonly #isBounded: boolean;

  /** @param root a checked expression: its nodes are made to count */
  constructor(root: ASTNode) {
    let hasLoops = false;
    for (const node of nodesOf(root)) {
      if (node.op === 'comprehension') {
        hasLoops = true;
        this.#count(node);
        this.#count((node.args as { readonly step: Evaluable }).step, () => this.#pass());
      } else if (node.op === '+') {
        this.#count(node, (result) => this.#build(result));
      } else if (node.op === 'rcall' && (node.args as readonly unknown[])[0] === 'matches') {
        hasLoops = true;
      }
    }
    this.#isBounded = !hasLoops;
  }

  /** Runs one evaluation. @throws BudgetSpent */
  run(evaluate: () => unknown): unknown {
    this.#iterations = MAX_ITERATIONS;
    this.#built = MAX_BUILT;
    this.#spent = undefined;
    const result = this.#isBounded ? evaluate() : withinTime(evaluate);
    // `all`, `exists`, `&&` and `||` go on after a failure of one side: this one counts whatever they make of it.
    this.#endIfSpent();
    return result;
  }

  #pass(): void {
    this.#iterations -= 1;
    if (this.#iterations < 0) this.#spend(`it takes more than ${MAX_ITERATIONS} passes`);
  }

  #spend(problem: string): void {
    this.#spent = new BudgetSpent(problem);
    throw this.#spent;
  }

  #endIfSpent(): void {
    if (this.#spent !== undefined) throw this.#spent;
  }

  #build(result: unknown): void {
    if (typeof result !== 'string' && !Array.isArray(result)) return;
    this.#built -= result.length;
    if (this.#built < 0) this.#spend(`it builds more than ${MAX_BUILT} items and characters`);
  }

  /** Lets a node count what it evaluates to, and evaluate to nothing once the budget is spent. */
  #count(node: Evaluable, after?: (result: unknown) => void): void {
    let inner = node.evaluate;
    let isChosen = false;
    const counted: Evaluable['evaluate'] = (evaluator, self, context) => {
      this.#endIfSpent();
      const result = inner.call(node, evaluator, self, context);
      // The first call chooses the method that the node has from then on, and puts it in the place of this one.
      if (!isChosen) {
        isChosen = true;
        if (node.evaluate !== counted) inner = node.evaluate;
        node.evaluate = counted;
      }
      after?.(result);
      return result;
    };
    node.evaluate = counted;
  }
}

const watchdog: { evaluate: () => unknown } = { evaluate: () => undefined };
const watched = new Script('watchdog.evaluate()', { filename: 'expression' });
let watchedContext: ReturnType<typeof createContext> | undefined;

/**
 * Calls `evaluate` under V8's own clock, the only one that ends a regular expression. Nothing of the expression is in
 * the script: it is a call, and no sandbox is needed.
 */
function withinTime(evaluate: () => unknown): unknown {
  watchedContext ??= createContext({ watchdog });
  watchdog.evaluate = evaluate;
  try {
    return watched.runInContext(watchedContext, { timeout: MAX_MS });
  } catch (error) {
    if ((error as { readonly code?: unknown } | null)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new BudgetSpent(`it takes longer than ${MAX_MS} ms`);
  } finally {
    watchdog.evaluate = () => undefined;
  }
}

/** Every node that an evaluation may reach: those of the text, and those that macros have made of them. */
function nodesOf(root: ASTNode): ReadonlySet<Evaluable> {
  const nodes = new Set<Evaluable>();
  const seen = new Set<unknown>();
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (Array.isArray(value)) {
      for (const item of value) pending.push(item);
      continue;
    }
    if ('op' in value && 'args' in value && 'meta' in value) {
      const node = value as Evaluable;
      nodes.add(node);
      pending.push(node.args, node.meta);
    } else if (isPlain(value)) {
      for (const item of Object.values(value)) pending.push(item);
    }
  }
  return nodes;
}

function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype;
}
