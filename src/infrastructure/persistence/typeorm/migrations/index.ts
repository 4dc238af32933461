import { CreateAuditLog1767225600000 } from './1767225600000-create-audit-log.js';
import { CreateExecutions1767225601000 } from './1767225601000-create-executions.js';
import { CreateCheckpoints1767225602000 } from './1767225602000-create-checkpoints.js';
import { CreateDeadLetters1767225603000 } from './1767225603000-create-dead-letters.js';
import { CreateSeals1767225604000 } from './1767225604000-create-seals.js';
import { CreateSeams1767225606000 } from './1767225606000-create-seams.js';
import { CreateSubjectKeys1767225607000 } from './1767225607000-create-subject-keys.js';
import { IndexStreams1767225608000 } from './1767225608000-index-streams.js';
import { PruneCheckpoints1767225609000 } from './1767225609000-prune-checkpoints.js';
import { CreateThreads1767225610000 } from './1767225610000-create-threads.js';
import { CreateCompletions1767225611000 } from './1767225611000-create-completions.js';
import { ExtendExecutions1767225612000 } from './1767225612000-extend-executions.js';
import { CreateVerbKeys1767225613000 } from './1767225613000-create-verb-keys.js';
import { CheckPositions1767225614000 } from './1767225614000-check-positions.js';
import { CreateWorkspaces1767225615000 } from './1767225615000-create-workspaces.js';

/** Every migration, oldest first. A released one is never changed: a change of the tables is a migration of its own. */
export const MIGRATIONS = [
  CreateAuditLog1767225600000,
  CreateExecutions1767225601000,
  CreateCheckpoints1767225602000,
  CreateDeadLetters1767225603000,
  CreateSeals1767225604000,
  CreateSeams1767225606000,
  CreateSubjectKeys1767225607000,
  IndexStreams1767225608000,
  PruneCheckpoints1767225609000,
  CreateThreads1767225610000,
  CreateCompletions1767225611000,
  ExtendExecutions1767225612000,
  CreateVerbKeys1767225613000,
  CheckPositions1767225614000,
  CreateWorkspaces1767225615000,
] as const;

/** Their names, as they are kept in the table `migrations`. */
export const MIGRATION_NAMES: readonly string[] = MIGRATIONS.map((Migration) => new Migration().name);
