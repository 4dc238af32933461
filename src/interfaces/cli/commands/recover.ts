import { Command, Option } from 'commander';
import type { ExecutionResult } from '../../../application/execution/execution-result.js';
import type { Recovery } from '../../../application/execution/recover-executions.js';
import type { Waymark } from '../../../composition/waymark.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import { statusColor } from '../../text/palette.js';
import { printable } from '../../text/printable.js';
import { EXIT } from '../errors.js';
import { withWaymark } from '../open-waymark.js';
import { actorOf, actorOption, collect, given, helpText, wholeNumber } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';
import { WorkflowFiles } from '../workflow-files.js';

interface RecoverCommandOptions extends SharedOptions {
  readonly workflow?: readonly string[];
  readonly limit: number;
  readonly watch?: true;
  readonly every: number;
  readonly actor?: string;
}

/** What became of one, as it is printed. */
interface Report {
  readonly executionId: string;
  readonly action: Recovery['action'];
  /** How it ended, or why it stands still, where it was taken up. */
  readonly status?: ExecutionResult['status'];
  /** Why it was left, or why its run failed here. */
  readonly reason?: string;
  readonly code?: string;
}

/** `waymark recover` */
export function recoverCommand(action: Action): Command {
  return new Command('recover')
    .description('Take up executions that nobody sees to: whose process is gone, or whose time has come.')
    .addOption(
      new Option(
        '--workflow <file>',
        'a file with workflows, beside those that executions were started from; repeatable',
      ).argParser(collect),
    )
    .addOption(new Option('--limit <n>', 'how many at most at a time').argParser(wholeNumber(1, 10_000)).default(100))
    .addOption(new Option('--watch', 'go on looking, until Ctrl-C'))
    .addOption(new Option('--every <seconds>', 'how often, with --watch').argParser(wholeNumber(1, 86_400)).default(5))
    .addOption(actorOption())
    .addHelpText(
      'after',
      helpText(
        ['waymark recover', 'waymark recover --workflow import.ts --workflow export.ts --watch'],
        ['Ctrl-C takes up nothing more, and waits for what runs. Once more ends the program without waiting.'],
      ),
    )
    .action(action<RecoverCommandOptions, []>(recover));
}

async function recover(session: Session, options: RecoverCommandOptions): Promise<number> {
  const files = new WorkflowFiles();
  for (const file of options.workflow ?? []) await files.load(file);
  return withWaymark(session, 'change', async (waymark) => {
    files.registerAll(waymark);
    const stop = new AbortController();
    const running = new Set<string>();
    const release = session.io.onInterrupt(() => {
      if (stop.signal.aborted) session.io.exit(130);
      if (running.size > 0) session.note(`waiting for ${running.size} that run; once more ends the program`);
      stop.abort();
    });
    try {
      return await rounds(new Round(session, waymark, files, options, running), session, options, stop.signal);
    } finally {
      release();
    }
  });
}

async function rounds(
  round: Round,
  session: Session,
  { watch, every }: RecoverCommandOptions,
  stop: AbortSignal,
): Promise<number> {
  const signal = AbortSignal.any([stop, session.unread]);
  const endings: Promise<Report>[] = [];
  if (watch === true) {
    session.note('looking for executions that nobody sees to; Ctrl-C ends it');
    const { setTimeout: delay } = await import('node:timers/promises');
    while (!signal.aborted) {
      for (const ending of await round.take(signal)) endings.push(ending.then((report) => round.print(report)));
      await delay(every * 1_000, undefined, { signal }).catch(() => undefined);
    }
    await Promise.all(endings);
    return EXIT.done;
  }
  for (const ending of await round.take(signal)) endings.push(ending);
  const reports = await Promise.all(endings);
  if (session.json) session.printJson(reports);
  else for (const report of reports) round.print(report);
  if (reports.length === 0) session.note('There is nothing to take up.');
  return reports.every(isWell) ? EXIT.done : EXIT.failed;
}

/** Looks once for what is to be taken up, and tells how each ends. */
class Round {
  readonly #session: Session;
  readonly #waymark: Waymark;
  readonly #files: WorkflowFiles;
  readonly #options: RecoverCommandOptions;
  readonly #running: Set<string>;
  /** What was said of those that were left, so that it is said once. */
  readonly #left = new Map<string, string>();

  constructor(
    session: Session,
    waymark: Waymark,
    files: WorkflowFiles,
    options: RecoverCommandOptions,
    running: Set<string>,
  ) {
    this.#session = session;
    this.#waymark = waymark;
    this.#files = files;
    this.#options = options;
    this.#running = running;
  }

  /** Takes up what there is. */
  async take(signal: AbortSignal): Promise<readonly Promise<Report>[]> {
    const actor = actorOf(this.#options.actor);
    const ask = (): Promise<readonly Recovery[]> =>
      this.#waymark.executions.recover({ limit: this.#options.limit, signal, ...given({ actor }) });
    const first = await ask();
    const missing = first.filter(isWithoutWorkflow).map(({ executionId }) => executionId);
    const found = await this.#files.registerFor(this.#waymark, missing);
    // What was left for want of its workflow, which was found where it had been started from.
    const second = found.size === 0 ? [] : await ask();
    const known = new Set(second.map(({ executionId }) => executionId));
    const all = [...first.filter(({ executionId }) => !known.has(executionId)), ...second];
    return all.filter((recovery) => this.#isNew(recovery)).map((recovery) => this.#ending(recovery));
  }

  print(report: Report): Report {
    if (this.#session.json) {
      this.#session.printJsonLine(report);
      return report;
    }
    const { palette } = this.#session;
    const { executionId, action, status, reason } = report;
    const ended = status === undefined ? [] : [statusColor(palette, status)(status)];
    const why = reason === undefined ? [] : [printable(reason)];
    this.#session.print([printable(executionId), action.replace('-', ' '), ...ended, ...why].join('  '));
    return report;
  }

  #isNew(recovery: Recovery): boolean {
    if (recovery.action !== 'left') return true;
    if (this.#left.get(recovery.executionId) === recovery.reason) return false;
    this.#left.set(recovery.executionId, recovery.reason);
    return true;
  }

  async #ending(recovery: Recovery): Promise<Report> {
    const { executionId, action } = recovery;
    if (recovery.action === 'left') {
      return { executionId, action, reason: recovery.reason, ...codeOf(recovery.error) };
    }
    this.#running.add(executionId);
    try {
      const result = await recovery.handle?.result();
      if (result === undefined) return { executionId, action };
      return { executionId, action, status: result.status, ...reasonOf(result) };
    } catch (error) {
      return { executionId, action, reason: (error as Error).message, ...codeOf(error) };
    } finally {
      this.#running.delete(executionId);
    }
  }
}

function isWithoutWorkflow(recovery: Recovery): boolean {
  return recovery.action === 'left' && WaymarkError.is(recovery.error, 'WAYMARK_WORKFLOW_NOT_REGISTERED');
}

/** What somebody else took up meanwhile is well; what failed, or nobody can take up here, is not. */
function isWell({ action, status, code }: Report): boolean {
  if (action === 'left') return code === 'WAYMARK_VERSION_CONFLICT';
  return code === undefined && status !== 'failed';
}

function codeOf(error: unknown): { readonly code?: string } {
  return WaymarkError.is(error) ? { code: error.code } : {};
}

function reasonOf(result: ExecutionResult): { readonly reason?: string } {
  switch (result.status) {
    case 'completed':
      return {};
    case 'failed':
      return { reason: result.error.message };
    case 'paused':
    case 'cancelled':
      return { reason: result.reason };
  }
}
