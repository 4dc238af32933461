import { z } from 'zod';
import { CHECKPOINT_KINDS } from '../../checkpoint/checkpoint.js';
import { defineEvent } from '../define-event.js';
import { bytes, count, error, hash, id, json, ordinal, words } from './fields.js';

const executionId = id('The execution');
const family = { version: 1, category: 'checkpoint', emitter: 'engine' } as const;

/** A state worth returning to was kept. */
export class CheckpointCreated extends defineEvent('checkpoint.created', {
  ...family,
  severity: 'info',
  description: 'A checkpoint was stored, in the same commit as what led to it.',
  message: (p) => `checkpoint ${p.kind}${p.nodeId === undefined ? '' : ` of ${p.nodeId}`} on ${p.branchId}`,
  payload: z.object({
    executionId,
    checkpointId: id('The checkpoint'),
    parentId: id('The checkpoint before it').optional(),
    branchId: id('Its branch'),
    kind: z.enum(CHECKPOINT_KINDS).describe('What led to it'),
    nodeId: id('The node it belongs to').optional(),
    occurrence: ordinal("The node's occurrence").optional(),
    nextNodeIds: z.array(id('A node')).describe('The nodes that run next from here'),
    stateHash: hash('Identifies the state'),
    stateBytes: bytes('Size of the state'),
    storedBytes: bytes('What storing it added'),
    terminal: z.boolean().describe('Whether nothing runs after it'),
  }),
}) {}

/** A checkpoint's state was loaded and checked, to go on from there. */
export class CheckpointRestored extends defineEvent('checkpoint.restored', {
  ...family,
  severity: 'info',
  description: "A checkpoint's state was loaded, found intact, and is what an execution goes on from.",
  message: (p) => `state of ${p.checkpointId} restored`,
  payload: z.object({ executionId, checkpointId: id('The checkpoint'), stateHash: hash('Identifies the state') }),
}) {}

/** A checkpoint was given a name. */
export class CheckpointLabelled extends defineEvent('checkpoint.labelled', {
  ...family,
  severity: 'info',
  description: 'Somebody named a checkpoint, or took its name away.',
  message: (p) => (p.label === '' ? `${p.checkpointId} has no name any more` : `${p.checkpointId} is now "${p.label}"`),
  payload: z.object({
    executionId,
    checkpointId: id('The checkpoint'),
    label: words('The name; empty where it was taken away'),
  }),
}) {}

/** The tree of checkpoints has a new branch. */
export class CheckpointBranchCreated extends defineEvent('checkpoint.branch_created', {
  ...family,
  severity: 'info',
  description: 'A new branch starts at a checkpoint: after a rollback, for a fork, for a variant, or by hand.',
  message: (p) => `branch ${p.branchId} starts from ${p.parentBranchId} (${p.reason})`,
  payload: z.object({
    executionId,
    checkpointId: id('Where it starts'),
    branchId: id('The new branch'),
    parentBranchId: id('The branch it leaves'),
    reason: z.enum(['rollback', 'fork', 'variant', 'manual']).describe('What made it'),
  }),
}) {}

/** Somebody asked to go back. */
export class CheckpointRollbackRequested extends defineEvent('checkpoint.rollback_requested', {
  ...family,
  severity: 'info',
  description: 'Somebody asked to go back to a checkpoint.',
  message: (p) => `rollback requested: ${p.reason}`,
  payload: z.object({
    executionId,
    targetCheckpointId: id('Where to go back to'),
    targetNodeId: id('The node that runs next from there').optional(),
    reason: words('Why'),
  }),
}) {}

/** An execution went back. */
export class CheckpointRollbackCompleted extends defineEvent('checkpoint.rollback_completed', {
  ...family,
  severity: 'warning',
  description: 'The execution stands at the checkpoint again. What came after it is kept, on the abandoned branch.',
  message: (p) => `rolled back over ${p.rolledBackNodes.length} node(s)`,
  payload: z.object({
    executionId,
    fromCheckpointId: id('Where it stood'),
    toCheckpointId: id('Where it stands'),
    rolledBackNodes: z
      .array(z.strictObject({ nodeId: id('A node'), occurrence: ordinal('Its occurrence') }))
      .describe('What was undone'),
    filesRestored: count('Files put back'),
    compensated: count('Compensations run'),
  }),
}) {}

/** An execution could not go back. */
export class CheckpointRollbackFailed extends defineEvent('checkpoint.rollback_failed', {
  ...family,
  severity: 'error',
  outcome: 'failure',
  description: 'Going back failed. The execution stands where it stood.',
  message: (p) => `rollback failed: ${p.error.message}`,
  payload: z.object({ executionId, targetCheckpointId: id('Where it was to go'), error: error('Why') }),
}) {}

/** A checkpoint marks the entry or the exit of a node occurrence. */
export class CheckpointNodeBoundaryRecorded extends defineEvent('checkpoint.node_boundary_recorded', {
  ...family,
  severity: 'debug',
  description: 'Ties a checkpoint to the entry or the exit of a node occurrence.',
  message: (p) => `${p.boundary} of ${p.nodeId}`,
  payload: z.object({
    executionId,
    checkpointId: id('The checkpoint'),
    nodeId: id('The node'),
    occurrence: ordinal('Its occurrence'),
    boundary: z.enum(['entry', 'exit']).describe('Which side of the node'),
    nodeStatus: words('The status of the node at that moment'),
  }),
}) {}

/** The tree of an execution was read from the store. */
export class CheckpointHistoryLoaded extends defineEvent('checkpoint.history_loaded', {
  ...family,
  severity: 'debug',
  description: 'The checkpoint tree of an execution was read, to go back or to go on.',
  message: (p) => `${p.checkpointCount} checkpoints on ${p.branches} branch(es) loaded`,
  payload: z.object({
    executionId,
    checkpointCount: count('Checkpoints in the tree'),
    latestCheckpointId: id('The head of the current branch').optional(),
    branches: count('Branches in the tree'),
  }),
}) {}

/** Checkpoints were removed. */
export class CheckpointPruned extends defineEvent('checkpoint.pruned', {
  ...family,
  severity: 'info',
  description: 'Checkpoints that the policy does not keep were removed.',
  message: (p) => `${p.removed} checkpoints removed, ${p.kept} kept`,
  payload: z.object({
    executionId,
    removed: count('Checkpoints removed'),
    kept: count('Checkpoints kept'),
    freedBytes: bytes('What it freed'),
    policy: json('The policy'),
  }),
}) {}

/** A checkpoint's state is not what was stored. */
export class CheckpointIntegrityFailed extends defineEvent('checkpoint.integrity_failed', {
  ...family,
  severity: 'critical',
  outcome: 'failure',
  description: "A checkpoint's state, read back, has another hash than when it was stored.",
  message: (p) => `the state of ${p.checkpointId} was altered`,
  payload: z.object({
    executionId,
    checkpointId: id('The checkpoint'),
    expectedHash: hash('What was stored'),
    actualHash: hash('What was read'),
  }),
}) {}

/** Every type of the family. */
export const CHECKPOINT_EVENTS = [
  CheckpointCreated,
  CheckpointRestored,
  CheckpointLabelled,
  CheckpointBranchCreated,
  CheckpointRollbackRequested,
  CheckpointRollbackCompleted,
  CheckpointRollbackFailed,
  CheckpointNodeBoundaryRecorded,
  CheckpointHistoryLoaded,
  CheckpointPruned,
  CheckpointIntegrityFailed,
] as const;
