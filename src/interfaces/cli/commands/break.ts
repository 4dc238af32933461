import { Command, Option } from 'commander';
import type { BreakpointLike } from '../../../domain/execution/breakpoints.js';
import { printable } from '../../text/printable.js';
import { breakpointText, parseBreakpoint } from '../breakpoint-argument.js';
import { withWaymark } from '../open-waymark.js';
import { actorOf, actorOption, checkId, given, helpText, workflowOption } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';

interface BreakOptions extends SharedOptions {
  readonly set?: readonly BreakpointLike[];
  readonly clear?: true;
  readonly actor?: string;
  readonly workflow?: string;
}

/** `waymark break EXECUTION` */
export function breakCommand(action: Action): Command {
  return new Command('break')
    .description('Show where a paused execution is to stop, or change that.')
    .argument('<execution>', 'the id of the execution')
    .addOption(
      new Option(
        '--set <where>',
        "stop there, and nowhere else: NODE, NODE:after, 'NODE if EXPRESSION', or * for every node; repeatable",
      ).argParser((value, previous: readonly BreakpointLike[] | undefined) => [
        ...(previous ?? []),
        parseBreakpoint(value),
      ]),
    )
    .addOption(new Option('--clear', 'stop nowhere').conflicts('set'))
    .addOption(actorOption())
    .addOption(workflowOption())
    .addHelpText(
      'after',
      helpText(
        ['waymark break ID', 'waymark break ID --set review --set "refine/draft:after if state.score < 0.5"'],
        [
          'Expressions are in CEL, over state, input, occurrence and, within loops and maps, iteration, item and index.',
        ],
      ),
    )
    .action(action<BreakOptions, [string]>(breakAt));
}

async function breakAt(session: Session, options: BreakOptions, executionId: string): Promise<void> {
  await checkId(executionId, 'execution id');
  const { set, clear } = options;
  const isChange = set !== undefined || clear === true;
  const { registerWorkflow } = await import('../register-workflow.js');
  await withWaymark(session, isChange ? 'change' : 'read', async (waymark) => {
    let execution = await waymark.executions.get(executionId);
    if (isChange) {
      await registerWorkflow(waymark, execution, options.workflow);
      const actor = actorOf(options.actor);
      execution = await waymark.executions.setBreakpoints(executionId, set ?? [], given({ actor }));
    }
    const { breakpoints } = execution;
    if (session.json) {
      session.printJson({ executionId, breakpoints });
      return;
    }
    for (const breakpoint of breakpoints) session.print(printable(breakpointText(breakpoint)));
    if (breakpoints.length === 0) session.print('no breakpoints');
  });
}
