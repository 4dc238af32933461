import type { NodeAttempt, NodeOccurrence } from '../../execution/node-attempt.js';
import type { OpenBody, OpenComposite, Progress, SuspendedNode } from '../../execution/progress.js';
import { type Advance, addressOf, type Standing } from '../../execution/standing.js';
import { bodyOf, isInBody, isWithin, localId, staticId } from '../address.js';
import type { CompiledBody, CompiledNode, WorkflowTree } from '../workflow-tree.js';
import type { Fact } from './fact.js';

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/**
 * A standing while a plan changes it, and what happened on the way. It knows how to find and to move things, and nothing of
 * what should happen.
 */
export class Draft {
  readonly tree: WorkflowTree;
  waiting: string[];
  running: readonly NodeAttempt[];
  interrupted: readonly NodeAttempt[];
  failed: readonly NodeAttempt[];
  suspended: readonly SuspendedNode[];
  readonly facts: Fact[] = [];
  readonly completed: NodeOccurrence[] = [];
  readonly #doneAtTop: ReadonlySet<string>;
  readonly #doneHere = new Set<string>();
  #skipped: readonly string[];
  #choices: Progress['choices'];
  #open: readonly OpenComposite[];
  #occurrences: Readonly<Record<string, number>>;
  #occurrencesAreMine = false;

  /** @param doneAtTop the ids of the workflow's own nodes that are completed */
  constructor(tree: WorkflowTree, standing: Standing, doneAtTop: ReadonlySet<string>) {
    this.tree = tree;
    this.waiting = [...standing.waiting];
    this.running = standing.running;
    this.interrupted = standing.interrupted;
    this.failed = standing.failed;
    this.suspended = standing.suspended;
    this.#skipped = standing.progress.skipped;
    this.#choices = standing.progress.choices;
    this.#open = standing.progress.open;
    this.#occurrences = standing.occurrences;
    this.#doneAtTop = doneAtTop;
  }

  get open(): readonly OpenComposite[] {
    return this.#open;
  }

