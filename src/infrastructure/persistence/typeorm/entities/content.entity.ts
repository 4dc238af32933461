import type { EntitySchemaOptions } from 'typeorm';
import type { Content } from '../../../../domain/checkpoint/checkpoint.js';
import { text } from './columns.js';

/** The table `contents`: each piece of state once, under its hash. */
export const contentEntity: EntitySchemaOptions<Content> = {
  name: 'content',
  tableName: 'contents',
  columns: { hash: text('hash', { primary: true }), body: text('body') },
};
