import { type CheckpointTree, InMemoryStore } from '../../../src/index.js';
import { diamond } from '../../support/workflows.js';
import { openWaymark } from '../../support/open-waymark.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { call, type World } from './support/in-process.js';
import type { Outcome } from './support/command-line.js';
import { type Json, json, jsonLines } from './support/json.js';

const UNKNOWN = '01a1f71b-0000-7000-8000-000000000000';

/** What the store of these tests holds. It is made once and only read. */
interface Recorded {
  readonly executionId: string;
  readonly forkId: string;
  readonly tree: CheckpointTree;
  /** Both sides of the diamond are done, and join has not run. */
  readonly beforeJoin: string;
  /** Where the failed join left the execution before it was rolled back. */
  readonly abandoned: string;
  readonly head: string;
}

describe('reading a store', () => {
  let folder: TemporaryFolder;
  let recorded: Recorded;
  const waymark = (args: readonly string[], world?: World): Promise<Outcome> =>
    call([...args, '--store', folder.file('waymark.db')], world);

  beforeAll(async () => {
    folder = makeTemporaryFolder();
    recorded = await record(`sqlite:${folder.file('waymark.db')}`);
  });
  afterAll(() => folder.remove());

  describe('waymark executions', () => {
    it('lists them, newest first, with whole ids', async () => {
      const { code, stdout, stderr } = await waymark(['executions']);
      expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' });
      const [titles, fork, origin, ...rest] = stdout.trimEnd().split('\n');
      expect(titles).toMatch(/^ID +STATUS +WORKFLOW +STARTED +TOOK +NOTE$/);
      expect(fork).toContain(`${recorded.forkId}  failed     diamond 1`);
      expect(fork).toContain('"what if" too low');
      expect(origin).toContain(`${recorded.executionId}  completed  diamond 1`);
      expect(rest).toStrictEqual([]);
    });

    it('filters, and says so when nothing is left', async () => {
      const failed = await waymark(['executions', '--status', 'failed', '--json']);
      expect(json(failed.stdout)).toMatchObject([{ id: recorded.forkId }]);
      expect(json((await waymark(['executions', '--workflow', 'other', '--json'])).stdout)).toStrictEqual([]);
      const none = await waymark(['executions', '--workflow', 'other']);
      expect(none).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('No execution matches.') });
      const newest = await waymark(['executions', '--limit', '1']);
      expect(newest.stderr).toBe('The newest 1. More: --limit 5\n');
    });

    it.each([60, 80, 120])('fits a terminal of %i columns without cutting an id', async (terminal) => {
      const { stdout } = await waymark(['executions', '--no-color'], { terminal });
      expect(stdout).toContain(recorded.forkId);
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(terminal);
    });
  });

  describe('waymark show', () => {
    it('tells all about an execution', async () => {
      const { code, stdout } = await waymark(['show', recorded.executionId]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^execution /);
      expect(stdout).toMatch(/^ {2}status +completed$/m);
      expect(stdout).toMatch(/^ {2}output +\{"join":2\}$/m);
      expect(stdout).toMatch(/^ {2}join +failed +1 +\d+ ms +rolled back: too low$/m);
      expect(stdout).toMatch(/^ {2}join \(2\) +completed +1 +\d+ ms$/m);
      expect(stdout).toContain(`${recorded.forkId} failed "what if" from checkpoint ${recorded.beforeJoin}`);
      expect(stdout).toMatch(/^next\n( {2}.+waymark .+\n)+$/m);
    });

    it('tells why one failed, where it stands, and how to try again', async () => {
      const { stdout } = await waymark(['show', recorded.forkId, '--state']);
      expect(stdout).toMatch(/^ {2}status +failed at join$/m);
      expect(stdout).toMatch(/^ {2}because +RangeError: too low$/m);
      expect(stdout).toContain(`checkpoint ${recorded.beforeJoin} of execution ${recorded.executionId}`);
      expect(stdout).toMatch(/try again from here +waymark rollback .* --resume --store /);
      expect(stdout).toContain('"split": 1');
    });

    it('tells about a checkpoint, and shows its state when asked', async () => {
      const plain = await waymark(['show', recorded.beforeJoin]);
      expect(plain.stdout).toMatch(/^ {2}runs next +join$/m);
      expect(plain.stdout).not.toContain('"split"');
      const withState = json((await waymark(['show', recorded.beforeJoin, '--state', '--json'])).stdout);
      expect(withState).toMatchObject({ kind: 'checkpoint', state: { split: 1, left: 1, right: 1, limit: 1 } });
    });

    it('shows an event whole', async () => {
      const [entry] = jsonLines((await waymark(['log', '--json', '--type', 'execution.forked'])).stdout);
      const { stdout } = await waymark(['show', entry.id]);
      expect(stdout).toMatch(/^event .*\n {2}type +execution\.forked\n/);
      expect(stdout).toMatch(/^ {2}actor +user:ada$/m);
      expect(stdout).toContain(`"reason": "try it"`);
      expect(json((await waymark(['show', entry.id, '--json'])).stdout)).toStrictEqual({ kind: 'event', entry });
    });

    it('knows nothing by an unknown id', async () => {
      const { code, stdout, stderr } = await waymark(['show', UNKNOWN]);
      expect({ code, stdout }).toStrictEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(
        /^error WAYMARK_NOT_FOUND: There is no execution, checkpoint or event .*\n→ Find ids with waymark executions/,
      );
    });
  });

  describe('waymark log', () => {
    it('prints entries in order, under the execution they belong to', async () => {
      const { code, stdout, stderr } = await waymark(['log', '--after', '-1', '--limit', '10000']);
      expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' });
      const lines = stdout.trimEnd().split('\n');
      expect(lines[0]).toBe(`execution ${recorded.executionId}`);
      expect(lines[1]).toMatch(
        /^#0 +\d{4}-\d\d-\d\dT[\d:.]+Z {2}execution\.started +diamond 1 started \(by user:ada\)$/,
      );
      const positions = lines.filter((line) => line.startsWith('#')).map((line) => Number(/\d+/.exec(line)?.[0]));
      expect(positions).toStrictEqual(positions.map((_, index) => index));
    });

    it('prints the last entries by default, and says how to see more', async () => {
      const { stdout, stderr } = await waymark(['log', '--limit', '3']);
      const all = jsonLines((await waymark(['log', '--json', '--after', '-1', '--limit', '10000'])).stdout);
      const shown = stdout.split('\n').filter((line) => line.startsWith('#'));
      expect(shown.map((line) => Number(/\d+/.exec(line)?.[0]))).toStrictEqual(
        all.slice(-3).map((entry) => entry.position),
      );
      expect(stderr).toBe('The last 3 entries. More: --limit 30; from the beginning: --after -1\n');
    });

    it('pages in both directions', async () => {
      const positions = async (...args: string[]): Promise<number[]> =>
        jsonLines((await waymark(['log', '--json', '--limit', '2', ...args])).stdout).map((entry) => entry.position);
      expect(await positions('--after', '4')).toStrictEqual([5, 6]);
      expect(await positions('--after', '4', '--reverse')).toStrictEqual([3, 2]);
      expect((await waymark(['log', '--limit', '2', '--after', '4'])).stderr).toBe(
        '2 entries. The next ones: --after 6\n',
      );
      expect((await waymark(['log', '--limit', '2', '--reverse', '--after', '4'])).stderr).toBe(
        'The newest 2 entries. The ones before: --after 2\n',
      );
    });

    it('filters by every option', async () => {
      const found = async (...args: string[]): Promise<Json[]> =>
        jsonLines((await waymark(['log', '--json', '--limit', '1000', ...args])).stdout);
      const everything = await found();
      const types = (entries: Json[]): string[] => [...new Set(entries.map((entry) => entry.type))];
      expect(types(await found('--type', 'execution.*', '--execution', recorded.forkId)).toSorted()).toStrictEqual([
        'execution.failed',
        'execution.forked',
        'execution.started',
      ]);
      expect(types(await found('--type', 'node.failed', '--type', 'node.completed')).toSorted()).toStrictEqual([
        'node.completed',
        'node.failed',
      ]);
      const serious = await found('--min-severity', 'error');
      expect(new Set(serious.map((entry) => entry.severity))).toStrictEqual(new Set(['error']));
      expect(types(await found('--outcome', 'failure')).toSorted()).toStrictEqual(['execution.failed', 'node.failed']);
      for (const entry of await found('--category', 'checkpoint')) expect(entry.category).toBe('checkpoint');
      expect(await found('--actor', 'user:nobody')).toStrictEqual([]);
      expect(await found('--correlation', recorded.executionId)).toStrictEqual(everything);
      const middle = everything[9].occurredAt;
      const before = await found('--until', middle);
      expect([...before, ...(await found('--since', middle))]).toHaveLength(everything.length);
      expect(await found('--event', everything[5].id)).toStrictEqual([everything[5]]);
    });

    it('shows the ids of the events when asked', async () => {
      const [last] = jsonLines((await waymark(['log', '--json', '--limit', '1'])).stdout);
      expect((await waymark(['log', '--limit', '1'])).stdout).not.toContain(last.id);
      expect((await waymark(['log', '--limit', '1', '--ids'])).stdout).toContain(last.id);
    });

    it('says so when nothing matches, and when there is nothing beyond', async () => {
      expect((await waymark(['log', '--actor', 'user:nobody'])).stderr).toMatch(/^No entry matches, of \d+ entries\./);
      expect((await waymark(['log', '--after', '9999'])).stderr).toMatch(
        /^Nothing beyond position 9999: the log has \d+ entries/,
      );
    });

    it('cuts messages to the terminal, and nothing without one', async () => {
      const narrow = await waymark(['log', '--limit', '20'], { terminal: 80, env: { NO_COLOR: '1' } });
      for (const line of narrow.stdout.split('\n').slice(1)) expect(line.length).toBeLessThanOrEqual(80);
      expect(narrow.stdout).toContain('…');
      expect((await waymark(['log', '--limit', '20'])).stdout).not.toContain('…');
    });

    it.each([
      [60, []],
      [60, ['--ids']],
      [80, ['--ids']],
    ])('fits a terminal of %i columns (%j), each entry in two lines, and cuts no id', async (terminal, more) => {
      const args = ['log', '--limit', '20', '--execution', recorded.executionId];
      const { stdout } = await waymark([...args, ...more], { terminal, env: { NO_COLOR: '1' } });
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(terminal);
      const ids = jsonLines((await waymark([...args, '--json'])).stdout).map(({ id }) => id);
      expect(ids.filter((id) => stdout.includes(id))).toStrictEqual(more.length > 0 ? ids : []);
    });
  });

  describe('waymark checkpoints', () => {
    it('draws the way it took straight down, and what it left to the side', async () => {
      const { code, stdout } = await waymark(['checkpoints', recorded.executionId]);
      expect(code).toBe(0);
      const { tree, beforeJoin, abandoned, head, forkId } = recorded;
      const lines = stdout.split('\n');
      const lineOf = (text: string): number => lines.findIndex((line) => line.includes(text));
      expect(lines[lineOf(beforeJoin)]).toMatch(/^● /);
      expect(lines[lineOf(beforeJoin) + 1]).toBe(`├─⑂ fork ${forkId} "what if" failed`);
      expect(lines[lineOf(beforeJoin) + 2]).toBe('├─╮ branch main, abandoned');
      expect(lines[lineOf(abandoned)]).toMatch(/^│ × .* error +join .* B$/);
      expect(lines[lineOf(head)]).toMatch(/^● .* join \(2\) .* ← head$/);
      for (const { id } of tree.checkpoints) expect(stdout).toContain(id);
    });

    it('gives the tree with --json', async () => {
      const tree = json((await waymark(['checkpoints', recorded.executionId, '--json'])).stdout);
      expect(tree).toMatchObject({ executionId: recorded.executionId, headCheckpointId: recorded.head });
      expect(tree.checkpoints).toHaveLength(recorded.tree.checkpoints.length);
      expect(tree.checkpoints.find((each: Json) => each.id === recorded.abandoned).abandoned).toBe(true);
      expect(tree.branches.map((branch: Json) => branch.branchId)).toStrictEqual(['main', 'rollback-1']);
      expect(tree.forks).toMatchObject([{ executionId: recorded.forkId, sourceCheckpointId: recorded.beforeJoin }]);
    });

    it('says where a fork came from', async () => {
      const { stdout } = await waymark(['checkpoints', recorded.forkId]);
      expect(stdout).toContain(`forked from checkpoint ${recorded.beforeJoin} of execution ${recorded.executionId}`);
    });

    it('does not know an unknown execution', async () => {
      const { code, stderr } = await waymark(['checkpoints', UNKNOWN]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error WAYMARK_EXECUTION_NOT_FOUND: .*\n→ .*waymark executions/);
    });
  });

  describe('waymark diff', () => {
    it('tells what changed by JSON pointer', async () => {
      const { code, stdout } = await waymark(['diff', recorded.beforeJoin, recorded.head]);
      expect(code).toBe(0);
      expect(stdout).toBe('~ /limit  1 → 9\n+ /join   2\n2 changes: 1 added, 1 changed\n');
      const back = json((await waymark(['diff', recorded.head, recorded.beforeJoin, '--json'])).stdout);
      expect(back.changes).toStrictEqual([
        { kind: 'changed', path: '/limit', before: 9, after: 1 },
        { kind: 'removed', path: '/join', before: 2 },
      ]);
    });

    it('says when nothing did, and which checkpoint it does not know', async () => {
      expect((await waymark(['diff', recorded.head, recorded.head])).stdout).toBe('The states are equal.\n');
      const { code, stderr } = await waymark(['diff', recorded.head, UNKNOWN]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error WAYMARK_CHECKPOINT_NOT_FOUND: /);
    });
  });

  it.each([
    ['show', 'show'],
    ['checkpoints', 'checkpoints'],
    ['log', 'log', '--execution'],
    ['event', 'log', '--event'],
    ['diff', 'diff', UNKNOWN],
    ['fork', 'fork', '--reason', 'x'],
    ['resume', 'resume'],
    ['rollback', 'rollback', '--to', UNKNOWN, '--reason', 'x'],
  ])('refuses ids that are none with exit code 2: %s', async (_, ...args) => {
    for (const id of ['__proto__', 'a\u001b[31mb', '', 'x'.repeat(257)]) {
      const { code, stdout, stderr } = await waymark([...args, id]);
      expect({ id, code, stdout }).toStrictEqual({ id, code: 2, stdout: '' });
      expect(stderr).toMatch(/^error WAYMARK_INVALID_ID: The [a-zA-Z ]+ ".*" is not valid: it must .*\n→ /);
      expect(stderr).not.toContain('\u001b');
    }
    expect((await waymark(['verify'])).code).toBe(0);
  });
});

