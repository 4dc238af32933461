import { Command, Option } from 'commander';
import { WaymarkError, type WaymarkErrorCode } from '../../../domain/shared/errors.js';
import { withWaymark } from '../open-waymark.js';
import { usageError } from '../errors.js';
import { checkId, helpText, wholeNumber, workflowOption } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';
import { type InsightOptions, wantsInsight } from '../insight-options.js';

interface ShowOptions extends SharedOptions, InsightOptions {
  readonly state?: boolean;
  readonly watch?: boolean;
}

const MOST_NODES = 1_000;

/** `waymark show ID` */
export function showCommand(action: Action): Command {
  return new Command('show')
    .description('Show all about an execution, a checkpoint or an event.')
    .argument('<id>', 'the id of any of them')
    .addOption(new Option('--state', 'the state too: of the checkpoint, or of where the execution stands'))
    .addOption(new Option('--why', 'why the execution has not ended, and what lets it go on'))
    .addOption(new Option('--waterfall', 'what ran when, and what decided how long it took'))
    .addOption(new Option('--slowest <n>', 'the nodes that took longest').argParser(wholeNumber(1, MOST_NODES)))
    .addOption(new Option('--graph', 'its nodes with their statuses, and what follows what'))
    .addOption(new Option('--mermaid', 'that graph as a flowchart in the language of Mermaid'))
    .addOption(new Option('--watch', 'go on showing it while it changes, until it ends or Ctrl-C'))
    .addOption(workflowOption())
    .addHelpText(
      'after',
      helpText(
        [
          'waymark show EXECUTION',
          'waymark show EXECUTION --why',
          'waymark show EXECUTION --waterfall --slowest 5',
          'waymark show EXECUTION --watch',
          'waymark show EXECUTION --mermaid > run.mmd',
          'waymark show CHECKPOINT --state',
          'waymark show EVENT --json',
        ],
        ['A graph is drawn with its definition where that can be loaded, and of what the log tells otherwise.'],
      ),
    )
    .action(action<ShowOptions, [string]>(show));
}

async function show(session: Session, options: ShowOptions, id: string): Promise<void> {
  await checkId(id, 'id');
  const views = await import('../output/views.js');
  const withState = options.state === true;
  const isInsight = wantsInsight(options);
  if (options.watch === true && (isInsight || withState)) {
    throw usageError('--watch goes with none of the others.', 'Leave one of them out; see waymark show --help.');
  }
  await withWaymark(session, 'read', async (waymark) => {
    const execution = await unless('WAYMARK_EXECUTION_NOT_FOUND', waymark.executions.get(id));
    if (execution !== undefined) {
      if (options.watch === true) return (await import('../watch-story.js')).watchStory(session, waymark, execution);
      if (isInsight) return (await import('../show-insight.js')).showInsight(session, waymark, execution, options);
      return views.showExecution(session, waymark, execution, withState);
    }
    if (isInsight || options.watch === true) throw noExecution(id, session);
    const checkpoint = await unless('WAYMARK_CHECKPOINT_NOT_FOUND', waymark.checkpoints.get(id));
    if (checkpoint !== undefined) return views.showCheckpoint(session, waymark, checkpoint, withState);
    const entry = await unless('WAYMARK_EVENT_NOT_FOUND', waymark.log.get(id));
    if (entry !== undefined) return views.showEvent(session, entry);
    throw notFound(id, session);
  });
}

async function unless<Found>(code: WaymarkErrorCode, finding: Promise<Found>): Promise<Found | undefined> {
  try {
    return await finding;
  } catch (error) {
    if (WaymarkError.is(error, code)) return undefined;
    throw error;
  }
}

function noExecution(id: string, session: Session): WaymarkError {
  return new WaymarkError('WAYMARK_EXECUTION_NOT_FOUND', `There is no execution ${id} in this store.`, {
    hint: `List them with ${session.command('executions')}.`,
    details: { executionId: id },
  });
}

function notFound(id: string, session: Session): WaymarkError {
  return new WaymarkError('WAYMARK_NOT_FOUND', `There is no execution, checkpoint or event ${id} in this store.`, {
    hint: `Find ids with ${session.command('executions')}, ${session.command('checkpoints', ['EXECUTION'])} or ${session.command('log', [], ['--ids'])}.`,
    details: { id },
  });
}
