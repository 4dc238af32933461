import type { Checkpoint } from '../../domain/checkpoint/checkpoint.js';
import type { CheckpointTree } from '../../domain/checkpoint/checkpoint-tree.js';
import type { ExecutionStatus } from '../../domain/execution/execution-status.js';
import { fit, pad, widthOf } from './columns.js';
import { makePalette, type Palette, statusColor } from './palette.js';
import { printable } from './printable.js';
import { formatBytes, plural } from './quantities.js';

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
  /**
   * Which checkpoints to draw; all when left out. What is drawn hangs on the nearest one before it that is drawn as well, with
   * a note of how many are between.
   */
  readonly only?: (checkpoint: Checkpoint) => boolean;
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
 * The checkpoints of an execution as a tree: the way it took runs straight down, what it left hangs to the side. One
 * whose parent is not there begins a line of its own.
 *
 * @example
 * console.log(renderCheckpointTree(await waymark.checkpoints.tree(run.id)));
 */
export function renderCheckpointTree(tree: CheckpointTree, options: CheckpointTreeOptions = {}): string {
  const palette = makePalette(options.color ?? false);
  const rows = drawRows(tree, options, palette);
  const drawn = rows.flatMap(({ checkpoint }) => checkpoint ?? []);
  const timeOf = options.width === undefined ? (at: string) => at : shortTime(drawn);
  const idWidth = widest(
    rows.map(({ graph, checkpoint }) => (checkpoint === undefined ? '' : `${graph} ${printable(checkpoint.id)}`)),
  );
  const details = drawn.map((checkpoint) => detailCells(checkpoint, timeOf));
  const widths = [0, 1, 2, 3].map((column) => widest(details.map((cells) => cells[column] ?? '')));
  return rows
    .map(({ graph, checkpoint, note }) => {
      if (checkpoint === undefined) return `${palette.dim(graph)} ${note ?? ''}`.trimEnd();
      const lead = pad(`${graph} ${printable(checkpoint.id)}`, idWidth);
      const cells = detailCells(checkpoint, timeOf).map((cell, column) => pad(cell, widths[column] ?? 0));
      const noted = mark(tree, checkpoint, options);
      const left = options.width === undefined ? undefined : options.width - widthOf(lead) - widthOf(noted) - 4;
      const rest = fit(cells.join('  '), left === undefined ? undefined : Math.max(left, MIN_DETAILS));
      return colorRow(tree, checkpoint, options, palette)(`${lead}  ${rest}  ${noted}`.trimEnd());
    })
    .join('\n');
}

/** Not by `Math.max(...all)`: a function takes only so many arguments. */
function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, widthOf(text)), 0);
}

function drawRows(tree: CheckpointTree, options: CheckpointTreeOptions, palette: Palette): readonly Row[] {
  const shape = shapeOf(tree, options);
  const forks = new Map<string, TreeFork[]>();
  for (const fork of options.forks ?? []) {
    const others = forks.get(fork.sourceCheckpointId);
    if (others === undefined) forks.set(fork.sourceCheckpointId, [fork]);
    else others.push(fork);
  }
  const rows: Row[] = [];
  // What is still to be drawn, the next one last: a line of checkpoints, or rows as they are. A stack of its own, because
  // branches may leave branches as often as they like.
  const waiting: (Row | { readonly start: Checkpoint; readonly indent: string })[] = shape.roots
    .map((start) => ({ start, indent: '' }))
    .reverse();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (!('start' in next)) {
      rows.push(next);
      continue;
    }
    const { start: here, indent } = next;
    const skipped = shape.skippedBefore(here);
    if (skipped > 0) {
      rows.push({ graph: `${indent}⋮`, note: palette.dim(`${plural(skipped, 'checkpoint')} not shown`) });
    }
    rows.push({ graph: indent + (tree.isAbandoned(here.id) ? '×' : '●'), checkpoint: here });
    const children = shape.children(here);
    const onward = children.find((child) => !tree.isAbandoned(child.id)) ?? onlyChild(tree, here, children, options);
    const aside = children.filter((child) => child !== onward);
    const hanging = forks.get(here.id) ?? [];
    for (const [index, fork] of hanging.entries()) {
      const isLast = onward === undefined && aside.length === 0 && index === hanging.length - 1;
      rows.push({ graph: `${indent}${isLast ? '╰' : '├'}─⑂`, note: forkNote(fork, palette) });
    }
    if (onward !== undefined) {
      waiting.push({ start: onward, indent });
      if (aside.length > 0) waiting.push({ graph: `${indent}│` });
    }
    for (const [index, child] of [...aside.entries()].reverse()) {
      const isLast = onward === undefined && index === aside.length - 1;
      waiting.push({ start: child, indent: `${indent}${isLast ? ' ' : '│'} ` });
      waiting.push({ graph: `${indent}${isLast ? '╰' : '├'}─╮`, note: palette.dim(branchNote(tree, child)) });
    }
  }
  return rows;
}

/** Where the checkpoints that are drawn hang. */
interface Shape {
  readonly roots: readonly Checkpoint[];
  children(checkpoint: Checkpoint): readonly Checkpoint[];
  /** How many are between a checkpoint and the one that it hangs on, or before it. */
  skippedBefore(checkpoint: Checkpoint): number;
}

function shapeOf(tree: CheckpointTree, { only }: CheckpointTreeOptions): Shape {
  const begins = [...tree.roots, ...tree.orphans];
  if (only === undefined) return { roots: begins, children: ({ id }) => tree.children(id), skippedBefore: () => 0 };
  const roots: Checkpoint[] = [];
  const children = new Map<string, Checkpoint[]>();
  const skipped = new Map<string, number>();
  // From each begin on, with the nearest checkpoint before it that is drawn.
  const waiting = begins.map((at) => ({ at, on: undefined as Checkpoint | undefined, between: 0 })).reverse();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { at, on, between } = next;
    const isDrawn = only(at);
    if (isDrawn) {
      const siblings = on === undefined ? roots : (children.get(on.id) ?? []);
      siblings.push(at);
      if (on !== undefined) children.set(on.id, siblings);
      skipped.set(at.id, between);
    }
    for (const child of [...tree.children(at.id)].reverse()) {
      waiting.push(isDrawn ? { at: child, on: at, between: 0 } : { at: child, on, between: between + 1 });
    }
  }
  return {
    roots,
    children: ({ id }) => children.get(id) ?? [],
    skippedBefore: ({ id }) => skipped.get(id) ?? 0,
  };
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
  const { id, parentId, branchId, label } = checkpoint;
  const name = label === null ? '' : `"${printable(label)}"`;
  const isOrphan = parentId !== null && !tree.has(parentId);
  const lost = isOrphan ? `follows ${printable(parentId)}, which is not there` : '';
  // A branch that hangs to the side has its name above it.
  const isNew = parentId !== null && !isOrphan && tree.get(parentId).branchId !== branchId && !tree.isAbandoned(id);
  const head = id === options.headCheckpointId ? '← head' : '';
  return [name, isNew ? `branch ${printable(branchId)}` : '', lost, head].filter(Boolean).join(' ');
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
