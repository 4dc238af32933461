import { Command, Option } from 'commander';
import type { BreakpointLike } from '../../../domain/execution/breakpoints.js';
import { breakpointOption } from '../breakpoint-argument.js';
import { readJsonArgument } from '../json-argument.js';
import { loadWorkflow } from '../load-workflow.js';
import { withWaymark } from '../open-waymark.js';
import { actorOf, actorOption, given, helpText } from '../options.js';
import { reportResult } from '../output/result-report.js';
import type { Action, Session, SharedOptions } from '../session.js';

interface RunOptions extends SharedOptions {
  readonly export?: string;
  readonly input?: string;
  readonly breakpoint?: readonly BreakpointLike[];
  readonly label?: string;
  readonly actor?: string;
}

/** `waymark run FILE` */
export function runCommand(action: Action): Command {
  return new Command('run')
    .description('Run a workflow from a TypeScript, JavaScript, YAML or JSON file, and record everything it does.')
    .argument('<file>', 'the file: one that exports defineWorkflow({ … }), or one of YAML or JSON with steps')
    .addOption(new Option('--export <name>', 'which export, when the file has several workflows'))
    .addOption(new Option('--input <json>', 'the input: JSON, @FILE, or - for stdin (default: {})'))
    .addOption(breakpointOption('where to stop'))
    .addOption(new Option('--label <text>', 'a name for people'))
    .addOption(actorOption())
    .addHelpText(
      'after',
      helpText(
        [
          'waymark run hello.ts --input \'{"name": "Ada"}\'',
          'waymark run pipeline.yaml --input @input.json --breakpoint review --actor user:ada',
          'generate | waymark run pipeline.ts --input - --json',
        ],
        [
          'Progress is written to stderr, the result to stdout; what the workflow itself writes to stdout goes to stderr.',
          'Ctrl-C cancels the execution, a second one ends the program without waiting for that. A node that blocks the event loop is not',
          'interrupted: it is cancelled when it returns, and no other is begun. What was recorded stays, and can be resumed or rolled back.',
          'Exit code 0 when it completed or stands at a breakpoint, 1 when it failed or was cancelled.',
        ],
      ),
    )
    .action(action<RunOptions, [string]>(run));
}

async function run(session: Session, options: RunOptions, file: string): Promise<number> {
  const workflow = await loadWorkflow(file, given({ exportName: options.export }));
  const input = options.input === undefined ? {} : await readJsonArgument(options.input, '--input', session.io);
  const { driveExecution } = await import('../drive-execution.js');
  const actor = actorOf(options.actor);
  return withWaymark(session, 'create', async (waymark) => {
    const start = given({ breakpoints: options.breakpoint, label: options.label, actor });
    const result = await driveExecution(session, waymark, actor, () =>
      waymark.executions.start(workflow, input, start),
    );
    return reportResult(session, result);
  });
}
