import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { type AmbientContext, assertAmbientContext } from '../../domain/events/event-context.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { Clock } from '../../domain/shared/clock.js';
import type { IdGenerator } from '../../domain/shared/id-generator.js';
import { currentDelivery } from './current-delivery.js';

/** What travels with asynchronous work: the context of its events, and where their time and ids come from. */
export interface Ambience {
  readonly context: AmbientContext;
  readonly clock?: Clock;
  readonly ids?: IdGenerator;
  /** The event whose handler set the context: it knows of that event already. */
  readonly within?: DomainEvent | undefined;
  /** What a bus knows the handler's call by. */
  readonly call?: object | undefined;
}

const storage = new AsyncLocalStorage<Ambience>();

/** The ambience of the work that is going on, or `undefined` outside of any. */
export function currentAmbience(): Ambience | undefined {
  return storage.getStore();
}

/**
 * The context of the work that is going on. In a handler, what is made follows from the event that is being handled and
 * belongs to what that one belongs to, unless the handler itself has said otherwise.
 */
export function currentContext(): AmbientContext | undefined {
  const ambience = storage.getStore();
  const delivered = currentDelivery();
  if (delivered === undefined || ambience?.within === delivered) return ambience?.context;
  return followingFrom(delivered, ambience?.context);
}

/**
 * Runs an asynchronous handler of an event: everything that it makes follows from the event, after an `await` as well.
 *
 * @param call what the bus knows this call by: see {@link currentCall}
 */
export function runFollowing<Result>(event: DomainEvent, work: () => Result, call: object): Result {
  const outer = storage.getStore();
  return storage.run({ ...outer, context: followingFrom(event, outer?.context), within: event, call }, work);
}

/** The call of an asynchronous handler that the present work is a part of. */
export function currentCall(): object | undefined {
  return storage.getStore()?.call;
}

/**
 * Remembers the whole asynchronous context of whoever calls this: Waymark's, and that of every other library. What it
 * returns runs work in it.
 */
export function captureScope(): <Result>(work: () => Result) => Result {
  const captured = new AsyncResource('waymark.publish');
  return (work) => captured.runInAsyncScope(work);
}

/**
 * Runs `work` so that every event made within it, however deep and however asynchronous, carries this context. Contexts
 * nest: what is not given here is taken from the outer one, and in a handler cause and correlation from the event that
 * is handled.
 *
 * @throws InvalidArgumentError when a part of the context is malformed
 * @example
 * await runWithContext({ actor: 'user:ada', correlationId: request.id }, () => handle(request));
 */
export function runWithContext<Result>(context: AmbientContext, work: () => Result): Result {
  assertAmbientContext(context);
  return runInAmbience({ context }, work);
}

/** {@link runWithContext} that also replaces clock and id generator, for Waymark's own use. */
export function runInAmbience<Result>(ambience: Ambience, work: () => Result): Result {
  const outer = storage.getStore();
  const merged: Ambience = {
    ...outer,
    ...ambience,
    context: withContext(currentContext(), ambience.context),
    within: currentDelivery(),
  };
  return storage.run(merged, work);
}

/**
 * Remembers the context of whoever calls this. What it returns runs work in that context, and in none of the one it is
 * called in.
 */
export function captureContext(): <Result>(work: () => Result) => Result {
  // In a handler, the event that is handled is a part of it.
  const captured = runInAmbience({ context: {} }, () => new AsyncResource('waymark.context'));
  return (work) => captured.runInAsyncScope(work);
}

function followingFrom(event: DomainEvent, outer: AmbientContext | undefined): AmbientContext {
  const { id, correlationId } = event.context;
  return { ...outer, causationId: id, ...(correlationId === undefined ? {} : { correlationId }) };
}

/** A context with what is given on top, but for what is given as `undefined`. */
function withContext(outer: AmbientContext | undefined, given: AmbientContext): AmbientContext {
  const merged: Record<string, string | undefined> = { ...outer };
  for (const [key, value] of Object.entries(given)) if (value !== undefined) merged[key] = value as string;
  return merged;
}
