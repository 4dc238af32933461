import { jest } from '@jest/globals';
import Database from 'better-sqlite3';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { SqliteStore } from '../../../src/infrastructure/persistence/typeorm/sqlite-store.js';
import { timerScheduler } from '../../../src/infrastructure/runtime/timer-scheduler.js';
import { makeDeadLetter } from '../../../src/testing/fixtures.js';
import type { Outcome } from './support/command-line.js';
import { call } from './support/in-process.js';
import { json, jsonLines } from './support/json.js';
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
    const { code, stdout, stderr } = await onStore(['run', 'growing.mjs'], `sqlite:${project.store}?maxBytes=500000`);
    expect({ code, stdout }).toStrictEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error WAYMARK_STORE_FULL: .*\n→ The last write was taken back\./m);
    expect(stderr).toMatch(/^execution .* is as it was last recorded; to go on from there: waymark resume /m);
    expect((await project.look(['verify'])).code).toBe(0);
    const [{ id }] = json((await project.look(['executions', '--json'])).stdout);
    const resumed = await project.waymark(['resume', id, '--json']);
    expect(json(resumed.stdout)).toMatchObject({ status: 'completed', output: 'done' });
    expect((await project.look(['verify'])).code).toBe(0);
  });

  it('one that another program made: nothing in it is changed, whatever it is called', async () => {
    const path = `${project.path}/customers.db`;
    const database = new Database(path);
    database.exec('CREATE TABLE customers (id)');
    database.close();
    const before = readFileSync(path);
    for (const args of [HELLO, ['log'], ['verify'], ['executions'], ['doctor'], ['show', 'x'], ['resume', 'x']]) {
      const { code, stdout, stderr } = await onStore(args, path);
      expect(code).toBe(1);
      expect(stdout + stderr).toMatch(/WAYMARK_STORE_NOT_WAYMARK.* not a Waymark store/);
    }
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('an empty file: who only reads makes no store of it', async () => {
    const path = project.write('empty.db', '');
    expect((await onStore(['log'], path)).stderr).toMatch(/^error WAYMARK_STORE_NOT_WAYMARK: .* it is empty/);
    expect(readFileSync(path)).toHaveLength(0);
  });

  it('one that is removed while it is followed, or while something runs', async () => {
    await project.waymark(HELLO);
    const follow = project.start(['log', '--follow']);
    await follow.printed('stderr', /following the log/);
    const run = project.start(['run', 'waiting.mjs']);
    await run.printed('stderr', /node\.started wait/);
    for (const suffix of ['', '-wal', '-shm']) rmSync(project.store + suffix, { force: true });
    run.signal('SIGINT');
    for (const command of [follow, run]) {
      const { code, stderr } = await command.ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error WAYMARK_STORE_NOT_FOUND: .* while it was open\.\n→ /m);
    }
  });

  it('one with an id that looks like an option: the commands to copy work', async () => {
    await project.waymark(HELLO);
    const database = new Database(project.store);
    const [{ id }] = json((await project.look(['executions', '--json'])).stdout);
    for (const sql of [
      'UPDATE executions SET id = ?',
      'UPDATE checkpoints SET execution_id = ?',
      'UPDATE branches SET execution_id = ?',
    ]) {
      database.prepare(sql).run('--json');
    }
    database.close();
    const { code, stdout } = await call(['show', '--store', project.store, '--', '--json']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^execution --json\n/);
    expect(stdout).toContain(`waymark checkpoints --store ${project.store} -- --json\n`);
    expect((await call(['checkpoints', '--store', project.store, '--', '--json'])).stdout).toMatch(/--json completed/);
    const missing = await call(['show', '--store', project.store, '--', `--json${id}`]);
    expect(missing.stderr).toMatch(/^error WAYMARK_NOT_FOUND: /);
  });

  it('a path is a path, whatever characters it has', async () => {
    const store = 'we?rd #1 50%/w.db';
    const { code, stdout } = await onStore(HELLO, store);
    expect(code).toBe(0);
    expect(stdout).toContain(`'${store}'`);
    expect((await onStore(['verify'], store)).stdout).toMatch(/^log verified: /);
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

describe('a store that was damaged', () => {
  let project: Project;
  beforeEach(async () => {
    project = makeProject();
    await project.waymark(HELLO);
  });
  afterEach(() => project.remove());

  const damage = (sql: string): void => {
    const database = new Database(project.store);
    database.exec(sql);
    database.close();
  };

  it.each([
    ["output = 'not json'", 'output'],
    ["completed = 'null'", 'completed'],
    ["status = 'bogus'", 'status'],
    ["started_at = 'garbage'", 'startedAt'],
    ["input = '[]'", 'input'],
    ["waiting = '[1]'", 'waiting'],
  ])('names the execution and what is wrong with it where %s', async (change, column) => {
    const [{ id }] = json((await project.look(['executions', '--json'])).stdout);
    damage(`UPDATE executions SET ${change}`);
    for (const args of [['executions'], ['show', id], ['checkpoints', id]]) {
      const { code, stdout, stderr } = await project.look(args);
      expect({ code, stdout }).toStrictEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(
        new RegExp(`^error WAYMARK_STORE_CORRUPT: Execution ${id} is damaged in the store: its ${column}\\b.*\n→ `),
      );
    }
  });

  it.each([
    "position = '{}'",
    "position = 'not json'",
    "manifest = 'not json'",
    "created_at = 'garbage'",
    "kind = 'odd'",
  ])('names the checkpoint that is damaged where %s', async (change) => {
    const [{ id, headCheckpointId }] = json((await project.look(['executions', '--json'])).stdout);
    damage(`UPDATE checkpoints SET ${change} WHERE id = '${headCheckpointId}'`);
    for (const args of [
      ['checkpoints', id],
      ['show', headCheckpointId],
    ]) {
      const { code, stderr } = await project.look(args);
      expect(code).toBe(1);
      expect(stderr).toMatch(new RegExp(`^error WAYMARK_STORE_CORRUPT: .*${headCheckpointId}.*\n→ `));
    }
  });

  it.each([
    ['no severity', "json_set(body, '$.severity', 7)"],
    ['an actor that is no text', "json_set(body, '$.actor', 7)"],
    ['no message', "json_remove(body, '$.message')"],
    ['no JSON', "'not json'"],
  ])('shows the rest of a log in which an entry has %s, and marks that one', async (_, body) => {
    const whole = (await project.look(['log'])).stdout.trimEnd().split('\n');
    damage(`UPDATE audit_entries SET body = ${body} WHERE position = 2`);
    const { code, stdout, stderr } = await project.look(['log']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error WAYMARK_LOG_CORRUPT: The log is damaged: #2 can't be read\.\n→ .*waymark verify/);
    const lines = stdout.split('\n').filter((line) => line.startsWith('#'));
    expect(lines[2]).toMatch(/^#2 {2}unreadable: /);
    expect(lines.toSpliced(2, 1).map((line) => line.slice(0, 40))).toStrictEqual(
      whole.filter((line) => /^#(?!2 )/.test(line)).map((line) => line.slice(0, 40)),
    );
    const asJson = jsonLines((await project.look(['log', '--json'])).stdout);
    expect(asJson.map(({ position }) => position)).toStrictEqual(asJson.map((_entry, index) => index));
    expect(asJson[2]).toStrictEqual({
      position: 2,
      error: { code: 'WAYMARK_LOG_CORRUPT', message: expect.stringContaining('position 2') },
    });
  });

  it('is shown, and never obeyed: control characters and marks that reorder text are escaped', async () => {
    const HOSTILE = '\u001b]0;x\u0007\u202e';
    const [{ id, headCheckpointId }] = json((await project.look(['executions', '--json'])).stdout);
    const database = new Database(project.store);
    const columns = (database.pragma('table_info(executions)') as { name: string }[]).map(({ name }) => name);
    const changed: Record<string, string> = {
      id: 'hostile',
      parent_execution_id: 'first',
      source_checkpoint_id: 'head',
      status: "'paused'",
    };
    for (const name of ['label', 'workflow_name', 'workflow_id', 'pause_reason', 'branch_id', 'head_checkpoint_id']) {
      changed[name] = 'hostile';
    }
    const values = columns.map((name) => changed[name]?.replace(/^(hostile|first|head)$/, ':$1') ?? name);
    const copy = `INSERT INTO executions SELECT ${values.join(', ')} FROM executions`;
    database.prepare(copy).run({ hostile: HOSTILE, first: id, head: headCheckpointId });
    database.prepare('UPDATE checkpoints SET branch_id = ?, node_id = ?').run(HOSTILE, HOSTILE);
    database.prepare('UPDATE branches SET branch_id = ?').run(HOSTILE);
    database.close();
    for (const args of [['executions'], ['show', id], ['show', headCheckpointId], ['checkpoints', id], ['doctor']]) {
      const { code, stdout } = await project.look(args);
      expect(code).toBe(0);
      expect(stdout.includes(String.raw`\u202e`)).toBe(args[0] !== 'doctor');
      // oxlint-disable-next-line no-control-regex -- they must not be there
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    }
  });

  it('is followed beyond an entry that can not be read', async () => {
    damage("UPDATE audit_entries SET body = 'x' WHERE position = 2");
    const follow = project.start(['log', '--follow', '--after', '-1']);
    await follow.printed('stdout', /execution\.completed/);
    follow.signal('SIGINT');
    const { code, stdout } = await follow.ended;
    expect(code).toBe(1);
    expect(stdout).toMatch(/^#2 {2}unreadable: /m);
  });

  it.each([
    ['is missing', 'DELETE FROM log_head'],
    ['has no size', "UPDATE log_head SET size = ''"],
    ['has a size below 0', 'UPDATE log_head SET size = -1'],
    ['has a root that is none', "UPDATE log_head SET root_hash = 'x'"],
    ['has a frontier that is none', "UPDATE log_head SET frontier = '{'"],
  ])('is not verified where the head %s, and says so in the same shape as ever', async (_, sql) => {
    const intact = json((await project.look(['verify', '--json'])).stdout);
    damage(sql);
    const { code, stdout, stderr } = await project.look(['verify', '--json']);
    expect({ code, stderr }).toStrictEqual({ code: 1, stderr: '' });
    const found = json(stdout);
    expect(found).toMatchObject({
      ok: false,
      verdict: 'tampered',
      detail: expect.stringContaining('the head is damaged'),
    });
    for (const key of Object.keys(intact)) expect(typeof found[key]).toBe(typeof intact[key]);
    expect((await project.look(['verify'])).stderr).toMatch(/^error WAYMARK_LOG_NOT_VERIFIED: The log is tampered: /);
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
      'lock timeout',
      'migrations',
      'log',
    ]) {
      expect(stdout).toMatch(new RegExp(`^[✓!] ${fact} `, 'm'));
    }
    expect(stdout).toMatch(/^✓ dead letters +0$/m);
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

  it('tells how many events handlers could not take, and where to look at them', async () => {
    await project.waymark(HELLO);
    const store = new SqliteStore({ path: project.store }, timerScheduler);
    await store.open();
    await store.unitOfWork.run((scope) => store.deadLetters.save(makeDeadLetter(), scope));
    await store.close();
    const { code, stdout } = await project.look(['doctor']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^! dead letters +1\. → .*waymark\.bus\.deadLetters\.list\(\)/m);
    const report = json((await project.look(['doctor', '--json'])).stdout);
    expect(report.facts).toContainEqual({
      name: 'dead letters',
      value: expect.stringMatching(/^1\. /),
      level: 'note',
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
