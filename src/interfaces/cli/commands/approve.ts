import { Command, Option } from 'commander';
import { answerExecution, type AnswerOptions, NO_RESUME } from '../answer-execution.js';
import { actorOption, given, helpText, workflowOption } from '../options.js';
import type { Action, Session } from '../session.js';

interface ApproveCommandOptions extends AnswerOptions {
  readonly node?: string;
  readonly at?: string;
  readonly comment?: string;
}

/** `waymark approve EXECUTION` */
export function approveCommand(action: Action): Command {
  return new Command('approve')
    .description('Approve what a node of an execution waits for, and let the execution go on.')
    .argument('<execution>', 'the id of the execution')
    .addOption(new Option('--node <node>', 'which node, where several wait'))
    .addOption(new Option('--at <address>', 'which instance of it, within loops and maps: each[3]/review'))
    .addOption(new Option('--comment <text>', 'what to say to it, recorded with the decision'))
    .addOption(actorOption())
    .addOption(workflowOption())
    .addOption(new Option('--no-resume', NO_RESUME))
    .addHelpText('after', helpText(['waymark approve ID', 'waymark approve ID --node review --comment "looks good"']))
    .action(action<ApproveCommandOptions, [string]>(approve));
}

function approve(session: Session, options: ApproveCommandOptions, executionId: string): Promise<number> {
  const { node: nodeId, at: address, comment } = options;
  return answerExecution(
    session,
    options,
    executionId,
    (node = '') => `approved ${node}`,
    (waymark, actor) => waymark.executions.approve(executionId, given({ nodeId, address, comment, actor })),
  );
}
