import { currentAmbience, currentContext } from '../application/context/run-with-context.js';
import { installEventAmbience } from '../domain/events/event-context.js';
import { systemClock } from '../infrastructure/runtime/system-clock.js';
import { uuidV7IdGenerator } from '../infrastructure/runtime/uuid-v7-id-generator.js';

// Gives event classes the time, ids and context of the work they are made in. Importing this module is enough.
installEventAmbience({
  now: () => (currentAmbience()?.clock ?? systemClock).now(),
  nextId: () => (currentAmbience()?.ids ?? uuidV7IdGenerator).next(),
  context: currentContext,
});
