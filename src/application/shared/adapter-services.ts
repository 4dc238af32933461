import type { CapturePolicy } from '../../domain/events/capture.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import type { EventRecorder } from '../audit/event-recorder.js';
import type { Checkpoints } from '../checkpoint/checkpoints.js';
import type { EventFactory } from '../context/event-factory.js';
import type { ExpressionEvaluator } from '../execution/expression-evaluator.port.js';
import type { RunningThreads } from '../execution/thread/running-threads.js';
import type { AuditLog } from '../audit/audit-log.js';
import type { EventBus } from '../bus/event-bus.port.js';
import type { Store } from '../store/store.port.js';

/** What Waymark's own adapters to other engines build on. */
export interface AdapterServices {
  readonly bus: EventBus;
  readonly log: AuditLog;
  readonly store: Store;
  readonly checkpoints: Checkpoints;
  readonly factory: EventFactory;
  readonly recorder: EventRecorder;
  /** Which inputs and outputs are kept. */
  readonly capture: CapturePolicy;
  /** Knows what is being run. */
  readonly running: RunningThreads;
  readonly expressions: ExpressionEvaluator;
}

/** What an adapter is handed by its user: a `Waymark`. */
export type AdapterHost = Pick<AdapterServices, 'bus' | 'log' | 'checkpoints' | 'store'>;

const offered = new WeakMap<AdapterHost, AdapterServices>();

/** Lets adapters that are handed `host` find what they build on, without a place for it on the public surface. */
export function offerServices(host: AdapterHost, services: AdapterServices): void {
  offered.set(host, services);
}

/**
 * What an adapter builds on.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT` for anything that is no `Waymark`
 */
export function servicesOf(host: AdapterHost): AdapterServices {
  const services = typeof host === 'object' && host !== null ? offered.get(host) : undefined;
  if (services !== undefined) return services;
  throw new InvalidArgumentError('That is no Waymark.', {
    hint: 'Give what `await createWaymark(…)` returned, of the same copy of the package.',
  });
}
