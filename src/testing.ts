/**
 * `waymark/testing`: the contracts of Waymark's ports as test suites, so that a host's own repository can be held to
 * them.
 *
 * @packageDocumentation
 */
import './composition/ambience.js';

export type { StoreFactory, StoreUnderTest, TestHarness } from './testing/harness.js';
export { auditLogRepositoryContract, type AuditLogStore } from './testing/audit-log-repository.contract.js';
export { checkpointRepositoryContract, type CheckpointStore } from './testing/checkpoint-repository.contract.js';
export {
  checkpointFilesRepositoryContract,
  type CheckpointFilesStore,
} from './testing/checkpoint-files-repository.contract.js';
export { fileCommitRepositoryContract, type FileCommitStore } from './testing/file-commit-repository.contract.js';
export { fileStorageContract, type FileStore } from './testing/file-storage.contract.js';
export { deadLetterRepositoryContract, type DeadLetterStore } from './testing/dead-letter-repository.contract.js';
export { executionRepositoryContract, type ExecutionStore } from './testing/execution-repository.contract.js';
export { sealRepositoryContract, type SealStore } from './testing/seal-repository.contract.js';
export { retentionRepositoryContract, type RetentionStore } from './testing/retention-repository.contract.js';
export { subjectKeyRepositoryContract, type SubjectKeyStore } from './testing/subject-key-repository.contract.js';
export { threadRepositoryContract, type ThreadStore } from './testing/thread-repository.contract.js';
export { verbKeyRepositoryContract, type VerbKeyStore } from './testing/verb-key-repository.contract.js';
export { workspaceRepositoryContract, type WorkspaceStore } from './testing/workspace-repository.contract.js';
export { unitOfWorkContract, type WholeStore } from './testing/unit-of-work.contract.js';
export { eventBusContract, type EventBusFactory } from './testing/event-bus.contract.js';
export { storeContract, type UnopenedStore } from './testing/store.contract.js';
export {
  clockContract,
  idGeneratorContract,
  processIdentityContract,
  schedulerContract,
} from './testing/runtime.contract.js';
