import { CreateAuditLog1767225600000 } from './1767225600000-create-audit-log.js';
import { CreateExecutions1767225601000 } from './1767225601000-create-executions.js';
import { CreateCheckpoints1767225602000 } from './1767225602000-create-checkpoints.js';
import { CreateDeadLetters1767225603000 } from './1767225603000-create-dead-letters.js';

/** Every migration, oldest first. A released one is never changed: a change of the tables is a migration of its own. */
export const MIGRATIONS = [
  CreateAuditLog1767225600000,
  CreateExecutions1767225601000,
  CreateCheckpoints1767225602000,
  CreateDeadLetters1767225603000,
] as const;

/** Their names, as they are kept in the table `migrations`. */
export const MIGRATION_NAMES: readonly string[] = MIGRATIONS.map((Migration) => new Migration().name);
