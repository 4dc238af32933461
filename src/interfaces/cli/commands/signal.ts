import { Command, Option } from 'commander';
import { answerExecution, type AnswerOptions, NO_RESUME } from '../answer-execution.js';
import { printable } from '../../text/printable.js';
import { readJsonArgument } from '../json-argument.js';
import { actorOption, checkId, given, helpText, workflowOption } from '../options.js';
import type { Action, Session } from '../session.js';

interface SignalCommandOptions extends AnswerOptions {
  readonly payload?: string;
}

/** `waymark signal EXECUTION NAME` */
export function signalCommand(action: Action): Command {
  return new Command('signal')
    .description('Send a signal to an execution. One that nothing waits for yet is kept until a node does.')
    .argument('<execution>', 'the id of the execution')
    .argument('<name>', 'the name of the signal')
    .addOption(new Option('--payload <json>', 'what comes with it: JSON, @FILE, or - for stdin'))
    .addOption(actorOption())
    .addOption(workflowOption())
    .addOption(new Option('--no-resume', NO_RESUME))
    .addHelpText('after', helpText(['waymark signal ID paid', `waymark signal ID paid --payload '{"amount": 12.5}'`]))
    .action(action<SignalCommandOptions, [string, string]>(signal));
}

async function signal(
  session: Session,
  options: SignalCommandOptions,
  executionId: string,
  name: string,
): Promise<number> {
  await checkId(name, 'signal name');
  const payload =
    options.payload === undefined ? undefined : await readJsonArgument(options.payload, '--payload', session.io);
  const sent = `sent ${printable(name)}`;
  const said = (node: string | undefined): string => (node === undefined ? sent : `${sent} to ${node}`);
  return answerExecution(session, options, executionId, said, (waymark, actor) =>
    waymark.executions.signal(executionId, name, payload, given({ actor })),
  );
}
