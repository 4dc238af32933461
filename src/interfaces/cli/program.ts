import { Command, CommanderError, Option } from 'commander';
import { makePalette } from '../text/palette.js';
import { approveCommand } from './commands/approve.js';
import { breakCommand } from './commands/break.js';
import { cancelCommand } from './commands/cancel.js';
import { checkpointsCommand } from './commands/checkpoints.js';
import { diffCommand } from './commands/diff.js';
import { doctorCommand } from './commands/doctor.js';
import { editCommand } from './commands/edit.js';
import { envCommand } from './commands/env/env.js';
import { eraseCommand } from './commands/erase.js';
import { executionsCommand } from './commands/executions.js';
import { exportCommand } from './commands/export.js';
import { filesCommand } from './commands/files/files.js';
import { forkCommand } from './commands/fork.js';
import { graphCommand } from './commands/graph.js';
import { importCommand } from './commands/import.js';
import { labelExecutionCommand } from './commands/label.js';
import { logCommand } from './commands/log.js';
import { pauseCommand } from './commands/pause.js';
import { proveCommand } from './commands/prove.js';
import { pruneCommand } from './commands/prune.js';
import { recoverCommand } from './commands/recover.js';
import { rejectCommand } from './commands/reject.js';
import { rerunCommand } from './commands/rerun.js';
import { restartCommand } from './commands/restart.js';
import { resumeCommand } from './commands/resume.js';
import { retainCommand } from './commands/retain.js';
import { retryCommand } from './commands/retry.js';
import { rollbackCommand } from './commands/rollback.js';
import { runCommand } from './commands/run.js';
import { schemaCommand } from './commands/schema.js';
import { sealCommand } from './commands/seal.js';
import { showCommand } from './commands/show.js';
import { signalCommand } from './commands/signal.js';
import { skipCommand } from './commands/skip.js';
import { stepCommand } from './commands/step.js';
import { verifyCommand } from './commands/verify.js';
import { workspaceCommand } from './commands/workspace/workspace.js';
import type { WaymarkError } from '../../domain/shared/errors.js';
import type { CliIo } from './cli-io.js';
import { exitCodeFor, EXIT, toWaymarkError, usageError, withHint } from './errors.js';
import { masterKeyOption } from './master-key.js';
import { helpText } from './options.js';
import { errorJson, errorText } from './output/error-report.js';
import { packageFacts } from './package-facts.js';
import { type Action, Session, type SharedOptions, wantsColor } from './session.js';

const COMMANDS = [
  ['run', runCommand],
  ['executions', executionsCommand],
  ['show', showCommand],
  ['graph', graphCommand],
  ['log', logCommand],
  ['checkpoints', checkpointsCommand],
  ['diff', diffCommand],
  ['rollback', rollbackCommand],
  ['fork', forkCommand],
  ['rerun', rerunCommand],
  ['restart', restartCommand],
  ['resume', resumeCommand],
  ['pause', pauseCommand],
  ['cancel', cancelCommand],
  ['retry', retryCommand],
  ['skip', skipCommand],
  ['edit', editCommand],
  ['label', labelExecutionCommand],
  ['step', stepCommand],
  ['break', breakCommand],
  ['recover', recoverCommand],
  ['approve', approveCommand],
  ['reject', rejectCommand],
  ['signal', signalCommand],
  ['verify', verifyCommand],
  ['prove', proveCommand],
  ['seal', sealCommand],
  ['prune', pruneCommand],
  ['retain', retainCommand],
  ['erase', eraseCommand],
  ['export', exportCommand],
  ['import', importCommand],
  ['files', filesCommand],
  ['workspace', workspaceCommand],
  ['env', envCommand],
  ['schema', schemaCommand],
  ['doctor', doctorCommand],
] as const;

/**
 * Runs the command line.
 *
 * @param args without the program's own name
 * @returns the exit code: 0 done, 1 the thing failed, 2 wrong usage
 */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  const unread = new AbortController();
  for (const stream of [io.stdout, io.stderr]) stream.on('error', (error) => onWriteError(error, unread, io));
  let code: number = EXIT.done;
  const shown: string[] = [];
  const action: Action =
    (work) =>
    async (...received) => {
      const command = received.at(-1) as Command;
      const options = command.optsWithGlobals<SharedOptions>();
      code =
        (await work(new Session(io, options, unread.signal), options as never, ...(received.slice(0, -2) as never))) ??
        code;
    };
  try {
    await buildProgram(action, io, (help) => shown.push(help)).parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    return reportError(error, args, io, shown.join(''));
  }
}

/**
 * The program with all its commands. Building it loads nothing but commander: what a command needs is loaded when it is
 * called.
 *
 * @param onHelp is told the help that commander shows where a command is missing
 */
