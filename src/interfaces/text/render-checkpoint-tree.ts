import type { Checkpoint } from '../../domain/checkpoint/checkpoint.js';
import type { CheckpointTree } from '../../domain/checkpoint/checkpoint-tree.js';
import type { ExecutionStatus } from '../../domain/execution/execution-status.js';
import { fit, pad, widthOf } from './columns.js';
import { makePalette, type Palette, statusColor } from './palette.js';
import { printable } from './printable.js';
import { formatBytes } from './quantities.js';

/** An execution that was forked from a checkpoint of the tree. */
export interface TreeFork {
  readonly executionId: string;
  readonly sourceCheckpointId: string;
  readonly status: ExecutionStatus;
  readonly label: string | null;
}

/** How to draw a tree. */
export interface CheckpointTreeOptions {
  /** The checkpoint that the execution stands at. */
  readonly headCheckpointId?: string;
  /** What was forked from the tree's checkpoints. */
  readonly forks?: readonly TreeFork[];
  /** Whether to colour it; no when left out. */
  readonly color?: boolean;
  /** The columns there are: what follows the ids is cut to fit. Nothing is cut when left out. */
  readonly width?: number;
}

const MIN_DETAILS = 6;

/** A line of the drawing: a checkpoint has details, anything else is a note that begins where an id would. */
interface Row {
  readonly graph: string;
  readonly checkpoint?: Checkpoint;
  readonly note?: string;
}

/**
 * The checkpoints of an execution as a tree: the way it took runs straight down, what it left hangs to the side.
 *
 * @example
 * console.log(renderCheckpointTree(await waymark.checkpoints.tree(run.id)));
 */
export function renderCheckpointTree(tree: CheckpointTree, options: CheckpointTreeOptions = {}): string {
  const palette = makePalette(options.color ?? false);
  const rows: Row[] = [];
  for (const root of tree.roots) drawWay(tree, root, '', options, palette, rows);
  const timeOf = options.width === undefined ? (at: string) => at : shortTime(tree.checkpoints);
  const checkpoints = rows.filter((row) => row.checkpoint !== undefined);
  const idWidth = Math.max(
    0,
    ...checkpoints.map((row) => widthOf(row.graph) + 1 + widthOf(printable(row.checkpoint?.id ?? ''))),
  );
  const details = checkpoints.map((row) => detailCells(row.checkpoint as Checkpoint, timeOf));
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...details.map((cells) => widthOf(cells[column] ?? ''))));
  const lines: string[] = [];
  for (const row of rows) {
    const { checkpoint } = row;
    if (checkpoint === undefined) {
      lines.push(`${palette.dim(row.graph)} ${row.note ?? ''}`.trimEnd());
      continue;
    }
    const lead = pad(`${row.graph} ${printable(checkpoint.id)}`, idWidth);
    const cells = detailCells(checkpoint, timeOf).map((cell, column) => pad(cell, widths[column] ?? 0));
    const noted = mark(tree, checkpoint, options);
    const left = options.width === undefined ? undefined : options.width - widthOf(lead) - widthOf(noted) - 4;
    const rest = fit(cells.join('  '), left === undefined ? undefined : Math.max(left, MIN_DETAILS));
    lines.push(colorRow(tree, checkpoint, options, palette)(`${lead}  ${rest}  ${noted}`.trimEnd()));
  }
  return lines.join('\n');
}

/** Draws a checkpoint and all that follows from it, straight down for as long as there is a way. */
function drawWay(
  tree: CheckpointTree,
  start: Checkpoint,
  indent: string,
  options: CheckpointTreeOptions,
  palette: Palette,
  rows: Row[],
): void {
  for (let at: Checkpoint | undefined = start; at !== undefined;) {
    const here: Checkpoint = at;
    rows.push({ graph: indent + (tree.isAbandoned(here.id) ? '×' : '●'), checkpoint: here });
    const children = tree.children(here.id);
    const onward = children.find((child) => !tree.isAbandoned(child.id)) ?? onlyChild(tree, here, children, options);
    const forks = (options.forks ?? []).filter((fork) => fork.sourceCheckpointId === here.id);
    const aside = children.filter((child) => child !== onward);
    const rail = onward === undefined ? ' ' : '│';
    for (const [index, fork] of forks.entries()) {
      const isLast = onward === undefined && aside.length === 0 && index === forks.length - 1;
      rows.push({ graph: `${indent}${isLast ? '╰' : '├'}─⑂`, note: forkNote(fork, palette) });
    }
    for (const [index, child] of aside.entries()) {
      const isLast = onward === undefined && index === aside.length - 1;
      rows.push({ graph: `${indent}${isLast ? '╰' : '├'}─╮`, note: palette.dim(branchNote(tree, child)) });
      drawWay(tree, child, `${indent}${isLast ? ' ' : '│'} `, options, palette, rows);
    }
    if (aside.length > 0 && rail === '│') rows.push({ graph: `${indent}│` });
    at = onward;
  }
}

/** An abandoned line goes on straight; at the head, what was abandoned hangs to the side. */
function onlyChild(
  tree: CheckpointTree,
  here: Checkpoint,
  children: readonly Checkpoint[],
  options: CheckpointTreeOptions,
): Checkpoint | undefined {
  return tree.isAbandoned(here.id) && here.id !== options.headCheckpointId ? children.at(-1) : undefined;
}

function detailCells(checkpoint: Checkpoint, timeOf: (at: string) => string): readonly string[] {
  const { kind, nodeId, occurrence, createdAt, stateBytes } = checkpoint;
  const node =
    nodeId === null ? '' : printable(occurrence === null || occurrence === 1 ? nodeId : `${nodeId} (${occurrence})`);
  return [printable(kind), node, printable(timeOf(createdAt)), formatBytes(stateBytes)];
}

/** Times for a narrow line: the time of day, and the day too where there are several. */
function shortTime(checkpoints: readonly Checkpoint[]): (at: string) => string {
  const days = new Set(checkpoints.map(({ createdAt }) => createdAt.slice(0, 10)));
  return days.size > 1 ? (at) => at.slice(5, 16).replace('T', ' ') : (at) => at.slice(11, 19);
}

function mark(tree: CheckpointTree, checkpoint: Checkpoint, options: CheckpointTreeOptions): string {
  const { id, parentId, branchId } = checkpoint;
  // A branch that hangs to the side has its name above it.
  const isNew = parentId !== null && tree.get(parentId).branchId !== branchId && !tree.isAbandoned(id);
  const head = id === options.headCheckpointId ? '← head' : '';
  return [isNew ? `branch ${printable(branchId)}` : '', head].filter(Boolean).join(' ');
}

function colorRow(
  tree: CheckpointTree,
  checkpoint: Checkpoint,
  options: CheckpointTreeOptions,
  palette: Palette,
): (text: string) => string {
  if (checkpoint.id === options.headCheckpointId) return palette.bold;
  return tree.isAbandoned(checkpoint.id) ? palette.dim : (text) => text;
}

function branchNote(tree: CheckpointTree, first: Checkpoint): string {
  return `branch ${printable(first.branchId)}${tree.isAbandoned(first.id) ? ', abandoned' : ''}`;
}

function forkNote({ executionId, status, label }: TreeFork, palette: Palette): string {
  const name = label === null ? '' : ` "${printable(label)}"`;
  return `fork ${printable(executionId)}${name} ${statusColor(palette, status)(status)}`;
}
