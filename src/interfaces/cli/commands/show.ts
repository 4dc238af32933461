import { Command, Option } from 'commander';
import { WaymarkError, type WaymarkErrorCode } from '../../../domain/shared/errors.js';
import { withWaymark } from '../open-waymark.js';
import { checkId, helpText } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';

interface ShowOptions extends SharedOptions {
  readonly state?: boolean;
}

/** `waymark show ID` */
export function showCommand(action: Action): Command {
  return new Command('show')
    .description('Show all about an execution, a checkpoint or an event.')
    .argument('<id>', 'the id of any of them')
    .addOption(new Option('--state', 'the state too: of the checkpoint, or of where the execution stands'))
    .addHelpText(
      'after',
      helpText(['waymark show EXECUTION', 'waymark show CHECKPOINT --state', 'waymark show EVENT --json']),
    )
    .action(action<ShowOptions, [string]>(show));
}

async function show(session: Session, options: ShowOptions, id: string): Promise<void> {
  await checkId(id, 'id');
  const views = await import('../output/views.js');
  const withState = options.state === true;
  await withWaymark(session, 'read', async (waymark) => {
    const execution = await unless('WAYMARK_EXECUTION_NOT_FOUND', waymark.executions.get(id));
    if (execution !== undefined) return views.showExecution(session, waymark, execution, withState);
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

function notFound(id: string, session: Session): WaymarkError {
  return new WaymarkError('WAYMARK_NOT_FOUND', `There is no execution, checkpoint or event ${id} in this store.`, {
    hint: `Find ids with ${session.command('executions')}, ${session.command('checkpoints', ['EXECUTION'])} or ${session.command('log', [], ['--ids'])}.`,
    details: { id },
  });
}
