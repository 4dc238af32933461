import { jest } from '@jest/globals';
import Database from 'better-sqlite3';
import { mkdirSync, readFileSync } from 'node:fs';
import type { Outcome } from './support/command-line.js';
import { call } from './support/in-process.js';
import { json } from './support/json.js';
import { makeProject, type Project } from './support/project.js';

// Each test starts programs.
jest.setTimeout(30_000);
const HELLO = ['run', 'hello.ts', '--input', '{"name":"Ada"}'];

describe('stores that can not be used', () => {
  let project: Project;
  beforeEach(() => {
    project = makeProject();
  });
  afterEach(() => project.remove());

  const onStore = (args: readonly string[], store: string): Promise<Outcome> =>
    project.waymark([...args, '--store', store]);

  it('one that is not a database: nothing in it is changed', async () => {
    const path = project.write('notes.txt', 'these are my notes, and no database\n'.repeat(20));
    const before = readFileSync(path);
    for (const args of [HELLO, ['log'], ['verify']]) {
      const { code, stderr } = await onStore(args, './notes.txt');
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^error WAYMARK_STORE_NOT_A_DATABASE: .*notes\.txt is not a SQLite database\.\n→ Nothing in it was changed/,
      );
    }
    expect(readFileSync(path).equals(before)).toBe(true);
    mkdirSync(`${project.path}/folder.db`);
    expect((await onStore(['log'], 'folder.db')).stderr).toMatch(/^error WAYMARK_STORE_NOT_A_DATABASE/);
  });

  it('one that can only be read: reading works, and writing says why not', async () => {
    await project.waymark(HELLO);
    const readOnly = `sqlite:${project.store}?mode=ro`;
    const { code, stderr } = await onStore(HELLO, readOnly);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error WAYMARK_STORE_READ_ONLY: .*\n→ /m);
    expect((await call(['executions', '--store', readOnly])).stdout).toContain('completed');
    expect((await call(['log', '--store', readOnly])).code).toBe(0);
    expect((await call(['verify', '--store', readOnly])).stdout).toMatch(/^log verified: /);
  });

  it('one that somebody else holds: it waits for as long as it was told, and writes nothing', async () => {
    await project.waymark(HELLO);
    const holder = new Database(project.store);
    try {
      holder.exec('BEGIN IMMEDIATE');
      const { code, stderr } = await onStore(HELLO, `sqlite:${project.store}?lockTimeoutMs=200`);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error WAYMARK_STORE_LOCKED: .*\n→ Nothing was written\./m);
      // Who only reads does not wait for who writes.
      expect((await call(['executions', '--store', project.store])).code).toBe(0);
    } finally {
      holder.close();
    }
    expect(json((await project.look(['executions', '--json'])).stdout)).toHaveLength(1);
    expect((await project.look(['verify'])).code).toBe(0);
  });

  it('one that nobody else may even read', async () => {
    await project.waymark(HELLO);
    const holder = new Database(project.store);
    try {
      holder.pragma('journal_mode = DELETE');
      holder.exec('BEGIN EXCLUSIVE');
      for (const args of [['log'], ['verify'], ['doctor']]) {
        const { code, stdout, stderr } = await call([...args, '--store', `sqlite:${project.store}?lockTimeoutMs=200`]);
        expect(code).toBe(1);
        expect(stdout + stderr).toMatch(/WAYMARK_STORE_LOCKED/);
      }
    } finally {
      holder.close();
    }
    expect((await project.look(['verify'])).code).toBe(0);
  });

  it('one that is full: the execution stands where it was last recorded, and goes on when there is room', async () => {
    project.write(
      'growing.mjs',
      `import { randomBytes } from 'node:crypto';
       import { defineWorkflow, task } from 'waymark';
       export default defineWorkflow({ id: 'growing', version: '1', edges: { small: 'large' }, nodes: {
         small: task(() => ({ small: true })),
         large: task(() => ({ large: randomBytes(400_000).toString('hex') })),
       }, output: () => 'done' });`,
    );
    const { code, stdout, stderr } = await onStore(['run', 'growing.mjs'], `sqlite:${project.store}?maxBytes=300000`);
    expect({ code, stdout }).toStrictEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error WAYMARK_STORE_FULL: .*\n→ The last write was taken back\./m);
    expect(stderr).toMatch(/^execution .* is as it was last recorded; to go on from there: waymark resume /m);
    expect((await project.look(['verify'])).code).toBe(0);
    const [{ id }] = json((await project.look(['executions', '--json'])).stdout);
    const resumed = await project.waymark(['resume', id, '--json']);
    expect(json(resumed.stdout)).toMatchObject({ status: 'completed', output: 'done' });
    expect((await project.look(['verify'])).code).toBe(0);
  });

  it('one that a newer Waymark made: nothing is changed', async () => {
    await project.waymark(HELLO);
    const database = new Database(project.store);
    database
      .prepare("INSERT INTO migrations (timestamp, name) VALUES (4102444800000, 'FromTheFuture4102444800000')")
      .run();
    database.close();
    for (const args of [HELLO, ['log'], ['verify'], ['executions']]) {
      const { code, stdout, stderr } = await project.waymark(args);
      expect({ code, stdout }).toStrictEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^error WAYMARK_STORE_NEWER: .*FromTheFuture4102444800000\.\n→ .*Upgrade waymark/);
    }
    const again = new Database(project.store);
    again.exec("DELETE FROM migrations WHERE name LIKE 'FromTheFuture%'");
    again.close();
    expect((await project.look(['verify'])).code).toBe(0);
  });
});

