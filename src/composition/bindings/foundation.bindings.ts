import type { Bind } from 'inversify';
import { EventFactory } from '../../application/context/event-factory.js';
import { EventIntake } from '../../application/events/event-intake.js';
import { EventCatalog } from '../../domain/events/event-catalog.js';
import { WAYMARK_EVENTS } from '../../domain/events/families/index.js';
import { RxEventBus, type RxEventBusOptions } from '../../infrastructure/bus/rx-event-bus.js';
import { CelExpressionEvaluator } from '../../infrastructure/expression/cel-expression-evaluator.js';
import { makeProcessIdentity } from '../../infrastructure/runtime/process-identity.js';
import { systemClock } from '../../infrastructure/runtime/system-clock.js';
import { timerScheduler } from '../../infrastructure/runtime/timer-scheduler.js';
import { uuidV7IdGenerator } from '../../infrastructure/runtime/uuid-v7-id-generator.js';
import type { WaymarkConfig } from '../configuration.js';
import { TOKENS } from '../tokens.js';

/** What everything else stands on: time, ids, the catalog, the bus. */
export function bindFoundation(bind: Bind, config: WaymarkConfig): void {
  bind(TOKENS.Clock).toConstantValue(config.clock ?? systemClock);
  bind(TOKENS.IdGenerator).toConstantValue(config.ids ?? uuidV7IdGenerator);
  bind(TOKENS.Scheduler).toConstantValue(config.scheduler ?? timerScheduler);
  bind(TOKENS.ProcessIdentity)
    .toResolvedValue(() => config.identity ?? makeProcessIdentity())
    .inSingletonScope();
  bind(TOKENS.ExpressionEvaluator)
    .toResolvedValue(() => new CelExpressionEvaluator())
    .inSingletonScope();
  bind(TOKENS.EventFactory)
    .toResolvedValue((clock, ids) => new EventFactory(clock, ids), [TOKENS.Clock, TOKENS.IdGenerator])
    .inSingletonScope();
  bind(TOKENS.EventCatalog)
    .toResolvedValue(() => new EventCatalog(WAYMARK_EVENTS))
    .inSingletonScope();
  bind(TOKENS.EventIntake)
    .toResolvedValue(
      (catalog) => new EventIntake(catalog, config.capture ?? false, config.unregistered),
      [TOKENS.EventCatalog],
    )
    .inSingletonScope();
  bind(TOKENS.EventBus)
    .toResolvedValue(
      (factory, intake, catalog, scheduler) =>
        new RxEventBus(factory, { ...busOptions(config), intake, catalog, scheduler }),
      [TOKENS.EventFactory, TOKENS.EventIntake, TOKENS.EventCatalog, TOKENS.Scheduler],
    )
    .inSingletonScope();
}

function busOptions(
  config: WaymarkConfig,
): Pick<RxEventBusOptions, 'historySize' | 'historyBytes' | 'maxDepth' | 'maxCascade'> {
  return {
    ...(config.historySize === undefined ? {} : { historySize: config.historySize }),
    ...(config.historyBytes === undefined ? {} : { historyBytes: config.historyBytes }),
    ...(config.maxPublishDepth === undefined ? {} : { maxDepth: config.maxPublishDepth }),
    ...(config.maxPublishCascade === undefined ? {} : { maxCascade: config.maxPublishCascade }),
  };
}
