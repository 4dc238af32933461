import { Command, Option } from 'commander';
import { changeExecution } from '../change-execution.js';
import { checkId, given, helpText, wholeNumber, workflowOption } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';
import { type WhyOptions, whyOf, whyOptions } from '../verb-arguments.js';

interface RetryCommandOptions extends SharedOptions, WhyOptions {
  readonly workflow?: string;
  readonly occurrence?: number;
}

/** `waymark retry EXECUTION NODE` */
export function retryCommand(action: Action): Command {
  const command = new Command('retry')
    .description('Try a node again that failed, as the next attempt of the same occurrence, and go on.')
    .argument('<execution>', 'the id of the execution')
    .argument('<node>', 'the node that failed')
    .addOption(
      new Option('--occurrence <n>', 'the n-th time that it was reached; the last one when left out').argParser(
        wholeNumber(1, Number.MAX_SAFE_INTEGER),
      ),
    )
    .addOption(workflowOption());
  for (const option of whyOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      helpText(
        ['waymark retry ID charge --reason "the bank is back"'],
        ['What failed beside it is tried again too. waymark rerun begins before any other node, as a new execution.'],
      ),
    )
    .action(action<RetryCommandOptions, [string, string]>(retry));
}

async function retry(
  session: Session,
  options: RetryCommandOptions,
  executionId: string,
  nodeId: string,
): Promise<number> {
  await checkId(executionId, 'execution id');
  await checkId(nodeId, 'node id');
  return changeExecution(session, options, async ({ waymark, register, drive }) => {
    await register(await waymark.executions.get(executionId));
    const node = { nodeId, ...given({ occurrence: options.occurrence }) };
    return drive(() => waymark.executions.retryNode(executionId, node, whyOf(options)));
  });
}