describe('waymark verify', () => {
  let project: Project;
  beforeEach(async () => {
    project = makeProject();
    await project.waymark(HELLO);
  });
  afterEach(() => project.remove());

  it('names the root of a log that is intact', async () => {
    const { code, stdout } = await project.waymark(['verify']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^log verified: \d+ entries, root [0-9a-f]{64}\n$/);
    const verified = json((await project.waymark(['verify', '--json'])).stdout);
    expect(verified).toStrictEqual({
      ok: true,
      verdict: 'ok',
      size: expect.any(Number),
      rootHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      checked: verified.size,
      durationMs: expect.any(Number),
    });
  });

  it.each([
    [
      'a changed entry',
      "UPDATE audit_entries SET body = replace(body, 'Ada', 'Eve') WHERE position = 0",
      'tampered',
      0,
    ],
    ['a missing entry', 'DELETE FROM audit_entries WHERE position = 3', 'tampered', 3],
    ['a missing beginning', 'DELETE FROM audit_entries WHERE position = 0', 'front-truncated', 0],
    ['a changed column', "UPDATE audit_entries SET actor = 'user:eve' WHERE position = 2", 'tampered', 2],
  ])('finds %s, with exit code 1', async (_, change, verdict, position) => {
    const database = new Database(project.store);
    database.exec(change);
    database.close();
    const asText = await project.look(['verify']);
    expect(asText).toMatchObject({ code: 1, stdout: '' });
    expect(asText.stderr).toMatch(
      new RegExp(
        `^error WAYMARK_LOG_NOT_VERIFIED: The log is ${verdict} at position ${position}: .+\\n→ Copy the store away`,
      ),
    );
    const asJson = await project.look(['verify', '--json']);
    expect(asJson).toMatchObject({ code: 1, stderr: '' });
    expect(json(asJson.stdout)).toMatchObject({ ok: false, verdict, position, detail: expect.any(String) });
  });
});

describe('waymark doctor', () => {
  let project: Project;
  beforeEach(() => {
    project = makeProject();
  });
  afterEach(() => project.remove());

  it('finds no problem with a store that works', async () => {
    await project.waymark(HELLO);
    const { code, stdout } = await project.waymark(['doctor']);
    expect(code).toBe(0);
    for (const fact of [
      'waymark',
      'Node',
      'platform',
      'better-sqlite3',
      'storage',
      'journal mode',
      'migrations',
      'log',
    ]) {
      expect(stdout).toMatch(new RegExp(`^[✓!] ${fact} `, 'm'));
    }
    expect(stdout).toMatch(/No problem found\.\n$/);
    const report = json((await project.waymark(['doctor', '--json'])).stdout);
    expect(report).toMatchObject({
      ok: true,
      facts: expect.arrayContaining([{ name: 'waymark', value: expect.any(String), level: 'ok' }]),
    });
  });

  it('says what to do about a store that is missing or broken', async () => {
    const missing = await project.look(['doctor']);
    expect(missing).toMatchObject({ code: 1, stderr: '' });
    expect(missing.stdout).toMatch(/^✗ WAYMARK_STORE_NOT_FOUND +There is no store at .* → .*waymark run FILE/m);
    expect(missing.stdout).toMatch(/1 problem found\.\n$/);
    const broken = await call(['doctor', '--json', '--store', project.write('broken.db', 'x'.repeat(5_000))]);
    expect(broken.code).toBe(1);
    expect(json(broken.stdout)).toMatchObject({
      ok: false,
      facts: expect.arrayContaining([
        { name: 'WAYMARK_STORE_NOT_A_DATABASE', value: expect.any(String), level: 'problem' },
      ]),
    });
  });

  it('names the executions whose process is gone', async () => {
    const run = project.start(['run', 'waiting.mjs']);
    await run.printed('stderr', /node\.started wait/);
    run.signal('SIGKILL');
    await run.ended;
    const { code, stdout } = await project.look(['doctor']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^! left behind +execution .*: its process is gone\. → waymark resume /m);
  });
});
