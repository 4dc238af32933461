import { cloudEventBatch, cloudEventLines } from './cloud-events.js';
import { CSV } from './csv.js';
import type { ExportCodec, ExportFormat } from './export-format.js';
import { JSONL } from './jsonl.js';

/** How a form is written and read. */
export function codecOf({ format, withEntry }: { format: ExportFormat; withEntry?: boolean }): ExportCodec {
  switch (format) {
    case 'jsonl':
      return JSONL;
    case 'csv':
      return CSV;
    case 'cloudevents':
      return cloudEventLines(withEntry === true);
    case 'cloudevents-batch':
      return cloudEventBatch(withEntry === true);
  }
}
