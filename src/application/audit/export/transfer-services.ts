import type { AuditLogRepository } from '../../../domain/audit/audit-log.repository.port.js';
import type { RetentionRepository } from '../../../domain/audit/retention/retention.repository.port.js';
import type { SealRepository } from '../../../domain/audit/seal.repository.port.js';
import type { UnitOfWork } from '../../../domain/shared/transaction.js';
import type { EventFactory } from '../../context/event-factory.js';
import type { EventRecorder } from '../event-recorder.js';
import type { ExportFiles } from './export-files.port.js';

/** What exporting and importing work with. */
export interface TransferServices {
  readonly log: AuditLogRepository;
  readonly seals: SealRepository;
  /** Where the log begins, when its first entries were removed. */
  readonly retention: Pick<RetentionRepository, 'seams'>;
  readonly unitOfWork: UnitOfWork;
  readonly recorder: EventRecorder;
  readonly factory: EventFactory;
  readonly files: ExportFiles;
  /** The version of Waymark that this is. */
  readonly version: string;
}
