import { DEFAULT_EVENT_LIMITS, limitedPayload } from '../../src/domain/events/event-limits.js';
// Not through the index, which would install the defaults.
import { BusHandlerFailed } from '../../src/domain/events/families/bus.events.js';
import { toStoreError } from '../../src/infrastructure/persistence/typeorm/store-errors.js';

describe('errors that are met from the inside only', () => {
  it('an event class without the defaults says from where to import it', () => {
    const error = { name: 'Error', message: 'failed' };
    const make = () => new BusHandlerFailed({ eventId: 'e', eventType: 'a.b', handler: 'h', error, attempt: 1 });
    expect(make).toThrow(expect.objectContaining({ code: 'WAYMARK_NO_AMBIENCE' }));
  });

  it('a payload over the limit names it', () => {
    const large = { text: 'x'.repeat(DEFAULT_EVENT_LIMITS.maxBytes) };
    expect(() => limitedPayload(large)).toThrow(expect.objectContaining({ code: 'WAYMARK_EVENT_TOO_LARGE' }));
  });

  it('what SQLite fails with in a way of its own keeps its code and its cause', () => {
    const cause = Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_READ' });
    expect(toStoreError(cause, '/a.db')).toMatchObject({
      code: 'WAYMARK_STORE_FAILED',
      cause,
      details: { path: '/a.db', code: 'SQLITE_IOERR_READ' },
    });
    const other = new Error('not of SQLite');
    expect(toStoreError(other, '/a.db')).toBe(other);
  });
});
