import { Command, Option } from 'commander';
import type { ImportThreadsOptions, ImportThreadsResult } from '../../../composition/import-threads.js';
import type { Waymark } from '../../../composition/waymark.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import { plural } from '../../text/quantities.js';
import { countProgress } from '../count-progress.js';
import { EXIT, usageError } from '../errors.js';
import { interruptible } from '../interruptible.js';
import { withWaymark } from '../open-waymark.js';
import { collect, given, helpText } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';
import { withoutPassword } from '../store-url.js';

interface ImportLanggraphOptions extends SharedOptions {
  readonly from: string;
  readonly thread?: readonly string[];
  readonly dryRun?: boolean;
  /** Of `waymark import FILE`, which means nothing here. */
  readonly manifest?: string;
  readonly trusted?: readonly string[];
}

/** `waymark import langgraph --from SOURCE` */
export function importLanggraphCommand(action: Action): Command {
  return new Command('langgraph')
    .description("Copy the threads of LangGraph's own SQLite or PostgreSQL saver, and prove that both say the same.")
    .addOption(
      new Option(
        '--from <source>',
        'where they are: sqlite:FILE or postgres://USER@HOST/DATABASE?schema=public',
      ).makeOptionMandatory(),
    )
    .addOption(new Option('--thread <id>', 'only this thread; repeatable').argParser(collect))
    .addOption(new Option('--dry-run', 'read everything and say what would be imported, but write nothing'))
    .addHelpText(
      'after',
      helpText(
        [
          'waymark import langgraph --from sqlite:./checkpoints.sqlite --store ./threads.db',
          "waymark import langgraph --from 'postgres://ada@localhost/app?schema=public' --thread order-17 --dry-run",
        ],
        [
          'The source is only read, through @langchain/langgraph-checkpoint-sqlite or -postgres, which has to be installed.',
          'What is there and equal is skipped: it can be repeated, and an import that was interrupted is gone on with.',
          'At the end every checkpoint is read from both and compared.',
        ],
      ),
    )
    .action(action<ImportLanggraphOptions, []>(importLanggraph));
}

async function importLanggraph(session: Session, options: ImportLanggraphOptions): Promise<number> {
  const { from, thread: threads, dryRun = false, manifest, trusted } = options;
  if (manifest !== undefined || trusted !== undefined) {
    throw usageError(
      `${manifest === undefined ? '--trusted' : '--manifest'} belongs to the import of an exported log.`,
      'See waymark import langgraph --help.',
    );
  }
  const { importThreads, openSource } = await import('../../../composition/import-threads.js');
  const show = {
    copy: countProgress(session, dryRun ? 'read' : 'imported', 'checkpoints'),
    compare: countProgress(session, 'compared', 'checkpoints'),
  };
  const named = (threads ?? []).flatMap((threadId) => ['--thread', threadId]);
  const next = session.command('import', ['langgraph'], ['--from', withoutPassword(from), ...named]);
  const work = (signal: AbortSignal): Promise<ImportThreadsResult> => {
    const how: ImportThreadsOptions = {
      dryRun,
      signal,
      ...given({ threads }),
      onProgress: (done, total, phase) => show[phase](done, total),
    };
    return withTarget(session, dryRun, (waymark) => importThreads(waymark, source.saver, how));
  };
  // Before the store: where there is nothing to import from, none is made.
  const source = await openSource(from);
  let result: ImportThreadsResult;
  try {
    result = await interruptible(session, next, work);
  } finally {
    await source.close();
  }
  if (session.json) session.printJson({ dryRun, ...result });
  else tell(session, result, dryRun);
  return EXIT.done;
}

/** For a dry run, a store that is not there is an empty one. */
async function withTarget<Result>(
  session: Session,
  dryRun: boolean,
  work: (waymark: Waymark) => Promise<Result>,
): Promise<Result> {
  if (!dryRun) return withWaymark(session, 'create', work);
  try {
    return await withWaymark(session, 'read', work);
  } catch (error) {
    if (!WaymarkError.is(error, 'WAYMARK_STORE_NOT_FOUND')) throw error;
  }
  const { createWaymark } = await import('../../../composition/create-waymark.js');
  const empty = await createWaymark({ storage: 'memory:' });
  try {
    return await work(empty);
  } finally {
    await empty.close();
  }
}

function tell(session: Session, result: ImportThreadsResult, dryRun: boolean): void {
  const { threads, skipped, compared } = result;
  if (threads === 0) {
    session.print('the source has no threads: there is nothing to import');
    return;
  }
  const there = skipped.checkpoints + skipped.writes === 0 ? '' : `; ${counts(skipped)} were there already`;
  const done = dryRun ? 'would be imported' : 'imported';
  session.print(`${plural(threads, 'thread')}: ${counts(result)} ${done}${there}`);
  if (!dryRun) session.print(`  ${counts(compared)} read from both and found equal`);
}

function counts({ checkpoints, writes }: { readonly checkpoints: number; readonly writes: number }): string {
  return `${plural(checkpoints, 'checkpoint')} and ${plural(writes, 'write')}`;
}
