import type { EventBus } from '../../application/bus/event-bus.port.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { describeEvent } from './describe-event.js';
import { LiveProgress } from './live-progress.js';
import type { ProgressStream } from './progress-stream.js';
import { makePalette } from './palette.js';
import { printable } from './printable.js';

/** How to show progress. */
export interface ProgressOptions {
  /** Whether to colour it; on a terminal when left out. */
  readonly color?: boolean;
  /** Milliseconds on a clock that never goes back; the machine's when left out. */
  readonly now?: () => number;
}

/** Progress that is being shown. `using` ends it at the end of the block. */
export interface FollowedProgress extends Disposable {
  /** Writes a line of the caller's among those of the progress. */
  say(line: string): void;
  /** Ends it, and leaves the terminal tidy. Idempotent. */
  stop(): void;
}

/**
 * Shows what happens while it happens: on a terminal as lines that change in place, otherwise one plain line an event.
 *
 * A plain line of a recorded event begins with its position and its type, and is written while the event is published,
 * which is after it was committed: who has read the line knows that the event is durable. Other events begin with `-`.
 *
 * @param executionId whose events to show; every event when left out
 * @example
 * using progress = followProgress(waymark.bus, run.id, process.stderr);
 * await run.result();
 */
export function followProgress(
  bus: EventBus,
  executionId: string | undefined,
  stream: ProgressStream,
  options: ProgressOptions = {},
): FollowedProgress {
  const { color = true, now = () => performance.now() } = options;
  const live = stream.isTTY === true ? new LiveProgress(stream, makePalette(color), now) : undefined;
  const subscription = bus.subscribe(
    '**',
    (event, { position }) => {
      if (executionId !== undefined && executionIdOf(event) !== executionId) return;
      if (live === undefined) stream.write(`${plainLine(event, position)}\n`);
      else live.show(event);
    },
    { name: 'waymark.progress' },
  );
  const stop = (): void => {
    subscription.unsubscribe();
    live?.stop();
  };
  const say = (line: string): void => {
    if (live === undefined) stream.write(`${line}\n`);
    else live.say(line);
  };
  return { say, stop, [Symbol.dispose]: stop };
}

function plainLine(event: DomainEvent, position: number | undefined): string {
  return `${position === undefined ? '-' : `#${position}`} ${printable(event.type)} ${describeEvent(event)}`;
}

function executionIdOf(event: DomainEvent): unknown {
  return (event.payload as { readonly executionId?: unknown }).executionId;
}
