import 'reflect-metadata';
import { EventEmitter } from 'node:events';
import { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { type CommandBus, EventBus, EventsHandler, UnhandledExceptionBus } from '@nestjs/cqrs';
import Emittery from 'emittery';
import eventemitter2 from 'eventemitter2';
import { filter, Subject } from 'rxjs';
import { type AnyEventClass, type DomainEvent, EventFactory, RxEventBus } from 'waymark';

/** A way to tell handlers of events: to each class, so many handlers. */
export interface Publisher {
  readonly name: string;
  /** Gives an event to the handlers; a promise where they are called later. */
  readonly publish: (event: DomainEvent) => unknown;
}

type Handler = (event: DomainEvent) => void;

/** Makes a publisher with `handlers` handlers for each class. What {@link Handler}s do, `makeHandler` decides. */
export type MakePublisher = (
  classes: readonly AnyEventClass[],
  handlers: number,
  makeHandler: () => Handler,
) => Publisher;

/** A bus as Waymark itself makes it, but for its clock. */
export function makeBus(): RxEventBus {
  return new RxEventBus(
    new EventFactory({ now: Date.now, monotonic: () => performance.now() }, { next: () => 'unused' }),
  );
}

export const waymark: MakePublisher = (classes, handlers, makeHandler) => {
  const bus = makeBus();
  forEach(classes, handlers, ({ type }) => bus.subscribe(type, makeHandler()));
  return { name: 'Waymark bus.publish', publish: (event) => bus.publish(event) };
};

/** Everybody gets everything. */
export const bareSubject: MakePublisher = (classes, handlers, makeHandler) => {
  const subject = new Subject<DomainEvent>();
  forEach(classes, handlers, () => subject.subscribe(makeHandler()));
  return { name: 'RxJS Subject.next', publish: (event) => subject.next(event) };
};

export const filteredSubject: MakePublisher = (classes, handlers, makeHandler) => {
  const subject = new Subject<DomainEvent>();
  forEach(classes, handlers, ({ type }) =>
    subject.pipe(filter((event) => event.type === type)).subscribe(makeHandler()),
  );
  return { name: 'RxJS Subject.next, filter for each', publish: (event) => subject.next(event) };
};

export const emitter: MakePublisher = (classes, handlers, makeHandler) => {
  const events = new EventEmitter({ captureRejections: false }).setMaxListeners(handlers);
  forEach(classes, handlers, ({ type }) => events.on(type, makeHandler()));
  return { name: 'EventEmitter.emit', publish: (event) => events.emit(event.type, event) };
};

export const emitter2: MakePublisher = (classes, handlers, makeHandler) => {
  const events = new eventemitter2.EventEmitter2({ maxListeners: handlers });
  forEach(classes, handlers, ({ type }) => events.on(type, makeHandler()));
  return { name: 'EventEmitter2.emit', publish: (event) => events.emit(event.type, event) };
};

export const emittery: MakePublisher = (classes, handlers, makeHandler) => {
  const events = new Emittery();
  forEach(classes, handlers, ({ type }) => events.on(type, makeHandler()));
  return { name: 'Emittery.emit, awaited', publish: (event) => events.emit(event.type, event) };
};

/** Its bus as its module sets it up, without the application around it. */
export const nest: MakePublisher = (classes, handlers, makeHandler) => {
  const none = undefined as unknown;
  // Commands are for sagas, and the container for handlers made anew for each request: there are neither.
  const bus = new EventBus<DomainEvent>(none as CommandBus, none as never, new UnhandledExceptionBus());
  forEach(classes, handlers, (eventClass) => {
    const handle = makeHandler();
    class OwnHandler {
      handle(event: DomainEvent): void {
        handle(event);
      }
    }
    EventsHandler(eventClass)(OwnHandler);
    bus.register([new InstanceWrapper({ name: OwnHandler.name, metatype: OwnHandler, instance: new OwnHandler() })]);
  });
  return { name: '@nestjs/cqrs EventBus.publish', publish: (event) => bus.publish(event) as unknown };
};

function forEach(
  classes: readonly AnyEventClass[],
  handlers: number,
  begin: (eventClass: AnyEventClass) => unknown,
): void {
  for (const eventClass of classes) for (let handler = 0; handler < handlers; handler += 1) begin(eventClass);
}
