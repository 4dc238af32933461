import type { AdapterServices } from '../../../../application/shared/adapter-services.js';
import { reportFailure } from '../../../../application/events/report-failure.js';
import type { AnyEventClass } from '../../../../domain/events/define-event.js';
import type { AmbientContext } from '../../../../domain/events/event-context.js';
import type { DomainEvent } from '../../../../domain/events/domain-event.js';

const COMPONENT = 'langgraph.observe';

/** How an event of a run is told. */
export interface Telling<Class extends AnyEventClass> {
  /** The event that it follows from. */
  readonly causationId?: string | undefined;
  /** When it happened, ISO 8601: now when left out. */
  readonly occurredAt?: string | undefined;
  /** What the event is to hold where it can't hold everything. */
  readonly otherwise?: ConstructorParameters<Class>[0];
}

/** The events of one run: all of one correlation, published in the order in which they are told. Never throws. */
export class RunEvents {
  readonly #services: AdapterServices;
  readonly #context: AmbientContext;
  #isWarned = false;
  readonly #onTold: ((event: DomainEvent) => void)[] = [];

  constructor(services: AdapterServices, context: AmbientContext) {
    this.#services = services;
    this.#context = context;
  }

  get correlationId(): string | undefined {
    return this.#context.correlationId;
  }

  /** Milliseconds of a clock that is never set back. */
  now(): number {
    return this.#services.factory.clock.monotonic();
  }

  /** The present time, ISO 8601. */
  instant(): string {
    return this.#services.factory.now();
  }

  /** Whether the capture policy keeps an input or output. */
  keeps(type: string, field: string): boolean {
    const { capture } = this.#services;
    return typeof capture === 'function' ? capture(type, field) : capture;
  }

  /** Calls a listener with each event that was published. */
  onTold(listener: (event: DomainEvent) => void): void {
    this.#onTold.push(listener);
  }

  /** Publishes an event. Returns its id, or `undefined` where that failed, which is reported. */
  tell<Class extends AnyEventClass>(
    type: Class,
    payload: ConstructorParameters<Class>[0],
    telling: Telling<Class> = {},
  ): string | undefined {
    return this.attempt(() => {
      const event = this.#make(type, payload, telling) as DomainEvent;
      this.#services.bus.publish(event);
      for (const listener of this.#onTold) listener(event);
      return event.id;
    });
  }

  /** Does what must not break the graph that is observed: a failure is reported, and goes no further. */
  attempt<Result>(work: () => Result): Result | undefined {
    try {
      return work();
    } catch (error) {
      this.report(error);
      return undefined;
    }
  }

  /** {@link attempt} for what takes its time. */
  async attemptAsync<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      this.report(error);
      return undefined;
    }
  }

  report(error: unknown): void {
    // A bus that takes nothing any more takes none of a run's events: one warning says so for all of them.
    const isTold = reportFailure(() => this.#services.bus, COMPONENT, error, this.#isWarned);
    this.#isWarned ||= !isTold;
  }

  #make<Class extends AnyEventClass>(
    type: Class,
    payload: ConstructorParameters<Class>[0],
    { causationId, occurredAt, otherwise }: Telling<Class>,
  ): InstanceType<Class> {
    const context = {
      ...this.#context,
      ...(causationId === undefined ? {} : { causationId }),
      ...(occurredAt === undefined ? {} : { occurredAt }),
    };
    try {
      return this.#services.factory.make(type, payload, context);
    } catch (error) {
      if (otherwise === undefined) throw error;
      this.report(error);
      return this.#services.factory.make(type, otherwise, context);
    }
  }
}
