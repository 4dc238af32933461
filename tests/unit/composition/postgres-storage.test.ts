import { inspect } from 'node:util';
import { parseStorage, type StorageConfig } from '../../../src/composition/configuration.js';
import { caughtWaymark } from '../../support/caught.js';

describe('a URL of PostgreSQL', () => {
  it('says where the server is, who asks, and how', () => {
    const url =
      'postgres://ada:s3%40cret@db.example:6543/app?schema=flights&mode=ro&mustExist=true&durability=normal&poolSize=4' +
      '&connectTimeoutMs=1&statementTimeoutMs=2&lockTimeoutMs=3&ssl=no-verify';
    expect(parseStorage(url)).toStrictEqual({
      kind: 'postgres',
      host: 'db.example',
      port: 6543,
      user: 'ada',
      password: 's3@cret',
      database: 'app',
      schema: 'flights',
      mode: 'ro',
      mustExist: true,
      durability: 'normal',
      poolSize: 4,
      connectTimeoutMs: 1,
      statementTimeoutMs: 2,
      lockTimeoutMs: 3,
      ssl: 'no-verify',
    });
  });

  it.each([
    ['postgresql://db', { host: 'db' }],
    ['postgres:///app', { database: 'app' }],
    ['postgres://[::1]:5432/app', { host: '::1', port: 5432, database: 'app' }],
    ['postgres://%2Fvar%2Frun%2Fpostgresql/app', { host: '/var/run/postgresql', database: 'app' }],
    ['postgres://db/app?ssl=true', { host: 'db', database: 'app', ssl: true }],
  ])('may leave out what the environment says: %s', (url, parts) => {
    expect(parseStorage(url)).toStrictEqual({ kind: 'postgres', ...parts });
  });

  it('may stand beside parts, which count', () => {
    const storage = { kind: 'postgres', url: 'postgres://ada@db/app?schema=a', schema: 'b', password: 'x' } as const;
    expect(parseStorage(storage)).toStrictEqual({
      kind: 'postgres',
      host: 'db',
      user: 'ada',
      database: 'app',
      schema: 'b',
      password: 'x',
    });
  });
});

describe('a storage on PostgreSQL', () => {
  const SECRET = 'pa55word';
  const parts = (options: object): StorageConfig => ({ kind: 'postgres', password: SECRET, ...options });

  it.each<[string, string | StorageConfig, string]>([
    ['a misspelt option', `postgres://ada:${SECRET}@db/app?schma=x`, 'there is no option schma'],
    ['a part as an option', `postgres://ada@db/app?password=${SECRET}`, 'there is no option password in a URL'],
    ['a misspelt key', parts({ hst: 'db' }), 'there is no option hst'],
    ['a schema with capitals', parts({ schema: 'Way' }), 'schema can be'],
    ['a schema with quotes', parts({ schema: 'a"; DROP TABLE x' }), 'schema can be'],
    ["a schema of the server's own", parts({ schema: 'pg_temp' }), 'schema can be'],
    ['a schema that is too long', parts({ schema: 'a'.repeat(64) }), 'schema can be'],
    ['a pool of one', parts({ poolSize: 1 }), 'poolSize must be a whole number from 2'],
    ['a time in words', `postgres://ada:${SECRET}@db/app?connectTimeoutMs=soon`, 'connectTimeoutMs must be'],
    ['a negative time', parts({ lockTimeoutMs: -1 }), 'lockTimeoutMs must be'],
    ['a port beyond all', parts({ port: 70_000 }), 'port must be'],
    ['another mode', parts({ mode: 'rwx' }), 'mode can be'],
    ['a durability that there is not', parts({ durability: 'most' }), 'durability can be full, normal, off'],
    ['mustExist that is neither', parts({ mustExist: 'yes' }), 'mustExist can be'],
    ['another kind of TLS', `postgres://ada:${SECRET}@db/app?ssl=maybe`, 'ssl can be'],
    ['a host that is none', parts({ host: 5 }), 'host must be a text'],
    ['a NUL character', parts({ database: 'a\u0000b' }), 'database must be a text'],
    ['a password with a slash', `postgres://ada:12/${SECRET}@db/app`, '%2F'],
    ['a password with a question mark', `postgres://ada:12?${SECRET}@db/app`, '%3F'],
    ['a password with a hash', `postgres://ada:12#${SECRET}@db/app`, '%23'],
    ['a password with an at sign', `postgres://ada:12@${SECRET}@db/app`, '%40'],
    ['an escape that is none', `postgres://ada:${SECRET}%@db/app`, 'can not be read'],
    ['no slashes', `postgres:ada:${SECRET}@db`, 'can not be read'],
    ['a misspelt scheme', `postgre://ada:${SECRET}@db/app`, 'postgres://'],
    ['another kind', { kind: 'mysql', password: SECRET } as unknown as StorageConfig, 'postgres://'],
    ['a URL of something else', parts({ url: `mysql://ada:${SECRET}@db` }), 'can not be read'],
  ])('is refused with %s, and no password is told', async (_, storage, why) => {
    const error = await caughtWaymark(() => parseStorage(storage));
    expect(error.code).toBe('WAYMARK_INVALID_STORAGE');
    expect(error.message).toContain(why);
    expect(error.hint).toBeTruthy();
    expect(inspect(error, { depth: 10 })).not.toContain(SECRET);
  });
});
