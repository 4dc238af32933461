import type { DomainEvent } from '../../domain/events/domain-event.js';
import {
  ExecutionCancelled,
  ExecutionCompleted,
  ExecutionFailed,
  ExecutionPaused,
  NodeCancelled,
  NodeCompleted,
  NodeFailed,
  NodeProgressed,
  NodeStarted,
} from '../../domain/events/families/index.js';
import { fit } from './columns.js';
import type { ProgressStream } from './progress-stream.js';
import type { Palette } from './palette.js';
import { printable } from './printable.js';
import { formatDuration } from './quantities.js';

/** A node that runs: what its status line says. */
interface RunningNode {
  readonly label: string;
  readonly begunAt: number;
  readonly progress: string;
}

const REDRAW_MS = 1_000;
const DEFAULT_COLUMNS = 80;

/**
 * Status lines at the bottom of a terminal: what runs is told there and changes in place, what is done moves up and
 * stays.
 */
export class LiveProgress {
  readonly #stream: ProgressStream;
  readonly #palette: Palette;
  readonly #now: () => number;
  readonly #running = new Map<string, RunningNode>();
  #linesShown = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param now milliseconds on a clock that never goes back: of a time that somebody sets, a node would take minutes,
   *   or less than none
   */
  constructor(stream: ProgressStream, palette: Palette, now: () => number) {
    this.#stream = stream;
    this.#palette = palette;
    this.#now = now;
  }

  show(event: DomainEvent): void {
    const line = this.#take(event);
    this.#redraw(line);
    this.#timer ??= setInterval(() => this.#redraw(), REDRAW_MS).unref();
  }

  /** Writes a line that stays. */
  say(line: string): void {
    this.#redraw(line);
  }

  /** Leaves what is done, and takes the status lines away. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#running.clear();
    this.#redraw();
  }

  /** What an event changes in the status lines. Returns the line that stays, if it leaves one. */
  #take(event: DomainEvent): string | undefined {
    const { green, red, yellow, dim } = this.#palette;
    if (NodeStarted.is(event)) {
      const { nodeId, nodeName, occurrence, attempt } = event.payload;
      const again = attempt > 1 ? ` (attempt ${attempt})` : '';
      const label = printable(`${nodeName}${occurrence > 1 ? ` (occurrence ${occurrence})` : ''}${again}`);
      this.#running.set(key(event.payload), { label: label || nodeId, begunAt: this.#now(), progress: '' });
      return undefined;
    }
    if (NodeProgressed.is(event)) {
      const node = this.#running.get(key(event.payload));
      const { fraction, message } = event.payload;
      const share = fraction === undefined ? '' : `${Math.round(fraction * 100)} %`;
      const progress = [share, printable(message ?? '')].filter(Boolean).join('  ');
      if (node !== undefined) this.#running.set(key(event.payload), { ...node, progress });
      return undefined;
    }
    if (NodeCompleted.is(event)) {
      return this.#endOf(event.payload, green('✓'), dim(formatDuration(event.payload.durationMs)));
    }
    if (NodeFailed.is(event)) return this.#endOf(event.payload, red('✗'), red(printable(event.payload.error.message)));
    if (NodeCancelled.is(event)) return this.#endOf(event.payload, yellow('■'), yellow('cancelled'));
    if (isEnding(event)) this.#running.clear();
    return undefined;
  }

  /** Takes a node off the status lines and returns the line that stays. */
  #endOf(node: NodeKey, mark: string, outcome: string): string {
    const label = this.#running.get(key(node))?.label ?? printable(node.nodeId);
    this.#running.delete(key(node));
    return `${mark} ${label}  ${outcome}`;
  }

  #redraw(line?: string): void {
    const up = this.#linesShown === 0 ? '' : `\u001b[${this.#linesShown}A`;
    const columns = this.#stream.columns ?? DEFAULT_COLUMNS;
    const status = [...this.#running.values()].map((node) => this.#statusLine(node, columns));
    this.#linesShown = status.length;
    const text = [...(line === undefined ? [] : [line]), ...status].map((shown) => `${shown}\n`).join('');
    // Back to the first status line, and away with everything below it.
    if (up !== '' || text !== '') this.#stream.write(`${up}\r\u001b[J${text}`);
  }

  #statusLine({ label, begunAt, progress }: RunningNode, columns: number): string {
    const elapsedMs = this.#now() - begunAt;
    const elapsed = elapsedMs < REDRAW_MS ? '' : `  ${formatDuration(elapsedMs)}`;
    // A line that wraps would take two rows, and the next redraw would leave one of them behind.
    const text = fit(`${label}${elapsed}${progress === '' ? '' : `  ${progress}`}`, columns - 3);
    return `${this.#palette.cyan('●')} ${text}`;
  }
}

interface NodeKey {
  readonly executionId: string;
  readonly nodeId: string;
  readonly occurrence: number;
}

function key({ executionId, nodeId, occurrence }: NodeKey): string {
  return JSON.stringify([executionId, nodeId, occurrence]);
}

function isEnding(event: DomainEvent): boolean {
  return [ExecutionCompleted, ExecutionFailed, ExecutionCancelled, ExecutionPaused].some((type) => type.is(event));
}
