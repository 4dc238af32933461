import type { DomainEvent } from '../../domain/events/domain-event.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import type { EventBus } from '../bus/event-bus.port.js';
import { runInAmbience } from '../context/run-with-context.js';
import { reportFailure } from './report-failure.js';

/** What {@link emits} publishes, and where. A function that returns `undefined` publishes nothing. */
export interface EmitsOptions<Self, Args extends readonly unknown[], Result> {
  /** Where to publish; asked at each call, so that it may come from the object. */
  readonly bus: (self: Self) => Pick<EventBus, 'publish'>;
  /** The event before the method runs. What happens in the method, and how it ends, follows from it. */
  readonly started?: (args: Args, self: Self) => DomainEvent | undefined;
  /** The event when the method has returned, or what it returned has been fulfilled. */
  readonly success?: (result: Awaited<Result>, args: Args, self: Self) => DomainEvent | undefined;
  /** The event when the method has thrown, or what it returned has been rejected. */
  readonly failure?: (error: unknown, args: Args, self: Self) => DomainEvent | undefined;
}

type Method<Self, Args extends readonly unknown[], Result> = (this: Self, ...args: Args) => Result;

/**
 * A decorator for a method: a standard one, or one of TypeScript's `experimentalDecorators`. What it returns takes the
 * method's place, and is not in the type: no type says of a generic method that it stays as generic as it is.
 */
export interface EmitsDecorator<Self, Args extends readonly unknown[], Result> {
  (target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<Method<Self, Args, Result>>): void;
  // The last of several signatures is the one that TypeScript infers from: result and arguments come from the method.
  (method: Method<Self, Args, Result>, context: ClassMethodDecoratorContext<Self, Method<Self, Args, Result>>): void;
}

/**
 * Publishes events around a method: before it, when it succeeds and when it fails. The method's result and its error
 * pass through as they are; of a promise, what it settles with. An event is published before the caller sees the
 * result.
 *
 * Telling must not break what is told of: where an event can't be made or published, the method goes on, and
 * `system.error_raised` says so on the same bus, with the method as its component. Where that can't be published
 * either, it is a warning of the process (`WAYMARK_EMIT_FAILED`).
 *
 * Works as a standard decorator and under `experimentalDecorators`, on methods of instances and of classes. Under the
 * latter, TypeScript does not infer the types of the functions' parameters: write them.
 *
 * @throws InvalidArgumentError when it decorates anything but a method
 * @example
 * class DealDesk {
 *   readonly bus = waymark.bus;
 *
 *   @emits({
 *     bus: (desk) => desk.bus,
 *     success: (deal) => new DealCreated({ dealId: deal.id }),
 *     failure: (error, [name]) => new DealRefused({ name, reason: String(error) }),
 *   })
 *   async create(name: string): Promise<Deal> {
 *     return save(name);
 *   }
 * }
 */
export function emits<Self, Args extends readonly unknown[], Result>(
  options: EmitsOptions<Self, Args, Result>,
): EmitsDecorator<Self, Args, Result> {
  function decorate(
    decorated: unknown,
    nameOrContext: string | symbol | Partial<DecoratorContext>,
    descriptor?: TypedPropertyDescriptor<Method<Self, Args, Result>>,
  ): unknown {
    if (typeof nameOrContext !== 'object') {
      const method = assertMethod<Method<Self, Args, Result>>(descriptor?.value, nameOrContext);
      return { ...descriptor, value: emitting(method, nameOrContext, options) };
    }
    const { kind, name = '' } = nameOrContext;
    const method = assertMethod<Method<Self, Args, Result>>(kind === 'method' ? decorated : undefined, name);
    return emitting(method, name, options);
  }
  return decorate as EmitsDecorator<Self, Args, Result>;
}

function emitting<Self, Args extends readonly unknown[], Result>(
  method: Method<Self, Args, Result>,
  name: string | symbol,
  { bus, started, success, failure }: EmitsOptions<Self, Args, Result>,
): Method<Self, Args, Result> {
  function call(this: Self, ...args: Args): Result {
    const emit = (make: () => DomainEvent | undefined): DomainEvent | undefined => publish(make, bus, this, name);
    const succeeded = (result: Awaited<Result>): Awaited<Result> => {
      emit(() => success?.(result, args, this));
      return result;
    };
    const failed = (error: unknown): never => {
      emit(() => failure?.(error, args, this));
      throw error;
    };
    return following(
      emit(() => started?.(args, this)),
      () => {
        let result: Result;
        try {
          result = method.apply(this, args as unknown as unknown[] & Args);
        } catch (error) {
          return failed(error);
        }
        // A promise of its own kind again, which nobody has handled yet: a rejection that nobody looks at is still
        // reported.
        if (isThenable(result)) return result.then(succeeded, failed) as Result;
        return succeeded(result as Awaited<Result>);
      },
    );
  }
  // Whoever looks at the method sees the one that was written.
  Object.defineProperties(call, {
    name: { value: method.name, configurable: true },
    length: { value: method.length, configurable: true },
  });
  return call;
}

/** Does the work as a consequence of an event, where there is one. */
function following<Result>(cause: DomainEvent | undefined, work: () => Result): Result {
  if (cause === undefined) return work();
  const { id: causationId, correlationId } = cause.context;
  return runInAmbience({ context: { causationId, correlationId } }, work);
}

/** Makes an event and publishes it. Never throws. */
function publish<Self>(
  make: () => DomainEvent | undefined,
  bus: (self: Self) => Pick<EventBus, 'publish'>,
  self: Self,
  name: string | symbol,
): DomainEvent | undefined {
  try {
    const event = make();
    if (event !== undefined) bus(self).publish(event);
    return event;
  } catch (error) {
    report(error, bus, self, name);
    return undefined;
  }
}

function report<Self>(
  thrown: unknown,
  bus: (self: Self) => Pick<EventBus, 'publish'>,
  self: Self,
  name: string | symbol,
): void {
  reportFailure(() => bus(self), `${ownerOf(self)}.${String(name)}`, thrown);
}

/** The name of the class that a method belongs to. */
function ownerOf(self: unknown): string {
  const owner: unknown = typeof self === 'function' ? self : (self as object | null | undefined)?.constructor;
  return typeof owner === 'function' && owner.name !== '' ? owner.name : 'object';
}

function assertMethod<Wanted>(value: unknown, name: string | symbol): Wanted {
  if (typeof value === 'function') return value as Wanted;
  throw new InvalidArgumentError(`emits() can decorate methods only, and ${String(name)} is none.`, {
    hint: 'Move what is to be told of into a method.',
  });
}

function isThenable(value: unknown): value is PromiseLike<never> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
