import type { Waymark } from '../../composition/waymark.js';
import type { AuditEntry } from '../../domain/audit/audit-entry.js';
import { CheckpointRollbackCompleted } from '../../domain/events/families/checkpoint.events.js';
import {
  ExecutionCancelled,
  ExecutionCompleted,
  ExecutionFailed,
} from '../../domain/events/families/execution.events.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { isTerminal } from '../../domain/execution/execution-status.js';
import { describeEvent } from '../text/describe-event.js';
import { printable } from '../text/printable.js';
import type { Session } from './session.js';
import { headingOf } from './show-insight.js';

/** How often what runs is drawn anew when nothing happens, in milliseconds. */
const REDRAW_MS = 1_000;
/** What a redraw waits for at most, so that a burst of events is one, in milliseconds. */
const GATHER_MS = 50;

/**
 * Shows an execution while it goes on, whichever process runs it: on a terminal its waterfall, drawn anew in place, and
 * otherwise a line for each thing that happens. Ends with the execution, with Ctrl-C, or when nobody reads it any more.
 */
export async function watchStory(session: Session, waymark: Waymark, execution: ExecutionSnapshot): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, session.unread]);
  const release = session.io.onInterrupt(() => stop.abort());
  const drawing =
    session.json || session.width === undefined ? undefined : await LiveStory.begin(session, waymark, execution.id);
  try {
    // From here on the tail tells; what was before is in the first drawing, or is told at once.
    const after = drawing === undefined ? -1 : (await waymark.log.head()).size - 1;
    // It may have ended before the tail begins to look.
    if (isTerminal((await waymark.executions.get(execution.id)).status)) {
      if (drawing === undefined) await printPast(session, waymark, execution.id);
      return;
    }
    for await (const entry of waymark.log.tail({ executionId: execution.id }, { after, signal })) {
      if (drawing === undefined) printEntry(session, entry);
      else drawing.changed();
      if (await hasEnded(waymark, execution.id, entry)) return;
    }
  } finally {
    await drawing?.end();
    release();
  }
}

async function printPast(session: Session, waymark: Waymark, executionId: string): Promise<void> {
  for (let after = -1; ;) {
    const entries = await waymark.log.query({ executionId }, { after, limit: 1_000 });
    for (const entry of entries) printEntry(session, entry);
    after = entries.at(-1)?.position ?? after;
    if (entries.length < 1_000) return;
  }
}

function printEntry(session: Session, { position, event }: AuditEntry): void {
  if (session.json) {
    session.printJsonLine({ position, type: event.type, occurredAt: event.occurredAt, payload: event.payload });
    return;
  }
  session.print(`#${position} ${event.occurredAt} ${printable(event.type)} ${describeEvent(event)}`);
}

/** Whether an entry tells of the end, and nothing after it of a way back. */
async function hasEnded(waymark: Waymark, executionId: string, { event, position }: AuditEntry): Promise<boolean> {
  if (!ENDINGS.includes(event.type)) return false;
  const types = [...ENDINGS, CheckpointRollbackCompleted.type];
  return (await waymark.log.query({ executionId, types }, { after: position, limit: 1 })).length === 0;
}

const ENDINGS: readonly string[] = [ExecutionCompleted, ExecutionFailed, ExecutionCancelled].map(({ type }) => type);

/** A drawing at the bottom of a terminal that is replaced by the next one. */
class LiveStory {
  readonly #session: Session;
  readonly #draw: () => Promise<string>;
  #lines = 0;
  readonly #timer: NodeJS.Timeout;
  #soon: NodeJS.Timeout | undefined;
  #drawing: Promise<void> | undefined;
  #isDirty = false;

  private constructor(session: Session, draw: () => Promise<string>) {
    this.#session = session;
    this.#draw = draw;
    this.#timer = setInterval(() => void this.#redraw(), REDRAW_MS).unref();
  }

  static async begin(session: Session, waymark: Waymark, executionId: string): Promise<LiveStory> {
    const [{ waterfallOf }, { findCriticalPath }, { whyItWaits }, views] = await Promise.all([
      import('../../application/insight/insight.js'),
      import('../../application/insight/critical-path.js'),
      import('../../application/insight/why-waiting.js'),
      import('./output/insight-views.js'),
    ]);
    const live = new LiveStory(session, async () => {
      const story = await waymark.insight.story(executionId);
      const { execution, spans, now } = story;
      const parts = [
        headingOf(session, execution),
        views.waterfallView(session, waterfallOf(story), findCriticalPath(spans, now)),
        ...(isTerminal(execution.status) ? [] : [views.whyView(session, story, whyItWaits(execution, story))]),
      ];
      return parts.join('\n\n');
    });
    await live.#redraw();
    return live;
  }

  /** Something happened. */
  changed(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      void this.#redraw();
    }, GATHER_MS).unref();
  }

  /** Draws it a last time, and leaves it there. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    await this.#drawing;
    await this.#redraw();
  }

  async #redraw(): Promise<void> {
    if (this.#drawing !== undefined) {
      this.#isDirty = true;
      return this.#drawing;
    }
    this.#drawing = this.#write();
    try {
      await this.#drawing;
    } finally {
      this.#drawing = undefined;
    }
    if (!this.#isDirty) return;
    this.#isDirty = false;
    this.changed();
  }

  async #write(): Promise<void> {
    let text: string;
    try {
      text = await this.#draw();
    } catch {
      // The store can't be read at the moment; the tail meets the same, and says so.
      return;
    }
    const up = this.#lines === 0 ? '' : `\u001b[${this.#lines}A`;
    this.#lines = text.split('\n').length;
    this.#session.io.stdout.write(`${up}\r\u001b[J${text}\n`);
  }
}
