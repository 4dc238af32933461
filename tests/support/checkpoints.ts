import type { Branch, Checkpoint } from '../../src/index.js';

/** A checkpoint after another. */
export function makeCheckpoint(id: string, parentId: string | null, branchId = 'main'): Checkpoint {
  return {
    id,
    executionId: 'e',
    parentId,
    branchId,
    sequence: 0,
    kind: 'auto',
    label: null,
    nodeId: null,
    occurrence: null,
    position: { completed: [], nextNodeIds: [] },
    stateHash: '',
    manifest: [],
    stateBytes: 0,
    storedBytes: 0,
    createdAt: '2026-01-01T00:00:00.000Z',
  };
}

/** A branch that ends at a checkpoint; every one but `main` left `main` at `c1`. */
export function makeBranch(branchId: string, headCheckpointId: string, abandoned: boolean): Branch {
  return {
    executionId: 'e',
    branchId,
    parentBranchId: branchId === 'main' ? null : 'main',
    startCheckpointId: branchId === 'main' ? null : 'c1',
    headCheckpointId,
    abandoned,
  };
}
