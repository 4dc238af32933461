import type { AnswerResult } from '../../application/execution/waiting/answer-wait.js';
import type { Waymark } from '../../composition/waymark.js';
import { printable } from '../text/printable.js';
import { changeExecution, type ChangeOptions } from './change-execution.js';
import { EXIT } from './errors.js';
import { checkId } from './options.js';
import { renderNextSteps } from './output/next-steps.js';
import type { Session, SharedOptions } from './session.js';

/** The options of every command that answers what an execution waits for. */
export interface AnswerOptions extends SharedOptions, Pick<ChangeOptions, 'actor' | 'workflow'> {
  /** Whether it goes on at once: `--no-resume` says not. */
  readonly resume: boolean;
}

/** What `--no-resume` is for. */
export const NO_RESUME = 'only record it: whoever resumes the execution goes on with it';

/**
 * Brings an answer to an execution that stands still, and sees it to its end where it goes on here.
 *
 * @param said what was said, for people: `approved review`
 */
export async function answerExecution(
  session: Session,
  options: AnswerOptions,
  executionId: string,
  said: (nodeId: string | undefined) => string,
  answer: (waymark: Waymark, actor: string | undefined) => Promise<AnswerResult>,
): Promise<number> {
  await checkId(executionId, 'execution id');
  return changeExecution(session, options, async ({ waymark, actor, register, drive }) => {
    if (options.resume) await register(await waymark.executions.get(executionId));
    const { run, ...answered } = await answer(waymark, actor);
    if (run !== undefined) {
      session.note(saidTo(said, answered));
      return drive(() => Promise.resolve(run));
    }
    if (session.json) session.printJson(answered);
    else session.print(describe(session, saidTo(said, answered), answered));
    return EXIT.done;
  });
}

function saidTo(said: (nodeId: string | undefined) => string, { nodeId }: AnswerResult): string {
  return said(nodeId === null ? undefined : printable(nodeId));
}

function describe(session: Session, said: string, { executionId, outcome }: AnswerResult): string {
  const { bold } = session.palette;
  const isKept = outcome === 'kept';
  return [
    bold(said),
    isKept
      ? '  Nothing waits for it yet: it is kept until a node does.'
      : '  It is recorded. The execution goes on with it when it is resumed.',
    renderNextSteps(session, [
      { purpose: 'all about it', name: 'show', operands: [executionId] },
      ...(isKept ? [] : [{ purpose: 'let it go on', name: 'resume', operands: [executionId] }]),
    ]),
  ].join('\n');
}
