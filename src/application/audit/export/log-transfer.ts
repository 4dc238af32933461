import type { ExportManifest } from '../../../domain/audit/export/export-manifest.js';
import { exportLog } from './export-log.js';
import type { ExportOptions } from './export-options.js';
import { importLog, type ImportOptions, type ImportResult } from './import-log.js';
import type { TransferServices } from './transfer-services.js';

/** Taking a log out and in. Hosts reach it through `AuditLog`. */
export class LogTransfer {
  readonly #services: TransferServices;

  constructor(services: TransferServices) {
    this.#services = services;
  }

  export(options: ExportOptions): Promise<ExportManifest> {
    return exportLog(this.#services, options);
  }

  import(options: ImportOptions): Promise<ImportResult> {
    return importLog(this.#services, options);
  }
}
