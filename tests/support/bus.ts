import { EventFactory, RxEventBus, type RxEventBusOptions } from '../../src/index.js';
import { FakeClock } from './fake-clock.js';
import { SequenceIds } from './sequence-ids.js';

/** A bus on a clock that stands still, with ids in sequence. */
export function makeBus(options: RxEventBusOptions = {}): RxEventBus {
  return new RxEventBus(new EventFactory(new FakeClock(), new SequenceIds()), options);
}
