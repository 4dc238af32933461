import type { EntitySchemaOptions } from 'typeorm';
import type { CheckpointRow } from '../repositories/checkpoint-rows.js';
import { integer, jsonText, optionalText, text } from './columns.js';

/** The table `checkpoints`. State is not in it: the manifest refers to `contents`. */
export const checkpointEntity: EntitySchemaOptions<CheckpointRow> = {
  name: 'checkpoint',
  tableName: 'checkpoints',
  columns: {
    id: text('id', { primary: true }),
    executionId: text('execution_id'),
    parentId: optionalText('parent_id'),
    branchId: text('branch_id'),
    sequence: integer('sequence'),
    kind: text('kind'),
    label: optionalText('label'),
    nodeId: optionalText('node_id'),
    occurrence: { ...integer('occurrence'), nullable: true },
    position: jsonText('position'),
    stateHash: text('state_hash'),
    manifest: jsonText('manifest'),
    stateBytes: integer('state_bytes'),
    storedBytes: integer('stored_bytes'),
    createdAt: text('created_at'),
    baseId: optionalText('base_id'),
    depth: integer('depth'),
  },
};
