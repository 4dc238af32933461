import { Command, Option } from 'commander';
import { answerExecution, type AnswerOptions, NO_RESUME } from '../answer-execution.js';
import { actorOption, given, helpText, workflowOption } from '../options.js';
import type { Action, Session } from '../session.js';

interface RejectCommandOptions extends AnswerOptions {
  readonly node?: string;
  readonly at?: string;
  readonly reason: string;
}

/** `waymark reject EXECUTION` */
export function rejectCommand(action: Action): Command {
  return new Command('reject')
    .description('Reject what a node of an execution waits for. The node fails, unless its definition says otherwise.')
    .argument('<execution>', 'the id of the execution')
    .addOption(new Option('--reason <text>', 'why, recorded with the decision').makeOptionMandatory())
    .addOption(new Option('--node <node>', 'which node, where several wait'))
    .addOption(new Option('--at <address>', 'which instance of it, within loops and maps: each[3]/review'))
    .addOption(actorOption())
    .addOption(workflowOption())
    .addOption(new Option('--no-resume', NO_RESUME))
    .addHelpText('after', helpText(['waymark reject ID --reason "the figures of May are missing"']))
    .action(action<RejectCommandOptions, [string]>(reject));
}

function reject(session: Session, options: RejectCommandOptions, executionId: string): Promise<number> {
  const { node: nodeId, at: address, reason } = options;
  return answerExecution(
    session,
    options,
    executionId,
    (node = '') => `rejected ${node}`,
    (waymark, actor) => waymark.executions.reject(executionId, { reason, ...given({ nodeId, address, actor }) }),
  );
}
