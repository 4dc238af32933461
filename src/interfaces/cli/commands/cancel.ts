import { Command } from 'commander';
import type { ExecutionResult } from '../../../application/execution/execution-result.js';
import { helpText } from '../options.js';
import type { Action, Session } from '../session.js';
import { severalExecutions, type SeveralOptions, withSeveralOptions } from '../several-executions.js';
import { whyOf } from '../verb-arguments.js';

/** `waymark cancel EXECUTION…` */
export function cancelCommand(action: Action): Command {
  return withSeveralOptions(
    new Command('cancel').description('End executions that stand still, or that were left behind.'),
  )
    .addHelpText(
      'after',
      helpText(
        ['waymark cancel ID --reason "not needed any more"', 'waymark cancel --status paused --workflow etl --dry-run'],
        [
          'One that another process runs is cancelled there. What ends it lets go of is waiting again: roll back, or fork.',
        ],
      ),
    )
    .action(action<SeveralOptions, [readonly string[]]>(cancel));
}

async function cancel(session: Session, options: SeveralOptions, ids: readonly string[]): Promise<number> {
  const { idempotencyKey: _, ...why } = whyOf(options);
  return severalExecutions<ExecutionResult>(session, options, ids, {
    done: 'cancelled',
    run: (waymark, items) => waymark.executions.batch('cancel', items, why),
    describe: ({ status }) => status,
  });
}
