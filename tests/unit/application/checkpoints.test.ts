import { codeOf } from '../../support/caught.js';
import { checkpointId } from '../../support/happened.js';
import { openWaymark } from '../../support/open-waymark.js';
import { chain } from '../../support/workflows.js';

describe('checkpoints', () => {
  it('can be compared, within an execution and across two', async () => {
    const waymark = await openWaymark();
    const [one, two] = [
      await waymark.executions.start(chain(), { x: 1 }),
      await waymark.executions.start(chain(), { x: 2 }),
    ];
    await Promise.all([one.result(), two.result()]);
    const [first, last] = [
      await checkpointId(waymark, one.id, 'auto'),
      await checkpointId(waymark, one.id, 'exit', 'b'),
    ];
    const other = await checkpointId(waymark, two.id, 'auto');
    expect(await waymark.checkpoints.diff(first, last)).toStrictEqual([
      { kind: 'added', path: '/a', after: 1 },
      { kind: 'added', path: '/b', after: 1 },
    ]);
    expect(await waymark.checkpoints.diff(first, other)).toStrictEqual([
      { kind: 'changed', path: '/x', before: 1, after: 2 },
    ]);
    expect(await waymark.checkpoints.diff(last, last)).toStrictEqual([]);
  });

  it('of an execution that there is not are none', async () => {
    const waymark = await openWaymark();
    expect(await waymark.checkpoints.list('nobody')).toStrictEqual([]);
    expect((await waymark.checkpoints.tree('nobody')).roots).toStrictEqual([]);
  });

  it('count what they add to the store, and nothing for what is there', async () => {
    const waymark = await openWaymark();
    const rows = 'x'.repeat(10_000);
    const run = await waymark.executions.start(chain({ b: () => ({ copy: rows }) }), { rows });
    await run.result();
    const stored = (await waymark.checkpoints.list(run.id)).map(({ storedBytes }) => storedBytes);
    // A small value is kept in the row itself.
    expect(stored).toStrictEqual([10_002, 0, 0, 0]);
  });

  it('reject a malformed id instead of throwing it', async () => {
    const { checkpoints, executions } = await openWaymark();
    const calls = [
      () => checkpoints.get(''),
      () => checkpoints.list(''),
      () => checkpoints.branches('a\n'),
      () => checkpoints.tree('__proto__'),
      () => checkpoints.state('\ud800'),
      () => executions.get('x'.repeat(257)),
    ];
    const promises = calls.map((call) => call());
    expect(await Promise.all(promises.map((promise) => codeOf(promise)))).toStrictEqual(
      calls.map(() => 'WAYMARK_INVALID_ID'),
    );
    expect(await codeOf(checkpoints.get('nowhere'))).toBe('WAYMARK_CHECKPOINT_NOT_FOUND');
  });
});

describe('executions', () => {
  it('are listed newest first, by what is asked for, and never without a bound', async () => {
    const waymark = await openWaymark();
    for (const executionId of ['e-1', 'e-2', 'e-3']) {
      await (
        await waymark.executions.start(chain(), {}, { executionId, breakpoints: executionId === 'e-2' ? ['b'] : [] })
      ).result();
    }
    const ids = async (query: object): Promise<readonly string[]> =>
      (await waymark.executions.list(query)).map(({ id }) => id);
    expect(await ids({ status: 'paused' })).toStrictEqual(['e-2']);
    expect(await ids({ workflowId: 'chain' })).toHaveLength(3);
    expect(await ids({ workflowId: 'other' })).toStrictEqual([]);
    expect(await ids({ limit: 1 })).toHaveLength(1);
    for (const limit of [0, -1, 1.5, 1_001, Number.NaN]) {
      expect(await codeOf(waymark.executions.list({ limit }))).toBe('WAYMARK_INVALID_ARGUMENT');
    }
  });
});
