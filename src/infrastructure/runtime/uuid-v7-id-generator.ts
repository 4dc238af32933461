import { v7 } from 'uuid';
import type { IdGenerator } from '../../domain/shared/id-generator.js';

/** UUIDv7 (RFC 9562): ids sort by the time they were made, within a millisecond too. */
export const uuidV7IdGenerator: IdGenerator = { next: () => v7() };
