import { SystemErrorRaised } from '../../domain/events/families/system.events.js';
import type { EventBus } from '../bus/event-bus.port.js';
import { errorRecord } from '../context/error-record.js';

/**
 * Says that something could not be told: as `system.error_raised` on the bus, and as a warning of the process
 * (`WAYMARK_EMIT_FAILED`) where the bus does not take that either. Never throws.
 *
 * @param component who could not tell: `DealDesk.create`
 * @param isWarned whether the process was warned before, and need not be again
 * @returns whether the bus took it
 */
export function reportFailure(
  bus: () => Pick<EventBus, 'publish'>,
  component: string,
  thrown: unknown,
  isWarned = false,
): boolean {
  const error = errorRecord(thrown);
  try {
    bus().publish(new SystemErrorRaised({ component, error }));
    return true;
  } catch {
    if (isWarned) return false;
    // Nothing can be published: the process is told instead.
    process.emitWarning(`${component} could not emit its event: ${error.message}`, {
      type: 'WaymarkWarning',
      code: 'WAYMARK_EMIT_FAILED',
    });
    return false;
  }
}
