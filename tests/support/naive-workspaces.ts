import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Checkpoint, Waymark } from '../../src/index.js';
import { type FileTree, readTree } from './file-tree.js';

/** What the work of a node does to files. */
export type NaiveWork = (files: Record<string, string>) => void;

/** What executions begin with, and what each of their nodes does, by its id. */
export interface NaiveWorkspaces {
  readonly begun: FileTree;
  readonly nodes: Readonly<Record<string, NaiveWork>>;
}

/** Every checkpoint has the files that its nodes would have left, can be restored, and is what its execution stands on. */
export async function assertFiles(waymark: Waymark, naive: NaiveWorkspaces, scratch: string): Promise<void> {
  const expected = await expectedFiles(waymark, naive);
  for (const { id, headCheckpointId } of await waymark.executions.list({ limit: 500 })) {
    const workspace = await waymark.workspaces.ofExecution(id);
    if (workspace === undefined) continue;
    assert.deepEqual(readTree(workspace.path), expected.get(headCheckpointId), `The files of ${id}`);
  }
  const restored = new Map<string, FileTree>();
  for (const [checkpointId, files] of expected) {
    const { commitId } = (await waymark.files.ofCheckpoint(checkpointId)) ?? { commitId: null };
    assert.ok(commitId !== null, `Checkpoint ${checkpointId} has no files.`);
    if (!restored.has(commitId)) {
      await waymark.files.verifyCheckpoint(checkpointId);
      const folder = join(scratch, commitId);
      mkdirSync(folder, { recursive: true });
      await waymark.files.restore(commitId, folder, {});
      restored.set(commitId, readTree(folder));
    }
    assert.deepEqual(restored.get(commitId), files, `The files of checkpoint ${checkpointId}`);
  }
}

/** No restore is unfinished, no folder is missing, and none is left over once somebody has looked for them. */
export async function assertTidy({ workspaces, files }: Waymark, home: string): Promise<void> {
  const { errors } = await workspaces.cleanOrphans({ minAgeMs: 0 });
  assert.deepEqual(errors, []);
  const rows = await workspaces.list({ limit: 1_000 });
  const unfinished = rows.filter(({ pendingRestore }) => pendingRestore !== null);
  assert.deepEqual(unfinished, []);
  const there = rows.filter(({ status }) => status !== 'removed').map(({ id }) => id);
  // The lock of a process that died in a workspace that stays, or while it took it, is taken over by the next.
  const isBeside = (name: string): boolean =>
    there.some((id) => name === `${id}.index` || name === `${id}.lock` || name.startsWith(`${id}.lock.`)) ||
    // An index that was being written goes when the next one is, after a while.
    /\.index\.[\w-]+\.new$/.test(name);
  const names = readdirSync(join(home, 'workspaces')).filter((name) => !isBeside(name));
  // Lists of the system's are of another realm here.
  assert.deepEqual([...names].toSorted(), there.toSorted());
  await files.gc({ minAgeMs: 0, unlinked: true });
  const pending = (await files.log({ limit: 1_000 })).filter(({ status }) => status === 'pending');
  assert.deepEqual(pending, []);
}

/** The files of every checkpoint: what the nodes on the way to it did, one after another. */
async function expectedFiles(
  { executions, checkpoints, log }: Waymark,
  { begun, nodes }: NaiveWorkspaces,
): Promise<ReadonlyMap<string, FileTree>> {
  const origins = new Map<string, string>();
  for (const { event } of await log.query({ types: ['execution.forked'] }, { limit: 1_000 })) {
    const { executionId = '', checkpointId = '' } = event.payload as Readonly<Record<string, string>>;
    origins.set(executionId, checkpointId);
  }
  const all = new Map<string, Checkpoint>();
  for (const { id } of await executions.list({ limit: 500 })) {
    for (const checkpoint of await checkpoints.list(id)) all.set(checkpoint.id, checkpoint);
  }
  const filesAt = (id: string): FileTree => {
    const { parentId, executionId, nodeId } = all.get(id) as Checkpoint;
    const origin = parentId ?? origins.get(executionId);
    const files = origin === undefined ? { ...begun } : { ...filesAt(origin) };
    if (parentId !== null && nodeId !== null) nodes[nodeId]?.(files);
    return files;
  };
  return new Map(Array.from(all.keys(), (id) => [id, filesAt(id)]));
}
