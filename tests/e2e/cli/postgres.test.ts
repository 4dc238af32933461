import { jest } from '@jest/globals';
import { createWaymark } from '../../../src/index.js';
import { describeOnPostgres, dropSchemas, postgresOptions, postgresUrl } from '../../support/postgres.js';
import { chain } from '../../support/workflows.js';
import { call } from './support/in-process.js';

jest.setTimeout(30_000);

describeOnPostgres('a store on PostgreSQL', () => {
  let schema: string;
  beforeEach(() => {
    ({ schema } = postgresOptions());
  });
  afterEach(() => dropSchemas([schema]));

  /** Its URL, with a password that nothing may print. */
  const storeUrl = (): string => {
    const url = new URL(postgresUrl(schema));
    if (url.password === '') url.password = 'pa55word';
    return url.href;
  };

  it('is read by every command, and no command tells the password', async () => {
    const waymark = await createWaymark({ storage: storeUrl() });
    const run = await waymark.executions.start(chain(), { x: 1 }, { breakpoints: ['b'] });
    await run.result();
    await waymark.close();
    const { password } = new URL(storeUrl());

    const doctor = await call(['doctor', '--store', storeUrl()]);
    expect(doctor.stdout).toMatch(/pg +can be loaded/);
    expect(doctor.stdout).toMatch(/PostgreSQL +\d+/);
    expect(doctor.stdout).toMatch(/synchronous_commit +on/);
    expect(doctor.stdout).toMatch(/migrations +\d+ applied, 0 pending/);
    expect(doctor.stdout).toMatch(/dead letters +0/);
    expect(doctor).toMatchObject({ code: 0, stderr: '' });

    const outcomes = [doctor];
    for (const args of [['executions'], ['show', run.id], ['log'], ['verify'], ['checkpoints', run.id]]) {
      const outcome = await call([...args, '--store', storeUrl()]);
      expect(outcome).toMatchObject({ code: 0 });
      outcomes.push(outcome);
    }
    expect(JSON.stringify(outcomes)).not.toContain(password);
    expect(JSON.stringify(outcomes)).toContain(`schema=${schema}`);
  });

  it('that there is not yet is not made by who reads', async () => {
    const { code, stderr } = await call(['log', '--store', storeUrl()]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error WAYMARK_STORE_NOT_FOUND: .*\n→ /);
    expect(stderr).not.toContain(new URL(storeUrl()).password);
  });

  it('that can not be reached is a problem to the doctor, who tells no password', async () => {
    const store = 'postgres://ada:pa55word@127.0.0.1:1/app?connectTimeoutMs=20';
    const { code, stdout } = await call(['doctor', '--store', store]);
    expect(code).toBe(1);
    expect(stdout).toContain('WAYMARK_STORE_UNAVAILABLE');
    expect(stdout).not.toContain('pa55word');
  });
});
