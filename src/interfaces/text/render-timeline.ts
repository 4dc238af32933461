import type { AuditEntry } from '../../domain/audit/audit-entry.js';
import { fit, pad, widthOf } from './columns.js';
import { makePalette, severityColor } from './palette.js';
import { printable } from './printable.js';

/** How to draw a timeline. */
export interface TimelineOptions {
  /** Whether to colour it; no when left out. */
  readonly color?: boolean;
  /**
   * The columns there are: the time is told without the day then, and messages are cut to fit. Nothing is cut when left
   * out.
   */
  readonly width?: number;
  /** Whether to show the ids of the events; no when left out. */
  readonly ids?: boolean;
  /** Whether to put a heading over entries that belong to another execution than the ones before; yes when left out. */
  readonly headings?: boolean;
  /** The entry that was drawn last, for a timeline that is drawn in parts: its headings are there already. */
  readonly continues?: AuditEntry;
}

const MIN_TYPE_WIDTH = 22;
const MIN_MESSAGE_WIDTH = 16;
/** Where the second line of an entry begins. */
const BELOW = '    ';

/**
 * Entries of the log as lines for people: position, time, type, message, in the order given.
 *
 * @example
 * console.log(renderTimeline(await waymark.log.query({ executionId })));
 * // #12  2026-01-31T12:00:00.000Z  node.completed  gate completed in 4 ms
 */
export function renderTimeline(entries: readonly AuditEntry[], options: TimelineOptions = {}): string {
  const palette = makePalette(options.color ?? false);
  const positionWidth = Math.max(2, ...entries.map((entry) => String(entry.position).length + 1));
  const typeWidth = Math.max(MIN_TYPE_WIDTH, ...entries.map((entry) => widthOf(entry.event.type)));
  const lines: string[] = [];
  const isShort = options.width !== undefined;
  let lastDay = options.continues?.event.occurredAt.slice(0, 10);
  let current = options.continues === undefined ? undefined : executionOf(options.continues);
  let actor = options.continues?.event.context.actor;
  for (const entry of entries) {
    const executionId = executionOf(entry);
    if (executionId !== current && options.headings !== false) lines.push(heading(executionId, palette.bold));
    if (executionId !== current) actor = undefined;
    current = executionId;
    const by = entry.event.context.actor === actor ? undefined : entry.event.context.actor;
    actor = entry.event.context.actor;
    const { id, occurredAt, type } = entry.event;
    const color = severityColor(palette, entry.severity, entry.outcome);
    const day = occurredAt.slice(0, 10);
    if (isShort && day !== lastDay) lines.push(palette.dim(`${day} (UTC)`));
    lastDay = day;
    const time = isShort ? occurredAt.slice(11, -1) : occurredAt;
    const lead = `${pad(`#${entry.position}`, positionWidth)}  ${printable(time)}  `;
    const ids = options.ids === true ? `${printable(id)}  ` : '';
    const name = pad(printable(type), typeWidth);
    const said = message(entry, by);
    const left = (options.width ?? Infinity) - widthOf(lead + ids + name) - 2;
    if (left >= MIN_MESSAGE_WIDTH) {
      lines.push(`${palette.dim(lead)}${ids}${color(name)}  ${color(fit(said, left))}`.trimEnd());
      continue;
    }
    // Too narrow for one line. An id is never cut, so it goes first.
    const below = ids === '' ? said : `${printable(type)}  ${said}`;
    lines.push(`${palette.dim(lead)}${ids || color(name)}`.trimEnd());
    lines.push(`${BELOW}${color(fit(below, (options.width ?? Infinity) - BELOW.length))}`);
  }
  return lines.join('\n');
}

/** The execution that an entry belongs to. */
export function executionOf(entry: AuditEntry): string | null {
  const { executionId } = entry.event.payload as { readonly executionId?: unknown };
  return typeof executionId === 'string' ? executionId : null;
}

/** What an entry says, and who did it where that is somebody else than for the entry before. */
function message(entry: AuditEntry, by: string | undefined): string {
  return printable(by === undefined ? entry.message : `${entry.message} (by ${by})`);
}

function heading(executionId: string | null, bold: (text: string) => string): string {
  return bold(executionId === null ? 'no execution' : `execution ${printable(executionId)}`);
}
