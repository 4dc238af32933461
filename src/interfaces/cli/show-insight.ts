import type { Waymark } from '../../composition/waymark.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { statusColor } from '../text/palette.js';
import { printable } from '../text/printable.js';
import type { InsightOptions } from './insight-options.js';
import { registerWorkflow } from './register-workflow.js';
import type { Session } from './session.js';

/** Prints the parts of an execution's story that are wanted. */
export async function showInsight(
  session: Session,
  waymark: Waymark,
  execution: ExecutionSnapshot,
  options: InsightOptions,
): Promise<void> {
  if (options.graph === true || options.mermaid === true) await tryDefinition(session, waymark, execution, options);
  const [{ waterfallOf }, { findCriticalPath }, { findSlowest }, { whyItWaits }, { toMermaid }, views] =
    await Promise.all([
      import('../../application/insight/insight.js'),
      import('../../application/insight/critical-path.js'),
      import('../../application/insight/slowest-nodes.js'),
      import('../../application/insight/why-waiting.js'),
      import('../../application/insight/mermaid.js'),
      import('./output/insight-views.js'),
    ]);
  const story = await waymark.insight.story(execution.id);
  const { spans, now } = story;
  const parts = {
    ...(options.why === true ? { why: whyItWaits(story.execution, story) } : {}),
    ...(options.waterfall === true
      ? { waterfall: waterfallOf(story), criticalPath: findCriticalPath(spans, now) }
      : {}),
    ...(options.slowest === undefined ? {} : { slowest: findSlowest(spans, options.slowest, now) }),
    ...(options.graph === true ? { graph: waymark.insight.graphOf(story) } : {}),
    ...(options.mermaid === true ? { mermaid: toMermaid(waymark.insight.graphOf(story)) } : {}),
  };
  if (session.json) {
    const { leftBehind } = story;
    session.printJson({ kind: 'execution', execution: story.execution, leftBehind, ...parts });
    return;
  }
  const { mermaid, why, waterfall, criticalPath, slowest, graph } = parts;
  const texts = [
    ...(why === undefined ? [] : [views.whyView(session, story, why)]),
    ...(waterfall === undefined || criticalPath === undefined
      ? []
      : [views.waterfallView(session, waterfall, criticalPath)]),
    ...(slowest === undefined ? [] : [views.slowestView(session, slowest)]),
    ...(graph === undefined ? [] : [views.graphView(session, graph)]),
  ];
  // A drawing by itself can be piped as it is.
  if (texts.length > 0) session.print(`${headingOf(session, story.execution)}\n\n${texts.join('\n\n')}`);
  if (mermaid !== undefined) session.print(`${texts.length > 0 ? '\n' : ''}${mermaid}`);
}

/** An execution in one line. */
export function headingOf({ palette }: Session, { id, workflowName, status, pauseReason }: ExecutionSnapshot): string {
  const why = status === 'paused' && pauseReason !== null ? ` (${pauseReason})` : '';
  const stated = statusColor(palette, status)(status);
  return `${palette.bold(`execution ${printable(id)}`)}  ${printable(workflowName)}  ${stated}${why}`;
}

/** With its definition, what was not reached is drawn too. What can't be loaded is done without, unless it was named. */
async function tryDefinition(
  session: Session,
  waymark: Waymark,
  execution: ExecutionSnapshot,
  { workflow }: InsightOptions,
): Promise<void> {
  try {
    await registerWorkflow(waymark, execution, workflow);
  } catch (error) {
    if (workflow !== undefined || !WaymarkError.is(error)) throw error;
    session.note(`drawn from the log alone: ${error.message}`);
  }
}
