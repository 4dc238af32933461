import type { EntitySchemaOptions } from 'typeorm';
import type { Branch } from '../../../../domain/checkpoint/checkpoint.js';
import { integer, optionalText, text } from './columns.js';

/** A branch and its place in the order of creation, which the domain leaves to the store. */
export interface BranchRow extends Branch {
  readonly ordinal: number;
}

/** The table `branches`. */
export const branchEntity: EntitySchemaOptions<BranchRow> = {
  name: 'branch',
  tableName: 'branches',
  columns: {
    ordinal: { ...integer('ordinal'), primary: true, generated: 'increment' },
    executionId: text('execution_id'),
    branchId: text('branch_id'),
    parentBranchId: optionalText('parent_branch_id'),
    startCheckpointId: optionalText('start_checkpoint_id'),
    headCheckpointId: text('head_checkpoint_id'),
    abandoned: { name: 'abandoned', type: 'boolean' },
  },
};
