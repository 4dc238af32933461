import { failsAt, type GraphSpec, nameOf, type NodeSpec } from './flow-spec.js';

/** What running a workflow comes to, as far as it does not depend on who was faster. */
export interface FlowOutcome {
  readonly ok: boolean;
  readonly state: Readonly<Record<string, unknown>>;
  /** How often each node was completed, and how often skipped, by id. */
  readonly completed: ReadonlyMap<string, number>;
  readonly skipped: ReadonlyMap<string, number>;
  /** The ids of branches that may be given up half way. */
  readonly uncertain: readonly string[];
}

/** A workflow, run in the plainest way: recursively, one node after another. */
export function interpret(spec: GraphSpec, mended: boolean): FlowOutcome {
  const run = new Interpreter(mended);
  const state: Record<string, unknown> = {};
  const ok = run.graph(spec, '', state, undefined);
  return { ok, state, completed: run.completed, skipped: run.skipped, uncertain: run.uncertain };
}

class Interpreter {
  readonly completed = new Map<string, number>();
  readonly skipped = new Map<string, number>();
  readonly uncertain: string[] = [];
  readonly #mended: boolean;

  constructor(mended: boolean) {
    this.#mended = mended;
  }

  graph({ nodes }: GraphSpec, path: string, state: Record<string, unknown>, iteration: number | undefined): boolean {
    const live = nodes.map((_, index) => !nodes.some(({ followers }) => followers.includes(index)));
    let ok = true;
    // Only later nodes follow: their order is one in which each comes after those that lead to it.
    for (const [index, { node, followers, chosen }] of nodes.entries()) {
      const id = `${path}${nameOf(index)}`;
      if (!live[index]) {
        count(this.skipped, id);
        continue;
      }
      if (chosen !== undefined) count(this.completed, id);
      else ok = this.node(node, id, state, iteration) && ok;
      for (const follower of chosen ?? followers) live[follower] = true;
    }
    return ok;
  }

  node(spec: NodeSpec, id: string, state: Record<string, unknown>, iteration: number | undefined): boolean {
    const ok = this.#run(spec, id, state, iteration);
    if (ok) count(this.completed, id);
    return ok;
  }

  #run(spec: NodeSpec, id: string, state: Record<string, unknown>, iteration: number | undefined): boolean {
    switch (spec.kind) {
      case 'task':
        if (!this.#mended && failsAt(spec, iteration)) return false;
        state[id] = Number(state[id] ?? 0) + 1;
        return true;
      case 'group':
        return this.graph(spec.body, `${id}/`, state, iteration);
      case 'parallel': {
        const ended = spec.branches.map((branch, index) =>
          this.node(branch, `${id}/${nameOf(index)}`, state, iteration),
        );
        if (spec.join === 'all') return ended.every(Boolean);
        this.uncertain.push(`${id}/`);
        return ended.filter(Boolean).length >= (spec.join === 'any' ? 1 : spec.join.atLeast);
      }
      case 'loop':
        for (let pass = 1; pass <= spec.passes; pass += 1) {
          if (!this.node(spec.body, `${id}/body`, state, pass)) return false;
        }
        return true;
      case 'map': {
        const items = Array.from({ length: spec.items }, (): Record<string, unknown> => ({}));
        state[`${id}/list`] = items;
        return items.map((item) => this.node(spec.each, `${id}/body`, item, iteration)).every(Boolean);
      }
    }
  }
}

function count(counts: Map<string, number>, id: string): void {
  counts.set(id, (counts.get(id) ?? 0) + 1);
}