describe('a store in memory', () => {
  it('is empty, and every reading command says what to do', async () => {
    const empty = ['--store', 'memory:'];
    expect((await call(['executions', ...empty])).stderr).toBe('No executions yet. Start one: waymark run FILE\n');
    expect((await call(['log', ...empty])).stderr).toBe('The log is empty. Record something: waymark run FILE\n');
    expect(json((await call(['verify', '--json', ...empty])).stdout)).toMatchObject({ ok: true, size: 0 });
    expect(await new InMemoryStore().describe()).toHaveLength(1);
  });
});

/** A diamond whose join failed, that was rolled back and completed, and a fork of it that failed again. */
async function record(storage: string): Promise<Recorded> {
  await using waymark = await openWaymark({ storage });
  const workflow = diamond({
    join: ({ state, occurrence }) => {
      if (Number(state['limit']) < 5) throw new RangeError('too low');
      return { join: occurrence };
    },
  });
  const actor = 'user:ada';
  const run = await waymark.executions.start(workflow, { limit: 1 }, { actor });
  await run.result();
  const before = (await waymark.checkpoints.tree(run.id)).checkpoints;
  const beforeJoin = before.find((each) => each.position.nextNodeIds.join() === 'join')?.id ?? '';
  const abandoned = before.at(-1)?.id ?? '';
  await waymark.executions.rollback(run.id, beforeJoin, { reason: 'too strict', actor, statePatch: { limit: 9 } });
  await (await waymark.executions.resume(run.id, { actor })).result();
  const fork = await waymark.executions.fork(beforeJoin, { reason: 'try it', actor, label: 'what if' });
  await fork.result();
  const { headCheckpointId: head } = await waymark.executions.get(run.id);
  const tree = await waymark.checkpoints.tree(run.id);
  return { executionId: run.id, forkId: fork.id, tree, beforeJoin, abandoned, head };
}
