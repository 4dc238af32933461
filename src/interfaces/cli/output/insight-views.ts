import type { CriticalPath } from '../../../application/insight/critical-path.js';
import type { Graph, GraphNode } from '../../../application/insight/execution-graph.js';
import type { ExecutionStory } from '../../../application/insight/insight.js';
import type { NodeCost } from '../../../application/insight/slowest-nodes.js';
import type { Waterfall } from '../../../application/insight/waterfall.js';
import type { Remedy, WaitReason } from '../../../application/insight/why-waiting.js';
import { type GraphRow, graphRows } from '../../text/graph-rows.js';
import { fit } from '../../text/columns.js';
import { printable } from '../../text/printable.js';
import { formatDuration } from '../../text/quantities.js';
import { colorOf, renderWaterfall, STATUS_MARKS } from '../../text/render-waterfall.js';
import type { Session } from '../session.js';
import { type Column, renderFacts, renderTable } from './table.js';

/** What ran when, and what decided how long it took. */
export function waterfallView(session: Session, waterfall: Waterfall, criticalPath: CriticalPath): string {
  const { palette, width } = session;
  const drawing = renderWaterfall(waterfall, {
    criticalPath,
    color: palette.isColorSupported,
    ...(width === undefined ? {} : { width }),
  });
  if (criticalPath.steps.length === 0) return drawing;
  const names = criticalPath.steps.map(({ name, occurrence }) =>
    printable(occurrence === 1 ? name : `${name} (${occurrence})`),
  );
  const { stepsMs, totalMs } = criticalPath;
  const share = `${formatDuration(stepsMs)} of ${formatDuration(totalMs)}`;
  return `${drawing}\n\n${palette.bold('critical path')}  ${fit(`${share}: ${names.join(' → ')}`, left(width, 15))}`;
}

/** The nodes that took longest. */
export function slowestView({ palette, width }: Session, costs: readonly NodeCost[]): string {
  if (costs.length === 0) return palette.dim('no node has begun');
  return renderTable(SLOWEST_COLUMNS, costs, { width, title: palette.dim });
}

/** Why an execution has not ended, reason by reason, each with the command that lets it go on. */
export function whyView(session: Session, { execution, now }: ExecutionStory, reasons: readonly WaitReason[]): string {
  const { palette } = session;
  return reasons
    .map((reason) => {
      const facts: (readonly [string, string])[] = [];
      if (reason.nodeId !== null) facts.push(['node', printable(reason.at ?? reason.nodeId)]);
      if (reason.since !== null) facts.push(['since', `${printable(reason.since)} (${ago(reason.since, now)})`]);
      if (reason.until !== null) facts.push(['until', `${printable(reason.until)} (${ago(reason.until, now)})`]);
      const next = reason.remedy === null ? undefined : remedyText(session, execution.id, reason.remedy);
      if (next !== undefined) facts.push(['go on', next]);
      const heading = `${palette.yellow(reason.kind)}  ${printable(reason.text)}`;
      return facts.length === 0 ? heading : `${heading}\n${renderFacts(facts, palette.dim)}`;
    })
    .join('\n\n');
}

/** A graph as a list: each node after those that lead to it, with what follows it. */
export function graphView({ palette, width }: Session, graph: Graph): string {
  const rows = graphRows(graph);
  if (rows.length === 0) return palette.dim('no node has begun');
  const columns = rows.some(({ node }) => node.status !== null) ? RUN_COLUMNS : DEFINITION_COLUMNS;
  const colored = columns.map((column, index): Column<GraphRow> =>
    index === 0 ? { ...column, color: rowColor } : column,
  );
  return renderTable(colored, rows, { width, title: palette.dim });

  function rowColor({ node: { status } }: GraphRow): (text: string) => string {
    if (status === null) return (text) => text;
    return status === 'pending' ? palette.dim : colorOf(palette, { status, rolledBack: false });
  }
}

