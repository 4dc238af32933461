import { Command, Option } from 'commander';
import { changeExecution } from '../change-execution.js';
import { readJsonArgument } from '../json-argument.js';
import { checkId, given, helpText, workflowOption } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';
import { type WhyOptions, whyOf, whyOptions } from '../verb-arguments.js';

interface SkipCommandOptions extends SharedOptions, WhyOptions {
  readonly workflow?: string;
  readonly output?: string;
}

/** `waymark skip EXECUTION NODE` */
export function skipCommand(action: Action): Command {
  const command = new Command('skip')
    .description('Pass a node over that failed, waits or is yet to run, as if it were done, and go on.')
    .argument('<execution>', 'the id of the execution')
    .argument('<node>', 'the node; its address, refine[2]/draft, where it is open several times')
    .addOption(new Option('--output <json>', 'what it is to have returned: a JSON object, @FILE, or - for stdin'))
    .addOption(workflowOption());
  for (const option of whyOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      helpText([
        'waymark skip ID translate --reason "done by hand"',
        'waymark skip ID translate --output \'{"text": "by hand"}\' --reason "done by hand"',
      ]),
    )
    .action(action<SkipCommandOptions, [string, string]>(skip));
}

async function skip(
  session: Session,
  options: SkipCommandOptions,
  executionId: string,
  nodeId: string,
): Promise<number> {
  await checkId(executionId, 'execution id');
  await checkId(nodeId, 'node id');
  const output =
    options.output === undefined ? undefined : await readJsonArgument(options.output, '--output', session.io);
  return changeExecution(session, options, async ({ waymark, register, drive }) => {
    await register(await waymark.executions.get(executionId));
    // What it must be is checked with the verb.
    const node = { nodeId, ...given({ output: output as Record<string, unknown> | undefined }) };
    return drive(() => waymark.executions.skipNode(executionId, node, whyOf(options)));
  });
}
