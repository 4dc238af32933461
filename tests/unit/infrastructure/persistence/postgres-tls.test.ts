import { writeFileSync } from 'node:fs';
import pg from 'pg';
import { parseStorage, type StorageConfig } from '../../../../src/composition/configuration.js';
import { tlsOf } from '../../../../src/infrastructure/persistence/typeorm/postgres-tls.js';
import { caughtWaymark } from '../../../support/caught.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

let folder: TemporaryFolder;
beforeEach(() => {
  folder = makeTemporaryFolder();
  writeFileSync(folder.file('root.pem'), PEM);
});
afterEach(() => folder.remove());

/** What the driver makes of a storage: `false` for plain text. */
function sslOf(storage: string | StorageConfig): unknown {
  const parsed = parseStorage(storage);
  if (parsed.kind !== 'postgres') throw new TypeError('It is no storage on PostgreSQL.');
  const ssl = tlsOf(parsed);
  const client = new pg.Client({ host: 'db', ...(ssl === undefined ? {} : { ssl }) });
  return (client as unknown as { connectionParameters: { ssl: unknown } }).connectionParameters.ssl;
}

const anyName = expect.any(Function) as unknown;

describe('TLS to PostgreSQL', () => {
  it.each([
    ['', false],
    ['?ssl=false', false],
    ['?sslmode=disable', false],
    ['?ssl=no-verify', { rejectUnauthorized: false }],
    ['?sslmode=require', { rejectUnauthorized: false }],
    ['?sslmode=verify-ca', { checkServerIdentity: anyName }],
    ['?ssl=true', true],
    ['?sslmode=verify-full', true],
  ])('is what a URL with "%s" says', (query, ssl) => {
    const before = process.env['PGSSLMODE'];
    delete process.env['PGSSLMODE'];
    try {
      expect(sslOf(`postgres://db/app${query}`)).toStrictEqual(ssl);
    } finally {
      if (before !== undefined) process.env['PGSSLMODE'] = before;
    }
  });

  it.each([
    ['require', { ca: PEM, checkServerIdentity: anyName }],
    ['verify-ca', { ca: PEM, checkServerIdentity: anyName }],
    ['verify-full', { ca: PEM }],
  ] as const)('believes the authority of a file with sslmode=%s', (sslmode, ssl) => {
    const sslrootcert = folder.file('root.pem');
    expect(sslOf(`postgres://db/app?sslmode=${sslmode}&sslrootcert=${encodeURIComponent(sslrootcert)}`)).toStrictEqual(
      ssl,
    );
    expect(sslOf({ kind: 'postgres', host: 'db', sslmode, sslrootcert })).toStrictEqual(ssl);
  });

  it('takes what tls.connect takes', () => {
    expect(sslOf({ kind: 'postgres', ssl: { ca: PEM, servername: 'db.internal' } })).toStrictEqual({
      ca: PEM,
      servername: 'db.internal',
    });
  });

  it.each([
    ['?sslmode=prefer', 'sslmode can be disable, require, verify-ca, verify-full'],
    ['?sslmode=allow', 'plain text'],
    ['?sslmode=require&ssl=true', 'exclude each other'],
    ['?sslrootcert=root.pem', 'sslrootcert needs sslmode'],
    ['?sslmode=disable&sslrootcert=root.pem', 'sslrootcert needs sslmode'],
    ['?sslmode=verify-full&sslrootcert=/no/such/root.pem', "sslrootcert /no/such/root.pem can't be read: ENOENT"],
  ])('is refused where "%s" could not be kept', async (query, why) => {
    const error = await caughtWaymark(() => sslOf(`postgres://db/app${query}`));
    expect(error).toMatchObject({ code: 'WAYMARK_INVALID_STORAGE', message: expect.stringContaining(why) });
    expect(error.hint).toBeTruthy();
  });
});
