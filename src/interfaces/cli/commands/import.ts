import { Command, Option } from 'commander';
import type { ImportPhase } from '../../../application/audit/export/import-log.js';
import { formatCount, plural } from '../../text/quantities.js';
import { countProgress } from '../count-progress.js';
import { EXIT } from '../errors.js';
import { interruptible } from '../interruptible.js';
import { withWaymark } from '../open-waymark.js';
import { given, helpText } from '../options.js';
import { importLanggraphCommand } from './import-langgraph.js';
import type { Action, Session, SharedOptions } from '../session.js';
import { trustedKeys, trustedOption } from '../trusted-keys.js';

interface ImportCommandOptions extends SharedOptions {
  readonly manifest?: string;
  readonly trusted?: readonly string[];
}

/** `waymark import FILE`, and `waymark import langgraph` */
export function importCommand(action: Action): Command {
  return new Command('import')
    .description('Make an empty log what was exported: the same entries, byte for byte, and the same root.')
    .argument('<file>', 'the exported file; its manifest is beside it')
    .addOption(new Option('--manifest <file>', 'where the manifest is, if not beside the file'))
    .addOption(trustedOption())
    .addHelpText(
      'after',
      helpText(
        [
          'waymark import 2026-01.jsonl.gz --store ./copy.db',
          'waymark import 2026-02.jsonl.gz --store ./copy.db --trusted @orders.pub',
        ],
        [
          'A log that ends where the export begins is gone on with, and so is an import that was interrupted.',
          'All of the export is verified before any of it is written.',
        ],
      ),
    )
    .action(action<ImportCommandOptions, [string]>(importLog))
    .helpCommand(false)
    .addCommand(importLanggraphCommand(action));
}

async function importLog(session: Session, { manifest, trusted }: ImportCommandOptions, file: string): Promise<number> {
  const keys = trustedKeys(trusted);
  const show: Readonly<Record<ImportPhase, (done: number, total: number) => void>> = {
    verify: countProgress(session, 'verified'),
    append: countProgress(session, 'imported'),
  };
  const next = session.command('import', [file]);
  const { imported, skipped, head } = await interruptible(session, next, (signal) =>
    withWaymark(session, 'create', (waymark) =>
      waymark.log.import({
        from: file,
        signal,
        ...given({ manifest, trusted: keys }),
        onProgress: (done, total, phase) => show[phase](done, total),
      }),
    ),
  );
  if (session.json) {
    session.printJson({ imported, skipped, size: head.size, rootHash: head.rootHash });
    return EXIT.done;
  }
  const there = skipped === 0 ? '' : `; ${formatCount(skipped)} were there already`;
  session.print(`${plural(imported, 'entry', 'entries')} imported${there}`);
  session.print(`  the log has ${plural(head.size, 'entry', 'entries')}, root ${head.rootHash}`);
  return EXIT.done;
}