function buildProgram(action: Action, io: CliIo, onHelp: (text: string) => void): Command {
  const program = new Command('waymark')
    .description(
      'The flight recorder for workflow engines: run workflows, look at what happened, go back, and prove it.',
    )
    .version(packageFacts().version, '--version', 'print the version')
    .addOption(
      new Option(
        '--store <url>',
        'the store: sqlite:PATH?options, a path, postgres://USER@HOST/DATABASE?options, or memory: (default: $WAYMARK_STORE, else ./waymark.db)',
      ),
    )
    .addOption(new Option('--json', 'print JSON; errors are JSON on stderr'))
    .addOption(masterKeyOption())
    .addOption(
      new Option(
        '--home <folder>',
        'where files, workspaces and environments are (default: beside the store, PATH.files)',
      ),
    )
    .addOption(new Option('--no-color', 'no colours (NO_COLOR and FORCE_COLOR are respected too)'))
    .helpCommand(false)
    .addHelpText(
      'after',
      helpText(
        [
          'waymark run hello.ts --input \'{"name": "Ada"}\'',
          'waymark executions',
          'waymark log --execution ID --follow',
          'waymark verify',
        ],
        [
          'Exit codes: 0 done, 1 the thing failed, 2 wrong usage.',
          '`waymark COMMAND --help` tells more, with examples.',
        ],
      ),
    );
  for (const [, make] of COMMANDS) program.addCommand(make(action));
  for (const command of [program, ...program.commands.flatMap((each) => [each, ...each.commands])]) {
    command
      .exitOverride()
      .configureHelp({
        showGlobalOptions: true,
        // The options of a command in between are its own, and mean nothing to what is below it.
        visibleGlobalOptions: (shown) => (shown === program ? [] : [...program.options]),
      })
      .configureOutput({
        writeOut: (text) => void io.stdout.write(text),
        // Help that was asked for goes to stdout. What is wrong is told by `reportError`, in one form for all errors.
        writeErr: onHelp,
        outputError: () => undefined,
        getOutHelpWidth: () => io.stdout.columns ?? 80,
      });
  }
  return program;
}

/**
 * Tells of an error on stderr, in the form that was asked for. Returns the exit code.
 *
 * @param shown the help of the command that was called without one of its own commands
 */
export function reportError(thrown: unknown, given: readonly string[], io: CliIo, shown = ''): number {
  // What follows is no option, whatever it looks like.
  const end = given.indexOf('--');
  const args = end === -1 ? given : given.slice(0, end);
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.done;
  const help = helpCommandFor(args);
  const error = thrown instanceof CommanderError ? fromCommander(thrown, help) : withHint(toWaymarkError(thrown), help);
  const debug = Boolean(io.env['WAYMARK_DEBUG']) && io.env['WAYMARK_DEBUG'] !== '0';
  const palette = makePalette(wantsColor(io.stderr, io.env, !args.includes('--no-color')));
  const isJson = args.includes('--json');
  if (!isJson && shown !== '' && commandIn(args) !== undefined) io.stderr.write(`${shown}\n`);
  io.stderr.write(`${isJson ? errorJson(error, debug) : errorText(error, palette, debug)}\n`);
  return exitCodeFor(error);
}

/** The command that tells what commands there are. */
const PROGRAM_HELP = 'waymark --help';

/** What commander found wrong, in our form. */
function fromCommander(error: CommanderError, help: string): WaymarkError {
  if (error.code === 'commander.help') {
    if (help !== PROGRAM_HELP) return usageError('No command was given.', `${help} tells more, with examples.`);
    return usageError('No command was given.', 'waymark --help lists the commands; waymark run FILE runs a workflow.');
  }
  return usageError(sentence(error.message.replace(/^error: /, '').replaceAll('\n', ' ')), `See ${help}.`);
}

/** The command that tells how the one that was called is used. */
function helpCommandFor(args: readonly string[]): string {
  const called = commandIn(args);
  return called === undefined ? PROGRAM_HELP : `waymark ${called} --help`;
}

/** The first one: `waymark files show` is no `waymark show`. */
function commandIn(args: readonly string[]): string | undefined {
  return args.find((arg) => COMMANDS.some(([name]) => name === arg));
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?!)]$/.test(begun) ? begun : `${begun}.`;
}

/**
 * A reader that has gone (`| head`) is no error: what is left is written to nobody. Anything else (a full disk) ends
 * the program.
 */
function onWriteError(error: NodeJS.ErrnoException, unread: AbortController, io: CliIo): void {
  unread.abort();
  if (error.code !== 'EPIPE') io.exit(EXIT.failed);
}
