import assert from 'node:assert/strict';
import fc from 'fast-check';
import { storeCheckpoint } from '../../src/application/checkpoint/store-checkpoint.js';
import { loadState } from '../../src/domain/checkpoint/content/load-state.js';
import { StateEncoder } from '../../src/domain/checkpoint/content/state-encoder.js';
import type { CheckpointKind, PrunePolicy, Store, Waymark } from '../../src/index.js';
import { same } from '../../src/testing/expectations.js';
import { codeOf } from './caught.js';
import type { FakeClock } from './fake-clock.js';
import { naiveKept, naiveRemove, type NaiveCheckpoint, type NaiveTree } from './naive-checkpoints.js';

/** A step of a program. The numbers choose among what there is. */
export type Step =
  | { readonly do: 'put'; readonly run: number; readonly branch: number; readonly edit: number; readonly kind: number }
  | { readonly do: 'branch'; readonly run: number; readonly from: number; readonly edit: number }
  | { readonly do: 'back'; readonly run: number; readonly from: number }
  | { readonly do: 'label'; readonly run: number; readonly at: number; readonly label: number }
  | { readonly do: 'fail'; readonly run: number; readonly branch: number; readonly edit: number }
  | { readonly do: 'prune'; readonly run: number; readonly policy: PrunePolicy; readonly collect: boolean }
  | { readonly do: 'prune all'; readonly policy: PrunePolicy }
  | { readonly do: 'collect' | 'forget' }
  | { readonly do: 'copy' | 'delete'; readonly run: number };

const KINDS: readonly CheckpointKind[] = ['auto', 'auto', 'auto', 'manual', 'approval'];
const run = fc.nat(2);
const nat = fc.nat(1_000);

const policy: fc.Arbitrary<PrunePolicy> = fc.record(
  {
    keepLast: fc.nat(3),
    olderThan: fc.nat(40_000),
    keepLabelled: fc.boolean(),
    keepKinds: fc.subarray<CheckpointKind>(['manual', 'approval']),
  },
  { requiredKeys: ['keepLast'] },
);

const put = fc.record({ do: fc.constant('put' as const), run, branch: nat, edit: nat, kind: nat });

/** Programs: mostly steps of executions, with all else in between. */
export const programs: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: put },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('branch' as const), run, from: nat, edit: nat }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('back' as const), run, from: nat }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('label' as const), run, at: nat, label: nat }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), run, branch: nat, edit: nat }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('prune' as const), run, policy, collect: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('prune all' as const), policy }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('collect' as const, 'forget' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('copy' as const, 'delete' as const), run }) },
  ),
  { minLength: 5, maxLength: 60 },
);

/** Plays a program on a store and on a model that keeps full copies, and compares them. */
export class CheckpointProgram {
  readonly #waymark: Waymark;
  readonly #store: Store;
  readonly #clock: FakeClock;
  readonly #trees = new Map<string, NaiveTree>();
  #encoder = new StateEncoder();
  #made = 0;

  constructor(waymark: Waymark, clock: FakeClock) {
    this.#waymark = waymark;
    this.#store = waymark.store;
    this.#clock = clock;
  }

