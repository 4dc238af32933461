import { Command } from 'commander';
import type { ExecutionResult } from '../../../application/execution/execution-result.js';
import { helpText } from '../options.js';
import type { Action, Session } from '../session.js';
import { severalExecutions, type SeveralOptions, withSeveralOptions } from '../several-executions.js';
import { whyOf } from '../verb-arguments.js';

/** `waymark pause EXECUTION…` */
export function pauseCommand(action: Action): Command {
  return withSeveralOptions(new Command('pause').description('Stop executions before their next node.'))
    .addHelpText(
      'after',
      helpText(
        ['waymark pause ID --reason "the disk is nearly full"', 'waymark pause --status running --dry-run'],
        ['An execution is paused by the process that runs it: a host asks it with executions.pause(id).'],
      ),
    )
    .action(action<SeveralOptions, [readonly string[]]>(pause));
}

async function pause(session: Session, options: SeveralOptions, ids: readonly string[]): Promise<number> {
  const { idempotencyKey: _, ...why } = whyOf(options);
  return severalExecutions<ExecutionResult>(session, options, ids, {
    done: 'paused',
    run: (waymark, items) => waymark.executions.batch('pause', items, why),
    describe: ({ status }) => status,
  });
}