/** The command that lets an execution go on, or what to do where none does. */
export function remedyText(session: Session, executionId: string, remedy: Remedy): string {
  const { verb, signal } = remedy;
  switch (verb) {
    case 'approve':
      return `${session.command('approve', [executionId], placeOf(remedy))} (or reject)`;
    case 'signal':
      return session.command('signal', [executionId, signal ?? 'NAME']);
    case 'resume':
      return session.command('resume', [executionId]);
    case 'restart':
      return `${session.command('restart', [executionId], ['--reason', '"why"'])} (or roll back to before what was undone)`;
    case 'recover':
      return session.command('recover');
    case 'show':
      return session.command('show', [remedy.executionId ?? executionId], ['--why']);
    case 'rollback': {
      const to = remedy.checkpointId === undefined ? [] : ['--to', remedy.checkpointId];
      return session.command('rollback', [executionId], [...to, '--reason', '"why"', '--resume']);
    }
    case 'open':
      return 'run its own runner again: it goes on with recorder.open(executionId)';
    case 'graph':
      return 'its graph goes on with it: graph.invoke(null, { configurable: { thread_id } })';
  }
}

/** Which node, by its address where it is one of several. */
function placeOf({ at, nodeId }: Remedy): readonly string[] {
  if (at !== undefined) return ['--at', at];
  return nodeId === undefined ? [] : ['--node', nodeId];
}

/** How long ago something was, or how long until it is. */
function ago(at: string, now: number): string {
  const ms = now - Date.parse(at);
  if (Number.isNaN(ms)) return 'no time';
  return ms >= 0 ? `${formatDuration(ms)} ago` : `in ${formatDuration(-ms)}`;
}

const SLOWEST_COLUMNS: readonly Column<NodeCost>[] = [
  { title: 'NODE', value: ({ nodeId }) => nodeId },
  { title: 'TOTAL', value: ({ totalMs }) => formatDuration(totalMs) },
  { title: 'RUNS', value: ({ runs, failures }) => (failures === 0 ? String(runs) : `${runs}, ${failures} failed`) },
  { title: 'MEAN', value: ({ meanMs }) => formatDuration(meanMs), optional: true },
  { title: 'LONGEST', value: ({ longestMs }) => formatDuration(longestMs), optional: true },
  { title: 'WAITED', value: ({ waitedMs }) => (waitedMs === 0 ? '' : formatDuration(waitedMs)), optional: true },
  { title: 'NAME', value: ({ name, nodeId }) => (name === nodeId ? '' : name), flexible: true },
];

const KIND: Column<GraphRow> = {
  title: 'KIND',
  value: ({ node }) => (node.detail === null ? node.kind : `${node.kind}: ${node.detail}`),
  flexible: true,
  optional: true,
  prefers: 12,
};
const THEN: Column<GraphRow> = { title: 'THEN', value: followersOf, flexible: true };

const DEFINITION_COLUMNS: readonly Column<GraphRow>[] = [
  { title: 'NODE', value: ({ node, depth }) => `${'  '.repeat(depth)}${nameOf(node)}` },
  KIND,
  THEN,
];

const RUN_COLUMNS: readonly Column<GraphRow>[] = [
  { title: 'NODE', value: ({ node, depth }) => `${'  '.repeat(depth)}${markOf(node)} ${nameOf(node)}` },
  {
    title: 'STATUS',
    value: ({ node }) => `${node.status ?? ''}${node.occurrences > 1 ? ` ×${node.occurrences}` : ''}`,
  },
  {
    title: 'TOOK',
    value: ({ node }) => (node.durationMs === null ? '' : formatDuration(node.durationMs)),
    optional: true,
  },
  KIND,
  THEN,
];

function nameOf({ name, localId }: GraphNode): string {
  return name === localId ? localId : `${localId} (${name})`;
}

function markOf({ status }: GraphNode): string {
  return status === null || status === 'pending' ? '○' : STATUS_MARKS[status];
}

function followersOf({ followers }: GraphRow): string {
  return followers
    .map(({ node, edge }) => {
      const label = edge.label === null ? '' : ` [${edge.label}]`;
      return `→ ${node.localId}${label}`;
    })
    .join(', ');
}

function left(width: number | undefined, used: number): number | undefined {
  return width === undefined ? undefined : Math.max(10, width - used);
}
