import {
  type ExportVerification,
  verifyExportFrom,
  type VerifyExportOptions,
} from '../application/audit/export/verify-export.js';
import { fileExports } from '../infrastructure/export/file-exports.js';

/**
 * Looks at an export: whether its bytes are those that were written, whether its entries lead to the root that its
 * manifest states, and whether that is what was sealed. It needs no store.
 *
 * What is wrong with the export is a verdict. Without keys nobody looks at the signature of the seal: then the export is
 * what its manifest says, and anybody could have written both.
 *
 * @param path the exported file; its manifest is beside it
 * @throws WaymarkError `WAYMARK_EXPORT_NOT_FOUND` when the file or its manifest is not there; `WAYMARK_INVALID_KEY`
 * @example
 * const keys = ['example.com/deals+30695719+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c'];
 * const { verdict, detail } = await verifyExport('./2026-01.jsonl.gz', { trusted: keys });
 */
export function verifyExport(path: string, options: VerifyExportOptions = {}): Promise<ExportVerification> {
  return verifyExportFrom(fileExports.open(path, options.manifest), options);
}
