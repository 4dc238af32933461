import type { Bind } from 'inversify';
import { AuditListener } from '../../application/audit/audit-listener.js';
import { AuditLog } from '../../application/audit/audit-log.js';
import { EventRecorder } from '../../application/audit/event-recorder.js';
import { LogTransfer } from '../../application/audit/export/log-transfer.js';
import { LogIntegrity } from '../../application/audit/integrity/log-integrity.js';
import { Retention } from '../../application/audit/retention/retention.js';
import { Erasure } from '../../application/audit/personal/erasure.js';
import { SubjectKeyring } from '../../application/audit/personal/subject-keyring.js';
import { LogWriter } from '../../application/audit/log-writer.js';
import { PendingEvents } from '../../application/audit/pending-events.js';
import { fileExports } from '../../infrastructure/export/file-exports.js';
import { packageVersion } from '../../infrastructure/runtime/package-version.js';
import type { logSetup } from '../log-configuration.js';
import { makeSpill } from '../log-configuration.js';
import type { sealsSetup } from '../seals-configuration.js';
import type { personalKeysSetup } from '../personal-configuration.js';
import { TOKENS } from '../tokens.js';

/** How the log is set up. */
export interface LogBindings {
  readonly log: ReturnType<typeof logSetup>;
  readonly seals: ReturnType<typeof sealsSetup>;
  readonly personalKeys: ReturnType<typeof personalKeysSetup>;
}

/** The log: what writes it, what listens for it, and what is done with it. */
export function bindLog(bind: Bind, { log, seals, personalKeys }: LogBindings): void {
  bind(TOKENS.SubjectKeyring)
    .toResolvedValue(
      (repository, clock, ids) => new SubjectKeyring({ repository, clock, ids, ...personalKeys }),
      [TOKENS.SubjectKeyRepository, TOKENS.Clock, TOKENS.IdGenerator],
    )
    .inSingletonScope();
  bind(TOKENS.Erasure)
    .toResolvedValue(
      (log, keys, keyring, recorder, factory, scheduler) =>
        new Erasure({ log, keys, keyring, recorder, factory, scheduler }),
      [
        TOKENS.AuditLogRepository,
        TOKENS.SubjectKeyRepository,
        TOKENS.SubjectKeyring,
        TOKENS.EventRecorder,
        TOKENS.EventFactory,
        TOKENS.Scheduler,
      ],
    )
    .inSingletonScope();
  bind(TOKENS.LogWriter)
    .toResolvedValue(
      (unitOfWork, repository, catalog, clock, keyring) =>
        new LogWriter(unitOfWork, repository, catalog, clock, keyring),
      [TOKENS.UnitOfWork, TOKENS.AuditLogRepository, TOKENS.EventCatalog, TOKENS.Clock, TOKENS.SubjectKeyring],
    )
    .inSingletonScope();
  bind(TOKENS.EventRecorder)
    .toResolvedValue((writer, bus) => new EventRecorder(writer, bus), [TOKENS.LogWriter, TOKENS.EventBus])
    .inSingletonScope();
  bind(TOKENS.SpillFile)
    .toResolvedValue(
      (identity, clock) => makeSpill(log, identity, clock, personalKeys.wrap),
      [TOKENS.ProcessIdentity, TOKENS.Clock],
    )
    .inSingletonScope();
  bind(TOKENS.AuditListener)
    .toResolvedValue(
      (writer, recorder, factory, scheduler, spill, catalog, keyring) => {
        const pending = new PendingEvents(spill, log.limits, catalog, factory, keyring);
        return new AuditListener({ writer, recorder, factory, scheduler, pending });
      },
      [
        TOKENS.LogWriter,
        TOKENS.EventRecorder,
        TOKENS.EventFactory,
        TOKENS.Scheduler,
        TOKENS.SpillFile,
        TOKENS.EventCatalog,
        TOKENS.SubjectKeyring,
      ],
    )
    .inSingletonScope();
  bind(TOKENS.LogIntegrity)
    .toResolvedValue(
      (log, repository, retention, recorder, factory) =>
        new LogIntegrity({ log, seals: repository, retention, recorder, factory, ...seals.services }),
      [
        TOKENS.AuditLogRepository,
        TOKENS.SealRepository,
        TOKENS.RetentionRepository,
        TOKENS.EventRecorder,
        TOKENS.EventFactory,
      ],
    )
    .inSingletonScope();
  bind(TOKENS.LogTransfer)
    .toResolvedValue(
      (log, repository, retention, unitOfWork, recorder, factory) =>
        new LogTransfer({
          log,
          seals: repository,
          retention,
          unitOfWork,
          recorder,
          factory,
          files: fileExports,
          version: packageVersion(),
        }),
      [
        TOKENS.AuditLogRepository,
        TOKENS.SealRepository,
        TOKENS.RetentionRepository,
        TOKENS.UnitOfWork,
        TOKENS.EventRecorder,
        TOKENS.EventFactory,
      ],
    )
    .inSingletonScope();
  bind(TOKENS.Retention)
    .toResolvedValue(
      (retention, integrity, log, repository, unitOfWork, recorder, factory) => {
        const transfer = { log, seals: repository, retention, unitOfWork, recorder, factory };
        const files = { files: fileExports, version: packageVersion() };
        return new Retention({
          retention,
          integrity,
          signer: seals.services.signer,
          transfer: { ...transfer, ...files },
        });
      },
      [
        TOKENS.RetentionRepository,
        TOKENS.LogIntegrity,
        TOKENS.AuditLogRepository,
        TOKENS.SealRepository,
        TOKENS.UnitOfWork,
        TOKENS.EventRecorder,
        TOKENS.EventFactory,
      ],
    )
    .inSingletonScope();
  bind(TOKENS.AuditLog)
    .toResolvedValue(
      (repository, writer, catalog, scheduler, intake, integrity, keyring, erasure, transfer, retention) =>
        new AuditLog(repository, writer, catalog, scheduler, intake, integrity, {
          keyring,
          erasure,
          transfer,
          retention,
          unknownTypes: personalKeys.unknownTypes,
        }),
      [
        TOKENS.AuditLogRepository,
        TOKENS.LogWriter,
        TOKENS.EventCatalog,
        TOKENS.Scheduler,
        TOKENS.EventIntake,
        TOKENS.LogIntegrity,
        TOKENS.SubjectKeyring,
        TOKENS.Erasure,
        TOKENS.LogTransfer,
        TOKENS.Retention,
      ],
    )
    .inSingletonScope();
}
