import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createWaymark, type Waymark, WaymarkError } from 'waymark';
import { makeScreen, type Screen } from './screen.js';
import { showWhatIsLeft, type WalkThrough, walkThrough } from './walk-through.js';

const DEFAULT_STORE = './waymark.db';
const DEFAULT_REPORTS = 'reports';

const HELP = `Waymark's main example: a report over 10,000 wildlife strikes fails at its quality gate, and an operator takes it back.

Usage: npm start -- [options]

  --store URL|PATH    where to record: sqlite:PATH, a path, or memory: (default: $WAYMARK_STORE, or ${DEFAULT_STORE})
  --reports-dir PATH  where to write the reports (default: ${DEFAULT_REPORTS})
  -h, --help          show this

Run it again and it adds to the same log. What it does is told in examples/wildlife-strikes/README.md.`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  // Who reads no further (`| head`) should not end an execution half-way.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  let options: Options;
  try {
    options = readOptions(args, process.env);
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${HELP}`);
    return 2;
  }
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const interrupt = new AbortController();
  // Only the first: a second Ctrl-C ends the process as ever.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupt.abort('interrupted'));
  try {
    await run(options, makeScreen(process.stdout, process.env), interrupt.signal);
    return 0;
  } catch (error) {
    console.error(`\nerror: ${messageOf(error)}`);
    return 1;
  }
}

interface Options {
  readonly help: boolean;
  readonly storage: string;
  /** What the command line needs to find the store again. */
  readonly storeArguments: readonly string[];
  readonly reportsDir: string;
}

function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      store: { type: 'string' },
      'reports-dir': { type: 'string', default: DEFAULT_REPORTS },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const store = values.store ?? (env['WAYMARK_STORE'] || DEFAULT_STORE);
  return {
    help: values.help,
    storage: /^[a-z]{2,}:/i.test(store) ? store : `sqlite:${store}`,
    storeArguments: values.store === undefined ? [] : ['--store', values.store],
    reportsDir: resolve(values['reports-dir']),
  };
}

async function run(options: Options, screen: Screen, signal: AbortSignal): Promise<void> {
  const waymark = await createWaymark({ storage: options.storage });
  try {
    const { size } = await waymark.log.head();
    screen.say(
      'A report over 10,000 wildlife strikes fails at its quality gate, and an operator takes it back to before it.',
    );
    screen.say(
      `Everything is recorded in ${options.storage}${size === 0 ? '' : `, after the ${size} entries that it holds`}.`,
    );
    const walk = await walkThrough(waymark, { reportsDir: options.reportsDir, screen, signal });
    await showWhatIsLeft(waymark, walk, screen);
    screen.heading('7. The proof');
    await verify(waymark, screen);
    if (options.storage !== 'memory:') showCommands(walk, options.storeArguments, screen);
  } finally {
    await waymark.close();
  }
}

async function verify(waymark: Waymark, screen: Screen): Promise<void> {
  const { verdict, size, rootHash, detail } = await waymark.log.verify();
  if (verdict !== 'ok') throw new Error(`The log is not what was written: ${detail ?? verdict}`);
  screen.print(`log verified: ${size} entries, root ${rootHash}`);
}

function showCommands(
  { kept, dropped, beforeGate }: WalkThrough,
  storeArguments: readonly string[],
  screen: Screen,
): void {
  const commands = [
    ['executions'],
    ['show', kept.id],
    ['log', '--execution', dropped.id],
    ['checkpoints', kept.id],
    ['diff', beforeGate.id, kept.headCheckpointId],
    ['verify'],
  ];
  screen.heading('Look further');
  for (const command of commands) {
    screen.print(`  npx waymark ${[...command, ...storeArguments].map(shellQuoted).join(' ')}`);
  }
}

function shellQuoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}

/** What went wrong, and what to do about it where that is known. */
function messageOf(error: unknown): string {
  if (WaymarkError.is(error) && error.hint !== undefined) return `${error.message}\n${error.hint}`;
  return error instanceof Error ? error.message : String(error);
}
