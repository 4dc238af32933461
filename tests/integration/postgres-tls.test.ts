import { type Waymark, WaymarkError } from '../../src/index.js';
import { openWaymark } from '../support/open-waymark.js';
import { askPostgres, describeOnPostgres, dropSchemas, postgresOptions } from '../support/postgres.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** What asks a server whether it speaks TLS: the length, and the number of the request. */
const SSL_REQUEST = '\0\0\0\b\x04\xd2\x16/';

describeOnPostgres('TLS', () => {
  let schema: string;
  let proxy: TcpProxy;
  /** What went over the line to the server. */
  let sent: string[];

  beforeEach(async () => {
    const { host = '127.0.0.1', port = 5432, ...options } = postgresOptions();
    schema = options.schema;
    sent = [];
    proxy = await TcpProxy.open(host, port);
    proxy.fate = (text) => {
      sent.push(text);
      return 'pass';
    };
  });
  afterEach(async () => {
    await proxy.close();
    await dropSchemas([schema]);
  });

  const open = (query: string): Promise<Waymark> => {
    const { user = 'postgres', database = 'postgres' } = postgresOptions();
    const storage = `postgres://${user}@127.0.0.1:${proxy.port}/${database}?schema=${schema}&${query}`;
    return openWaymark({ storage });
  };
  /** What becomes of it: the code of the error where there is one. */
  const outcomeOf = async (query: string): Promise<string | undefined> => {
    try {
      await (await open(query)).close();
      return undefined;
    } catch (error) {
      if (WaymarkError.is(error)) return error.code;
      throw error;
    }
  };

  it('that is required is had, or the store is not opened: nothing goes over the line in plain text', async () => {
    const [{ ssl }] = (await askPostgres('SHOW ssl')) as [{ readonly ssl: string }];
    const expected = ssl === 'on' ? undefined : 'WAYMARK_STORE_LOGIN_REFUSED';
    expect(await outcomeOf('sslmode=require')).toBe(expected);
    expect(await outcomeOf('ssl=no-verify')).toBe(expected);
    // Nobody knows who signed the certificate of a test's server.
    expect(await outcomeOf(`sslmode=verify-full`)).toBe('WAYMARK_STORE_LOGIN_REFUSED');
    expect(await outcomeOf(`ssl=true`)).toBe('WAYMARK_STORE_LOGIN_REFUSED');
    expect(sent).toContain(SSL_REQUEST);
    expect(sent.join('')).not.toContain(schema);
  });

  it('that is not wanted is not used', async () => {
    await using waymark = await open('sslmode=disable');
    expect(await waymark.log.head()).toMatchObject({ size: 0 });
    expect(sent.join('')).toContain(`search_path=${schema}`);
  });
});
