import type { EntitySchema } from 'typeorm';
import { branchEntity } from './branch.entity.js';
import { checkpointEntity } from './checkpoint.entity.js';
import { contentEntity } from './content.entity.js';
import { executionEntity } from './execution.entity.js';

/**
 * Every table that is read and written through an entity.
 *
 * @param Schema TypeORM's class, which is loaded when a store is opened
 */
export function entitySchemas(Schema: typeof EntitySchema): readonly EntitySchema[] {
  return [
    new Schema(executionEntity),
    new Schema(checkpointEntity),
    new Schema(branchEntity),
    new Schema(contentEntity),
  ];
}
