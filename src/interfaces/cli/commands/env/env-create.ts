import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import type { Environment } from '../../../../application/environment/environment.js';
import type { EnvironmentSpec } from '../../../../domain/environment/environment-spec.js';
import { printable } from '../../../text/printable.js';
import { plural } from '../../../text/quantities.js';
import { usageError } from '../../errors.js';
import { interruptible } from '../../interruptible.js';
import { readJsonArgument } from '../../json-argument.js';
import { withWaymark } from '../../open-waymark.js';
import { actorOf, actorOption, collect, given, helpText } from '../../options.js';
import type { Action, Session, SharedOptions } from '../../session.js';

interface EnvCreateOptions extends SharedOptions {
  readonly runtime?: string;
  readonly runtimeVersion?: string;
  readonly package?: readonly string[];
  readonly variable?: readonly string[];
  readonly lock?: string;
  readonly spec?: string;
  readonly actor?: string;
}

const HELP = 'See waymark env create --help.';
/** Stands for any version. */
const ANY = '*';

/** `waymark env create` */
export function envCreateCommand(action: Action): Command {
  return new Command('create')
    .description('Make an environment, or find the one that is there.')
    .addOption(new Option('--runtime <name>', 'what runs in it').choices(['node', 'python']))
    .addOption(new Option('--runtime-version <version>', 'its version, or the beginning of one: 20, 3.11'))
    .addOption(
      new Option('--package <name@range>', 'a package, in any version without a range; repeatable').argParser(collect),
    )
    .addOption(
      new Option('--variable <name=value>', 'a variable that its processes see; repeatable').argParser(collect),
    )
    .addOption(new Option('--lock <file>', 'install what this says: package-lock.json, or pinned requirements'))
    .addOption(new Option('--spec <file>', 'instead of these: the specification as JSON; - for stdin'))
    .addOption(actorOption())
    .addHelpText(
      'after',
      helpText(
        [
          'waymark env create --runtime node --package typescript@~5.9.0 --package @types/node@24',
          'waymark env create --runtime node --lock package-lock.json',
          'waymark env create --runtime python --runtime-version 3.11 --package "requests@>=2.32,<3"',
          'waymark env create --spec environment.json',
        ],
        [
          'Whoever asks for the same gets the same environment: it is made once.',
          'Packages for Node run no install scripts.',
        ],
      ),
    )
    .action(action<EnvCreateOptions, []>(create));
}

async function create(session: Session, options: EnvCreateOptions): Promise<void> {
  const spec = await specOf(session, options);
  await withWaymark(session, 'create', ({ environments }) =>
    interruptible(session, 'the same command', async (signal) => {
      const onLine = (line: string): void => session.note(printable(line));
      const verb = { signal, onLine, source: 'cli' as const, ...given({ actor: actorOf(options.actor) }) };
      // What this process used is released when the store is closed.
      const environment = await environments.ensure(spec, verb);
      if (session.json) session.printJson(toJson(environment));
      else session.print(describe(session, environment));
    }),
  );
}

/** What was asked for. What it may say is checked where environments are made. */
async function specOf(session: Session, options: EnvCreateOptions): Promise<EnvironmentSpec> {
  const { runtime, runtimeVersion: version, spec: file, lock } = options;
  if (file !== undefined) {
    if ([runtime, version, options.package, options.variable, lock].some((option) => option !== undefined)) {
      throw usageError('--spec says everything: leave the other options out.', HELP);
    }
    return (await readJsonArgument(file === '-' ? file : `@${file}`, '--spec', session.io)) as EnvironmentSpec;
  }
  if (runtime === undefined) throw usageError('Say what it is for: --runtime, or --spec.', HELP);
  return given({
    runtime,
    version,
    packages: entries(options.package, namedPackage),
    variables: entries(options.variable, namedVariable),
    lock: lock === undefined ? undefined : await lockIn(lock),
  }) as EnvironmentSpec;
}

function entries(
  texts: readonly string[] | undefined,
  parse: (text: string) => readonly [string, string],
): Readonly<Record<string, string>> | undefined {
  return texts === undefined ? undefined : Object.fromEntries(texts.map(parse));
}

/** The first character may be that of a scope. */
function namedPackage(text: string): readonly [string, string] {
  const at = text.indexOf('@', 1);
  return at === -1 ? [text, ANY] : [text.slice(0, at), text.slice(at + 1) || ANY];
}

function namedVariable(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw usageError(`--variable is no NAME=VALUE: ${printable(text)}.`, HELP);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

async function lockIn(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageError(`--lock can't be read: ${printable(reason)}.`, HELP);
  }
}

function toJson({ id, specHash, path, record, activation }: Environment): object {
  return { id, specHash, path, installed: record.installed, activation };
}

function describe(session: Session, { id, path, record }: Environment): string {
  const { installed, spec } = record;
  const what = `${spec.runtime}, ${plural(installed.length, 'package')}`;
  return [`${session.palette.green('ready')} ${id}  ${what}`, ...(path === null ? [] : [printable(path)])].join('\n');
}