  advance(): Advance {
    const { waiting, running, interrupted, failed, suspended, completed } = this;
    const progress = { skipped: this.#skipped, choices: this.#choices, open: this.#open };
    return {
      standing: { waiting, running, interrupted, failed, suspended, progress, occurrences: this.#occurrences },
      completed,
    };
  }

  /** The node at an address. @throws RangeError when the definition has none */
  node(at: string): CompiledNode {
    const id = staticId(at);
    const found = this.tree.get(id);
    if (found === undefined) throw new RangeError(`The workflow has no node ${id}.`);
    return found;
  }

  /** The body that the node at an address is one of. */
  bodyAt(at: string): CompiledBody {
    return this.node(at).parent?.body ?? this.tree.root;
  }

  isOpen(at: string): boolean {
    return this.findOpen(at) !== undefined;
  }

  findOpen(at: string): OpenComposite | undefined {
    return this.#open.find((composite) => composite.at === at);
  }

  /** The body that is open around an address; `undefined` at the top. */
  openBody(at: string): OpenBody | undefined {
    const place = bodyOf(at);
    return place && this.findOpen(place.node)?.bodies.find(({ index }) => index === place.index);
  }

  /** A node that was reached as its next occurrence, or as the next attempt of the one that was interrupted. */
  nextAttempt(at: string): NodeAttempt {
    const interrupted = this.interrupted.find((node) => addressOf(node) === at);
    if (interrupted !== undefined) {
      this.interrupted = this.interrupted.filter((node) => node !== interrupted);
      return { ...interrupted, attempt: interrupted.attempt + 1 };
    }
    const nodeId = staticId(at);
    if (!this.#occurrencesAreMine) this.#occurrences = { ...this.#occurrences };
    this.#occurrencesAreMine = true;
    const counts = this.#occurrences as Record<string, number>;
    const occurrence = (Object.hasOwn(counts, nodeId) ? (counts[nodeId] ?? 0) : 0) + 1;
    counts[nodeId] = occurrence;
    return { nodeId, occurrence, attempt: 1, ...(at === nodeId ? {} : { at }) };
  }

  /** Whether a node was skipped, or is done. */
  isSkipped(at: string): boolean {
    return this.#skipped.length > 0 && this.#skipped.includes(at);
  }

  isDone(at: string): boolean {
    const body = bodyOf(at);
    if (body === undefined) return this.#doneHere.has(at) || this.#doneAtTop.has(at);
    return this.openBody(at)?.done.includes(localId(at)) === true;
  }

  /** How many nodes of a body were skipped. */
  skippedIn(body: string): number {
    if (this.#skipped.length === 0) return 0;
    return this.#skipped.filter((at) => isInBody(at, body) && !at.slice(body.length + 1).includes('/')).length;
  }

  choicesOf(at: string): readonly string[] | undefined {
    return Object.hasOwn(this.#choices, at) ? this.#choices[at] : undefined;
  }

  keepChoice(at: string, chosen: readonly string[]): void {
    this.#choices = { ...this.#choices, [at]: chosen };
  }

  markSkipped(at: string): void {
    this.#skipped = [...this.#skipped, at];
  }

  /** A node is completed. */
  markDone(node: NodeAttempt): void {
    const at = addressOf(node);
    const { nodeId, occurrence } = node;
    this.completed.push({ nodeId, occurrence, ...(at === nodeId ? {} : { at }) });
    const place = bodyOf(at);
    if (place === undefined) {
      this.#doneHere.add(at);
      return;
    }
    this.#changeBody(place.node, place.index, (body) => ({ ...body, done: [...body.done, localId(at)] }));
  }

  /** A branch failed for good, and its parallel node may do without it. */
  markFailedBranch(at: string): void {
    const place = bodyOf(at);
    if (place === undefined) return;
    this.#changeBody(place.node, place.index, (body) => ({ ...body, failed: [...(body.failed ?? []), localId(at)] }));
  }

  /** The branches that failed are to be tried again after all, once somebody takes it up. */
  unmarkFailedBranches(at: string): void {
    this.changeOpen(at, (composite) => ({
      ...composite,
      bodies: composite.bodies.map(({ failed: _, ...body }) => body),
    }));
  }

  openComposite(composite: OpenComposite): void {
    this.#open = [...this.#open, composite];
  }

  changeOpen(at: string, change: (composite: OpenComposite) => OpenComposite): void {
    const index = this.#open.findIndex((composite) => composite.at === at);
    const found = this.#open[index];
    if (found !== undefined) this.#open = this.#open.with(index, change(found));
  }

  /** Forgets all that is kept of what is within a node, and the node itself where it is open. */
  forgetWithin(at: string, itself: boolean): void {
    const goes = (address: string): boolean => isWithin(address, at);
    this.waiting = this.waiting.filter((address) => !goes(address));
    this.failed = this.failed.filter((node) => !goes(addressOf(node)));
    this.interrupted = this.interrupted.filter((node) => !goes(addressOf(node)));
    this.#open = this.#open.filter((composite) => !goes(composite.at) && !(itself && composite.at === at));
    this.#forgetPaths(goes);
  }

  /** Forgets what is kept of the ways through a body that is closed. */
  forgetBody(body: string): void {
    this.#forgetPaths((address) => isInBody(address, body));
  }

  #forgetPaths(goes: (address: string) => boolean): void {
    if (this.#skipped.some(goes)) this.#skipped = this.#skipped.filter((address) => !goes(address));
    if (Object.keys(this.#choices).some(goes)) {
      this.#choices = Object.fromEntries(Object.entries(this.#choices).filter(([address]) => !goes(address)));
    }
  }

  #changeBody(at: string, index: number, change: (body: Mutable<OpenBody>) => OpenBody): void {
    this.changeOpen(at, (composite) => ({
      ...composite,
      bodies: composite.bodies.map((body) => (body.index === index ? change(body) : body)),
    }));
  }
}
