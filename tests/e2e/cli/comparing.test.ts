import type { JsonPatchOperation } from '../../../src/index.js';
import { applyJsonPatch } from '../../support/apply-json-patch.js';
import { openWaymark } from '../../support/open-waymark.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { chain } from '../../support/workflows.js';
import type { Outcome } from './support/command-line.js';
import { call, type World } from './support/in-process.js';
import { type Json, json } from './support/json.js';

const UNKNOWN = '01a1f71b-0000-7000-8000-000000000000';

/** What the store of these tests holds. It is made once and only read. */
interface Recorded {
  readonly executionId: string;
  /** After the orders were taken. */
  readonly taken: string;
  /** After they were put in order. */
  readonly sorted: string;
  readonly head: string;
  /** Where the first try ended, which was rolled back. */
  readonly abandoned: string;
}

describe('comparing checkpoints', () => {
  let folder: TemporaryFolder;
  let recorded: Recorded;
  const waymark = (args: readonly string[], world?: World): Promise<Outcome> =>
    call([...args, '--store', folder.file('waymark.db')], world);
  const stateOf = async (checkpointId: string): Promise<Json> =>
    json((await waymark(['show', checkpointId, '--state', '--json'])).stdout).state;

  beforeAll(async () => {
    folder = makeTemporaryFolder();
    recorded = await record(`sqlite:${folder.file('waymark.db')}`);
  });
  afterAll(() => folder.remove());

  describe('waymark diff', () => {
    it('tells an item that was put before the others as one change, and one that moved as moved', async () => {
      const { taken, sorted } = recorded;
      const { code, stdout, stderr } = await waymark(['diff', taken, sorted]);
      expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' });
      expect(stdout.trimEnd().split('\n')).toStrictEqual([
        '+ /orders/0        {"id":"rush","total":20}',
        '> /orders/1        from /orders/3  {"id":"o-4","total":4}',
        '~ /orders/2/total  1 → 101 (was /orders/0/total)',
        '~ /round           1 → 2',
        '4 changes: 1 added, 2 changed, 1 moved',
      ]);
    });

    it('gives the same as a JSON Patch, which makes the one state of the other', async () => {
      const { taken, sorted } = recorded;
      for (const [from, to] of [
        [taken, sorted],
        [sorted, taken],
      ] as const) {
        const { code, stdout } = await waymark(['diff', from, to, '--json-patch']);
        expect(code).toBe(0);
        const patch = json(stdout) as readonly JsonPatchOperation[];
        expect(patch.map(({ op }) => op)).toContain('move');
        expect(applyJsonPatch(await stateOf(from), patch)).toStrictEqual(await stateOf(to));
      }
    });

    it('gives all that it knows with --json', async () => {
      const { taken, sorted } = recorded;
      const { from, to, changes } = json((await waymark(['diff', taken, sorted, '--json'])).stdout);
      expect({ from, to }).toStrictEqual({ from: taken, to: sorted });
      expect(changes).toContainEqual({
        kind: 'moved',
        from: '/orders/3',
        path: '/orders/1',
        value: { id: 'o-4', total: 4 },
      });
    });

    it('looks at one place only when asked to', async () => {
      const { taken, sorted } = recorded;
      const one = await waymark(['diff', taken, sorted, '--only', '/round']);
      expect(one.stdout).toBe('~ /round  1 → 2\n1 change: 1 changed\n');
      const within = await waymark(['diff', taken, sorted, '--only', '/orders', '--json']);
      expect(json(within.stdout)).toMatchObject({ only: '/orders', changes: { length: 3 } });
      const equal = await waymark(['diff', taken, sorted, '--only', '/customer']);
      expect(equal).toMatchObject({ code: 0, stdout: 'The states are equal at /customer.\n' });
    });

    it('says so when there is no difference', async () => {
      const { head } = recorded;
      expect(await waymark(['diff', head, head])).toMatchObject({ code: 0, stdout: 'The states are equal.\n' });
      expect((await waymark(['diff', head, head, '--json-patch'])).stdout).toBe('[]\n');
      expect(json((await waymark(['diff', head, head, '--json'])).stdout).changes).toStrictEqual([]);
    });

    it('has colours for a terminal, none elsewhere, and fits it', async () => {
      const { taken, sorted } = recorded;
      const colored = await waymark(['diff', taken, sorted], { terminal: 100 });
      expect(colored.stdout).toContain('\u001b[32m+ /orders/0');
      expect(colored.stdout).toContain('\u001b[36m> /orders/1');
      const plain = await waymark(['diff', taken, sorted, '--no-color'], { terminal: 60 });
      for (const line of plain.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
      expect((await waymark(['diff', taken, sorted])).stdout).not.toContain('\u001b');
    });

    it('says what to do about a checkpoint that it does not know', async () => {
      const { head, executionId } = recorded;
      const unknown = await waymark(['diff', head, UNKNOWN]);
      expect(unknown).toMatchObject({ code: 1, stdout: '' });
      expect(unknown.stderr).toMatch(
        /^error WAYMARK_CHECKPOINT_NOT_FOUND: There is no checkpoint 01a1f71b.*\n→ Find it with waymark checkpoints EXECUTION --store .*, and executions with waymark executions/,
      );
      const execution = await waymark(['diff', executionId, head]);
      expect(execution.code).toBe(1);
      expect(execution.stderr).toContain(`${executionId} is an execution, and not a checkpoint.`);
      expect(execution.stderr).toContain(`It stands at checkpoint ${head}; waymark checkpoints ${executionId}`);
    });

    it.each([
      ['no pointer', ['--only', 'orders'], 'WAYMARK_INVALID_ARGUMENT', 'is not a JSON pointer'],
      ['nothing there', ['--only', '/nowhere'], 'WAYMARK_INVALID_ARGUMENT', 'At the top there is /'],
      ['two forms', ['--json-patch', '--json'], 'WAYMARK_USAGE', 'leave --json out'],
    ])('refuses with exit code 2: %s', async (_, more, error, hint) => {
      const { code, stdout, stderr } = await waymark(['diff', recorded.head, recorded.abandoned, ...more]);
      expect({ code, stdout }).toStrictEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(error);
      expect(stderr).toContain(hint);
    });
  });

  describe('waymark checkpoints', () => {
    const drawn = (stdout: string): readonly string[] =>
      stdout.split('\n').flatMap((line) => /[●×] ([0-9a-f-]{36})/.exec(line)?.[1] ?? []);

    it('draws every occurrence of a node', async () => {
      const { stdout } = await waymark(['checkpoints', recorded.executionId]);
      expect(stdout).toMatch(/^│ × .* b +/m);
      expect(stdout).toMatch(/^● .* b \(2\) +/m);
      expect(stdout).toContain('branch main, abandoned');
    });

    it('draws the way to one branch', async () => {
      const { code, stdout, stderr } = await waymark(['checkpoints', recorded.executionId, '--branch', 'main']);
      expect(code).toBe(0);
      const ids = drawn(stdout);
      expect(ids.at(-1)).toBe(recorded.abandoned);
      expect(ids).not.toContain(recorded.head);
      expect(stderr).toMatch(/^\d+ checkpoints? not shown\. All of them: waymark checkpoints /);
      const unknown = await waymark(['checkpoints', recorded.executionId, '--branch', 'other']);
      expect(unknown.code).toBe(1);
      expect(unknown.stderr).toMatch(/WAYMARK_BRANCH_NOT_FOUND: .*\n→ It has main, rollback-1\./);
    });

    it('draws the newest ones, and says what it leaves out', async () => {
      const all = drawn((await waymark(['checkpoints', recorded.executionId])).stdout);
      const { stdout, stderr } = await waymark(['checkpoints', recorded.executionId, '--limit', '2']);
      expect(drawn(stdout)).toHaveLength(2);
      expect(drawn(stdout)).toContain(recorded.head);
      expect(stdout).toMatch(/^⋮ \d checkpoints not shown$/m);
      expect(stderr).toContain(`${all.length - 2} checkpoints not shown.`);
      const listed = json((await waymark(['checkpoints', recorded.executionId, '--limit', '2', '--json'])).stdout);
      expect(listed.checkpoints.map((each: Json) => each.id)).toStrictEqual(drawn(stdout));
      expect((await waymark(['checkpoints', recorded.executionId, '--limit', '0'])).code).toBe(2);
    });

    it('finds a label that was given, until it is taken away', async () => {
      const { executionId, sorted, taken } = recorded;
      const given = await waymark(['checkpoints', 'label', sorted, 'sorted out']);
      expect(given).toMatchObject({ code: 0, stdout: `checkpoint ${sorted} is labelled "sorted out"\n`, stderr: '' });
      const { stdout } = await waymark(['checkpoints', executionId, '--label', 'sorted out']);
      expect(drawn(stdout)).toStrictEqual([sorted]);
      expect(stdout).toMatch(/^⋮ 2 checkpoints not shown\n.*"sorted out"$/m);
      const missed = await waymark(['checkpoints', executionId, '--label', 'other']);
      expect(missed.stderr).toContain('→ There is sorted out.');
      const doubled = await waymark(['checkpoints', 'label', taken, 'sorted out']);
      expect(doubled.code).toBe(1);
      expect(doubled.stderr).toContain('error WAYMARK_LABEL_TAKEN');
      const removed = await waymark(['checkpoints', 'label', sorted, '--remove', '--json']);
      expect(json(removed.stdout)).toMatchObject({ id: sorted, label: null });
    });

    it.each([
      ['neither a name nor --remove', []],
      ['both', ['name', '--remove']],
      ['too much', ['a', 'b']],
      ['an unknown option', ['name', '--colour']],
    ])('refuses to label with %s, with exit code 2', async (_, more) => {
      const { code, stdout, stderr } = await waymark(['checkpoints', 'label', recorded.taken, ...more]);
      expect({ code, stdout }).toStrictEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^error WAYMARK_USAGE: .*\n→ See waymark checkpoints.* --help/);
    });

    it('says which labels there are, when none is the one that was asked for', async () => {
      const { code, stderr } = await waymark(['checkpoints', recorded.executionId, '--label', 'other']);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error WAYMARK_CHECKPOINT_NOT_FOUND: No checkpoint there is labelled "other"\.\n→ /);
    });
  });
});

/** An execution that takes orders and then puts them in another order; it was rolled back to between, and done again. */
async function record(storage: string): Promise<Recorded> {
  await using waymark = await openWaymark({ storage });
  const orders = [1, 2, 3, 4].map((number) => ({ id: `o-${number}`, total: number }));
  const [first, second, third, last] = orders;
  const workflow = chain({
    a: () => ({ orders, round: 1, customer: 'Ada' }),
    b: () => ({ orders: [{ id: 'rush', total: 20 }, last, { ...first, total: 101 }, second, third], round: 2 }),
  });
  const run = await waymark.executions.start(workflow, {});
  await run.result();
  const path = (await waymark.checkpoints.tree(run.id)).checkpoints;
  const [taken, sorted] = ['a', 'b'].map((node) => path.find(({ nodeId }) => nodeId === node)?.id ?? '');
  const abandoned = path.at(-1)?.id ?? '';
  await waymark.executions.rollback(run.id, taken!, { reason: 'once more' });
  await (await waymark.executions.resume(run.id)).result();
  const { headCheckpointId: head } = await waymark.executions.get(run.id);
  return { executionId: run.id, taken: taken!, sorted: sorted!, head, abandoned };
}
