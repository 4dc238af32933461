import type { EventBus } from '../../application/bus/event-bus.port.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { NodeCompleted, NodeFailed } from '../../domain/events/families/node.events.js';

/** Declares a test that is given a bus of its own. */
export type BusTest = (name: string, body: (bus: EventBus) => Promise<void> | void) => void;

export function completed(nodeId: string): NodeCompleted {
  return new NodeCompleted({
    executionId: 'run-1',
    nodeId,
    occurrence: 1,
    attempt: 1,
    durationMs: 1,
    exitCheckpointId: 'checkpoint-1',
  });
}

export function failed(nodeId: string): NodeFailed {
  const error = { name: 'Error', message: 'failed' };
  return new NodeFailed({
    executionId: 'run-1',
    nodeId,
    occurrence: 1,
    attempt: 1,
    error,
    durationMs: 1,
    recoverable: true,
  });
}

/** The name that an event was given. */
export function nodeOf(event: DomainEvent): string {
  return (event.payload as { readonly nodeId: string }).nodeId;
}

/** Something that handlers wait for until the test opens it. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function makeGate(): Gate {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

/** Lets handlers begin that could. */
export async function begun(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise<void>((resolve) => void setImmediate(resolve));
}

export function nothing(): undefined {
  return undefined;
}

/** What a call throws, as a rejection. */
export async function call(action: () => unknown): Promise<unknown> {
  return action();
}
