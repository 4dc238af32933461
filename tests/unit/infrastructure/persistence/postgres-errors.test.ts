import { WaymarkError } from '../../../../src/index.js';
import { isUnreachable, toPostgresError } from '../../../../src/infrastructure/persistence/typeorm/postgres-errors.js';

const STORE = 'postgres://ada@db/app?schema=waymark';

/** What the driver throws for an error of the server. */
function fromServer(code: string, message = 'what the server says'): Error {
  return Object.assign(new Error(message), { code, severity: 'ERROR' });
}

/** What TypeORM makes of it. */
function wrapped(driverError: Error): Error {
  return Object.assign(new Error('query failed'), { driverError });
}

function translated(error: unknown): WaymarkError {
  const result = toPostgresError(error, STORE);
  if (WaymarkError.is(result)) return result;
  throw new Error('It is no WaymarkError.', { cause: result });
}

describe('an error of PostgreSQL', () => {
  it.each([
    ['a refused password', '28P01', 'WAYMARK_STORE_LOGIN_REFUSED'],
    ['a refused login', '28000', 'WAYMARK_STORE_LOGIN_REFUSED'],
    ['a database that is not there', '3D000', 'WAYMARK_STORE_NOT_FOUND'],
    ['a right that is missing', '42501', 'WAYMARK_STORE_FORBIDDEN'],
    ['a read-only transaction', '25006', 'WAYMARK_STORE_READ_ONLY'],
    ['a full disk', '53100', 'WAYMARK_STORE_FULL'],
    ['a lock that was not given', '55P03', 'WAYMARK_STORE_LOCKED'],
    ['a statement that took too long', '57014', 'WAYMARK_STORE_LOCKED'],
    ['a deadlock', '40P01', 'WAYMARK_STORE_LOCKED'],
    ['a NUL character', '22021', 'WAYMARK_INVALID_ARGUMENT'],
    ['a damaged page', 'XX001', 'WAYMARK_STORE_CORRUPT'],
    ['a damaged index', 'XX002', 'WAYMARK_STORE_CORRUPT'],
    ['no room for another connection', '53300', 'WAYMARK_STORE_UNAVAILABLE'],
    ['a server that is shut down', '57P01', 'WAYMARK_STORE_UNAVAILABLE'],
    ['a server that crashed', '57P02', 'WAYMARK_STORE_UNAVAILABLE'],
    ['a server that starts', '57P03', 'WAYMARK_STORE_UNAVAILABLE'],
    ['a connection that failed', '08006', 'WAYMARK_STORE_UNAVAILABLE'],
    ['a table that is not there', '42P01', 'WAYMARK_STORE_CORRUPT'],
    ['anything else', '42601', 'WAYMARK_STORE_FAILED'],
    ['a breach of the protocol, which would come again', '08P01', 'WAYMARK_STORE_FAILED'],
  ])('that tells of %s has a code and a next step', (_, state, code) => {
    const cause = fromServer(state);
    for (const error of [cause, wrapped(cause)]) {
      const result = translated(error);
      expect(result.code).toBe(code);
      expect(result.message).toContain(STORE);
      expect(result.message).toContain('what the server says');
      expect(result.hint).toBeTruthy();
      expect(result.cause).toBe(error);
    }
  });

  it('that says where it came from says so to programs', () => {
    expect(translated(fromServer('42601')).details).toMatchObject({ code: '42601' });
  });
});

describe('an error of the network or the driver', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH'])(
    '%s means that the server is not there',
    (code) => {
      // Several addresses that refuse give an error without a message.
      const error = Object.assign(new Error('none'), { message: '', code });
      expect(isUnreachable(error)).toBe(true);
      const result = translated(error);
      expect(result.code).toBe('WAYMARK_STORE_UNAVAILABLE');
      expect(result.message).toContain(code);
    },
  );

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'timeout exceeded when trying to connect',
    'Query read timeout',
  ])('"%s" means so too', (message) => {
    expect(translated(new Error(message)).code).toBe('WAYMARK_STORE_UNAVAILABLE');
  });
});

describe('a login that the driver does not go on with', () => {
  it.each([
    ['for want of a password', new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string')],
    ['for want of encryption', new Error('The server does not support SSL connections')],
    ['for its certificate', Object.assign(new Error('self-signed'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })],
    ['for its name', Object.assign(new Error('another name'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })],
  ])('%s is refused', (_, error) => {
    expect(translated(error).code).toBe('WAYMARK_STORE_LOGIN_REFUSED');
  });
});

describe('an error of somebody else', () => {
  it.each([
    ['of Waymark', new WaymarkError('WAYMARK_VERSION_CONFLICT', 'changed')],
    ['of the work', new Error('the work fails')],
    ['of a file', Object.assign(new Error('no right'), { code: 'EACCES' })],
    ['that is none', 'a text'],
    ['that is nothing', undefined],
  ])('%s is given back as it is', (_, error) => {
    expect(toPostgresError(error, STORE)).toBe(error);
    expect(isUnreachable(error)).toBe(false);
  });
});
