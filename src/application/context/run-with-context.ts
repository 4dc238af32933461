import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { type AmbientContext, assertAmbientContext } from '../../domain/events/event-context.js';
import type { Clock } from '../../domain/shared/clock.js';
import type { IdGenerator } from '../../domain/shared/id-generator.js';

/** What travels with asynchronous work: the context of its events, and where their time and ids come from. */
export interface Ambience {
  readonly context: AmbientContext;
  readonly clock?: Clock;
  readonly ids?: IdGenerator;
}

const storage = new AsyncLocalStorage<Ambience>();

/** The ambience of the work that is going on, or `undefined` outside of any. */
export function currentAmbience(): Ambience | undefined {
  return storage.getStore();
}

/**
 * Runs `work` so that every event made within it, however deep and however asynchronous, carries this context. Contexts nest: what
 * is not given here is taken from the outer one.
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
    context: { ...outer?.context, ...withoutUndefined(ambience.context) },
  };
  return storage.run(merged, work);
}

/**
 * Remembers the context of whoever calls this. What it returns runs work in that context, and in none of the one it is called in.
 */
export function captureContext(): <Result>(work: () => Result) => Result {
  const captured = new AsyncResource('waymark.context');
  return (work) => captured.runInAsyncScope(work);
}

function withoutUndefined(context: AmbientContext): AmbientContext {
  return Object.fromEntries(Object.entries(context).filter(([, value]) => value !== undefined));
}