  async play(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      this.#clock.advance(1_000);
      await this.#step(step);
    }
    await this.assertEqual();
    await this.#waymark.checkpoints.collectGarbage();
    await this.assertEqual();
    await this.#assertNoGarbage();
  }

  /** Every checkpoint of the model is there with its state, and no other. */
  async assertEqual(): Promise<void> {
    same(await this.#store.checkpoints.executionIds(1_000), [...this.#trees.keys()].toSorted());
    for (const [executionId, tree] of this.#trees) {
      const expected = [...tree.checkpoints.values()].toSorted((a, b) => a.sequence - b.sequence);
      const found = await this.#waymark.checkpoints.list(executionId);
      same(found.map(rowOf), expected.map(rowOf));
      for (const { id, state } of expected) same(await this.#waymark.checkpoints.state(id), state);
      const heads = (await this.#waymark.checkpoints.branches(executionId)).map(
        ({ headCheckpointId }) => headCheckpointId,
      );
      same(
        heads,
        tree.branches.map(({ headId }) => headId),
      );
    }
  }

  async #step(step: Step): Promise<void> {
    switch (step.do) {
      case 'put': {
        const tree = this.#treeOf(step.run);
        const branch = pick(tree.branches, step.branch);
        const parent = branch === undefined ? undefined : tree.checkpoints.get(branch.headId);
        await this.#put(
          nameOf(step.run),
          branch?.branchId ?? 'main',
          parent,
          step.edit,
          pick(KINDS, step.kind) ?? 'auto',
        );
        break;
      }
      case 'branch': {
        const parent = pick([...this.#treeOf(step.run).checkpoints.values()], step.from);
        if (parent !== undefined) {
          await this.#put(nameOf(step.run), `b-${(this.#made += 1)}`, parent, step.edit, 'auto');
        }
        break;
      }
      case 'back':
        await this.#back(nameOf(step.run), pick([...this.#treeOf(step.run).checkpoints.values()], step.from));
        break;
      case 'label':
        await this.#label(this.#treeOf(step.run), step.at, step.label);
        break;
      case 'fail': {
        const tree = this.#treeOf(step.run);
        const head = pick(tree.branches, step.branch);
        if (head !== undefined) {
          await this.#put(
            nameOf(step.run),
            head.branchId,
            tree.checkpoints.get(head.headId),
            step.edit,
            'auto',
            'fail',
          );
        }
        break;
      }
      case 'prune':
        await this.#prune([nameOf(step.run)], step.policy, step.collect);
        break;
      case 'prune all':
        await this.#prune([...this.#trees.keys()], step.policy, true, 'all');
        break;
      case 'collect':
        await this.#collect();
        break;
      case 'forget':
        // As another process would begin.
        this.#encoder = new StateEncoder();
        break;
      case 'copy':
        await this.#copy(nameOf(step.run));
        break;
      case 'delete':
        await this.#delete(nameOf(step.run));
        break;
    }
  }

  async #put(
    executionId: string,
    branchId: string,
    parent: NaiveCheckpoint | undefined,
    edit: number,
    kind: CheckpointKind,
    end: 'fail' | 'commit' = 'commit',
  ): Promise<void> {
    const tree = this.#trees.get(executionId) ?? emptyTree();
    const id = `${executionId}/${(this.#made += 1)}`;
    const state = edited(parent?.state ?? {}, edit);
    const { manifest, stateHash, stateBytes, values } = this.#encoder.encode(executionId, state);
    const nextNodeIds = [`node-${edit}`];
    const completed = Object.keys(state).map((nodeId) => ({ nodeId, occurrence: 1 }));
    const made = {
      id,
      executionId,
      parentId: parent?.id ?? null,
      branchId,
      sequence: tree.created,
      kind,
      nodeId: null,
    };
    const createdAt = new Date(this.#clock.now()).toISOString();
    const checkpoint = { ...made, occurrence: null, position: { completed, nextNodeIds }, manifest, stateHash };
    const branch = tree.branches.find((one) => one.branchId === branchId);
    const startCheckpointId = branch === undefined ? (parent?.id ?? null) : branch.startId;
    const row = { executionId, branchId, parentBranchId: null, startCheckpointId, headCheckpointId: id };
    const work = this.#store.unitOfWork.run(async (scope) => {
      const draft = { checkpoint: { ...checkpoint, stateBytes, createdAt }, values };
      await storeCheckpoint(this.#store.checkpoints, draft, scope);
      await this.#store.checkpoints.saveBranch({ ...row, abandoned: false }, scope, branch?.headId ?? null);
      if (end === 'fail') throw new Error('as it was to');
    });
    if (end === 'fail') {
      await assert.rejects(work, /as it was to/);
      return;
    }
    await work;
    this.#trees.set(executionId, tree);
    tree.checkpoints.set(id, {
      id,
      parentId: parent?.id ?? null,
      branchId,
      sequence: tree.created,
      kind,
      label: null,
      createdAtMs: this.#clock.now(),
      state: structuredClone(state),
    });
    tree.created += 1;
    if (branch === undefined) tree.branches.push({ branchId, startId: parent?.id ?? null, headId: id });
    else branch.headId = id;
  }

  /** What a rollback does to a tree: a new branch that stands where it starts. */
  async #back(executionId: string, target: NaiveCheckpoint | undefined): Promise<void> {
    if (target === undefined) return;
    const branchId = `back-${(this.#made += 1)}`;
    const branch = { executionId, branchId, parentBranchId: target.branchId, startCheckpointId: target.id };
    await this.#store.unitOfWork.run((scope) =>
      this.#store.checkpoints.saveBranch({ ...branch, headCheckpointId: target.id, abandoned: false }, scope, null),
    );
    this.#trees.get(executionId)?.branches.push({ branchId, startId: target.id, headId: target.id });
  }

  async #label(tree: NaiveTree, at: number, label: number): Promise<void> {
    const target = pick([...tree.checkpoints.values()], at);
    if (target === undefined) return;
    const name = label % 4 === 0 ? null : `label ${label % 4}`;
    const holder = [...tree.checkpoints.values()].find((one) => name !== null && one.label === name);
    const work = this.#waymark.checkpoints.label(target.id, name);
    if (holder !== undefined && holder !== target) {
      same(await codeOf(() => work), 'WAYMARK_LABEL_TAKEN');
      return;
    }
    await work;
    target.label = name;
  }

  async #prune(executionIds: readonly string[], policy: PrunePolicy, collect: boolean, all?: 'all'): Promise<void> {
    if (executionIds.every((id) => !this.#trees.has(id))) return;
    const { checkpoints } = this.#waymark;
    const target = all === undefined ? (executionIds[0] ?? '') : ({ all: true } as const);
    if (collect) await checkpoints.collectGarbage();
    const before = await this.#contentBytes();
    const plan = await checkpoints.prune(target, policy, { dryRun: true });
    const removed: string[] = [];
    for (const id of executionIds) {
      const tree = this.#trees.get(id) as NaiveTree;
      const kept = naiveKept(tree, policy, this.#clock.now());
      removed.push(...[...tree.checkpoints.keys()].filter((one) => !kept.has(one)));
      naiveRemove(tree, kept);
    }
    const told = await checkpoints.prune(target, policy, { collect });
    same(plan.executions.flatMap((one) => one.removed).toSorted(), removed.toSorted());
    const { collected, ...done } = told;
    same(done, plan);
    for (const id of removed) {
      same(await codeOf(() => checkpoints.get(id)), 'WAYMARK_CHECKPOINT_NOT_FOUND');
    }
    if (!collect) return;
    // What the dry run had said is what it freed, to the byte.
    same(collected?.bytes, plan.freedBytes);
    same(before - (await this.#contentBytes()), plan.freedBytes);
  }

  async #collect(): Promise<void> {
    const plan = await this.#waymark.checkpoints.collectGarbage({ dryRun: true });
    const before = await this.#contentBytes();
    same(await this.#waymark.checkpoints.collectGarbage(), plan);
    same(before - (await this.#contentBytes()), plan.bytes);
    await this.#assertNoGarbage();
  }

  async #copy(executionId: string): Promise<void> {
    const tree = this.#trees.get(executionId);
    if (tree === undefined || this.#trees.size > 6) return;
    const newId = `copy-${(this.#made += 1)}`;
    const bytes = await this.#contentBytes();
    const { checkpointIds } = await this.#waymark.checkpoints.copy(executionId, newId);
    same(await this.#contentBytes(), bytes);
    const idOf = (id: string): string => checkpointIds.get(id) ?? '';
    const copies = Array.from(tree.checkpoints.values(), (one) => ({
      ...one,
      id: idOf(one.id),
      parentId: one.parentId === null ? null : idOf(one.parentId),
    }));
    this.#trees.set(newId, {
      checkpoints: new Map(copies.map((one) => [one.id, one])),
      branches: tree.branches.map(({ branchId, startId, headId }) => ({
        branchId,
        startId: startId === null ? null : idOf(startId),
        headId: idOf(headId),
      })),
      created: tree.created,
    });
  }

  async #delete(executionId: string): Promise<void> {
    const tree = this.#trees.get(executionId);
    if (tree === undefined) return;
    const { removed } = await this.#waymark.checkpoints.delete(executionId);
    same(removed, tree.checkpoints.size);
    this.#trees.delete(executionId);
  }

  /** What is stored is what the states of the model are read from, and nothing else. */
  async #assertNoGarbage(): Promise<void> {
    const read = new Set<string>();
    for (const executionId of this.#trees.keys()) {
      for (const { manifest } of await this.#waymark.checkpoints.list(executionId)) {
        await loadState(manifest, (hashes) => {
          for (const hash of hashes) read.add(hash);
          return this.#store.checkpoints.contents(hashes);
        });
      }
    }
    const stored: string[] = [];
    for await (const page of this.#store.contents.summaries()) stored.push(...page.map(({ hash }) => hash));
    same(stored.toSorted(), [...read].toSorted());
  }

  async #contentBytes(): Promise<number> {
    let bytes = 0;
    for await (const page of this.#store.contents.summaries()) for (const one of page) bytes += one.bytes;
    return bytes;
  }

  #treeOf(index: number): NaiveTree {
    return this.#trees.get(nameOf(index)) ?? emptyTree();
  }
}

const emptyTree = (): NaiveTree => ({ checkpoints: new Map(), branches: [], created: 0 });

/** What is compared of a checkpoint beside its state. */
const rowOf = ({ id, parentId, branchId, sequence, kind, label }: Omit<NaiveCheckpoint, 'state' | 'createdAtMs'>) => ({
  id,
  parentId,
  branchId,
  sequence,
  kind,
  label,
});

const nameOf = (index: number): string => `run-${index}`;

function pick<T>(items: readonly T[], index: number): T | undefined {
  return items[index % Math.max(1, items.length)];
}

/** A state after another: mostly with something more in a list, sometimes as one was before, in whatever execution. */
function edited(state: Readonly<Record<string, unknown>>, edit: number): Record<string, unknown> {
  const { messages = [], ...rest } = state as { messages?: readonly unknown[] };
  const long = `message ${edit % 50} `.repeat(30);
  switch (edit % 7) {
    case 0:
      return { ...state, [`key-${edit % 5}`]: { rows: [long, edit % 3, { deep: long }] } };
    case 1:
      return { ...rest, messages: messages.slice(0, -1) };
    case 2:
      return { messages };
    case 3:
      return { messages: Array.from({ length: 12 }, (_, index) => ({ index, text: long })) };
    case 4:
      return { ...state, small: edit, when: 'now', shared: long };
    default:
      return { ...rest, messages: [...messages, { text: long, at: edit % 9 }, edit] };
  }
}
