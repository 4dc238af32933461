import { logSetup } from '../../../src/composition/log-configuration.js';
import { parseStorage } from '../../../src/composition/configuration.js';
import { spillPlace } from '../../../src/composition/spill-place.js';

const before = process.env['XDG_STATE_HOME'];

afterEach(() => {
  if (before === undefined) delete process.env['XDG_STATE_HOME'];
  else process.env['XDG_STATE_HOME'] = before;
});

const prefixOf = (storage: string, log = {}): string | undefined =>
  logSetup(log, spillPlace(parseStorage(storage))).spill?.prefix;

describe('where spill files are', () => {
  it('is beside a SQLite file', () => {
    expect(prefixOf('sqlite:/var/lib/app/waymark.db')).toBe('/var/lib/app/waymark.db.spill');
  });

  it('is in the folder for state for PostgreSQL, by server, database and schema, without the password', () => {
    process.env['XDG_STATE_HOME'] = '/home/ada/.state';
    const prefix = prefixOf('postgres://ada:pw@db/app?schema=one');
    expect(prefix).toMatch(/^\/home\/ada\/\.state\/waymark\/[0-9a-f]{16}\.spill$/);
    expect(prefixOf('postgres://ada:other@db/app?schema=one')).toBe(prefix);
    expect(prefixOf('postgres://ada:pw@db/app?schema=two')).not.toBe(prefix);
  });

  it('is in the home folder where the folder for state is not set, or no absolute path', () => {
    delete process.env['XDG_STATE_HOME'];
    const prefix = prefixOf('postgres://db/app');
    expect(prefix).toMatch(/\/\.local\/state\/waymark\/[0-9a-f]{16}\.spill$/);
    process.env['XDG_STATE_HOME'] = 'relative';
    expect(prefixOf('postgres://db/app')).toBe(prefix);
  });

  it.each(['memory:', 'sqlite:./waymark.db?mode=ro', 'postgres://db/app?mode=ro'])('is nowhere for %s', (storage) => {
    expect(prefixOf(storage)).toBeUndefined();
  });

  it('is where it is said, or nowhere', () => {
    expect(prefixOf('memory:', { spill: '/spool/waymark' })).toBe('/spool/waymark');
    expect(prefixOf('sqlite:./waymark.db', { spill: false })).toBeUndefined();
  });
});

it('has limits when none are set', () => {
  const { limits, spill } = logSetup(undefined, spillPlace(parseStorage('sqlite:./waymark.db')));
  expect(limits).toStrictEqual({ events: 10_000, bytes: 64 * 1024 * 1024 });
  expect(spill?.maxBytes).toBe(1024 * 1024 * 1024);
});
