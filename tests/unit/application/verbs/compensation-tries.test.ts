import {
  type CompensationContext,
  type CompensationWork,
  defineWorkflow,
  InMemoryStore,
  task,
  type Waymark,
  type Workflow,
} from '../../../../src/index.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { settle } from '../../../support/deferred.js';
import { FakeTime } from '../../../support/fake-time.js';
import { checkpointId, happened } from '../../../support/happened.js';
import { openWaymark } from '../../../support/open-waymark.js';

interface Tried {
  readonly attempt: number;
  readonly key: string;
}

/** first → second, whose compensation does what the test says, and notes each try. */
function undoable(
  compensate: Omit<CompensationWork, 'run'>,
  undo: (context: CompensationContext) => Promise<void> | void,
): { readonly workflow: Workflow; readonly tried: Tried[]; readonly signals: AbortSignal[] } {
  const tried: Tried[] = [];
  const signals: AbortSignal[] = [];
  const run = async (context: CompensationContext): Promise<void> => {
    tried.push({ attempt: context.attempt, key: context.idempotencyKey });
    signals.push(context.signal);
    await undo(context);
  };
  const workflow = defineWorkflow({
    id: 'undoable',
    version: '1',
    nodes: {
      first: task(() => ({})),
      second: task({ run: () => ({ done: true }), compensate: { run, ...compensate } }),
    },
    edges: { first: 'second' },
  });
  return { workflow, tried, signals };
}

async function ran(waymark: Waymark, workflow: Workflow): Promise<{ readonly id: string; readonly target: string }> {
  const run = await waymark.executions.start(workflow);
  await run.result();
  return { id: run.id, target: await checkpointId(waymark, run.id, 'exit', 'first') };
}

const attemptsOf = (entries: Awaited<ReturnType<typeof happened>>['entries']): readonly unknown[] =>
  entries
    .filter(({ event }) => event.type.startsWith('node.compensat'))
    .map(({ event }) => [event.type, (event.payload as { attempt: number }).attempt]);

const fails = (): never => {
  throw new RangeError('closed');
};

describe('a compensation with a policy', () => {
  it('is tried again where it fails, each try recorded, with one idempotency key', async () => {
    const waymark = await openWaymark();
    const { workflow, tried } = undoable({ retry: { attempts: 3 } }, ({ attempt }) =>
      attempt < 3 ? fails() : undefined,
    );
    const { id, target } = await ran(waymark, workflow);
    const { result, entries } = await happened(waymark, () => waymark.executions.rollback(id, target));
    expect(result).toMatchObject({ compensated: 1, notCompensated: 0 });
    const key = `${id}/second/1/compensate`;
    expect(tried).toStrictEqual([1, 2, 3].map((attempt) => ({ attempt, key })));
    expect(attemptsOf(entries)).toStrictEqual([
      ['node.compensation_failed', 1],
      ['node.compensation_failed', 2],
      ['node.compensated', 3],
    ]);
  });

  it('counts as failed once when its tries are spent, and has all of them again the next time', async () => {
    const waymark = await openWaymark();
    const { workflow, tried } = undoable({ retry: { attempts: 2 } }, fails);
    const { id, target } = await ran(waymark, workflow);
    const stopped = await caughtWaymark(waymark.executions.rollback(id, target));
    expect(stopped).toMatchObject({ code: 'WAYMARK_COMPENSATION_FAILED', details: { nodeId: 'second' } });
    const how = { onCompensationFailure: 'continue' } as const;
    expect(await waymark.executions.rollback(id, target, how)).toMatchObject({ compensated: 0, notCompensated: 1 });
    expect(tried.map(({ attempt }) => attempt)).toStrictEqual([1, 2, 1, 2]);
  });

  it('is not tried again where its policy does not think it worth it', async () => {
    const waymark = await openWaymark();
    const { workflow, tried } = undoable(
      { retry: { attempts: 5, when: (error) => !(error instanceof RangeError) } },
      fails,
    );
    const { id, target } = await ran(waymark, workflow);
    expect(await codeOf(waymark.executions.rollback(id, target))).toBe('WAYMARK_COMPENSATION_FAILED');
    expect(tried).toHaveLength(1);
  });

  it('waits between its tries, and whoever goes on after a crash waits for what is left', async () => {
    const store = new InMemoryStore();
    const time = new FakeTime();
    const first = await openWaymark({ clock: time, scheduler: time }, store);
    const { workflow, tried } = undoable({ retry: { attempts: 2, delayMs: 60_000 } }, ({ attempt }) =>
      attempt === 1 ? fails() : undefined,
    );
    const { id, target } = await ran(first, workflow);
    const outcome = codeOf(first.executions.rollback(id, target));
    await settle();
    expect((await first.executions.get(id)).undoing).toMatchObject({
      tries: 1,
      retryAt: new Date(time.now() + 60_000).toISOString(),
    });
    const closing = first.executions.close(0);
    await time.pass(20_000);
    await closing;
    expect(await outcome).toBe('WAYMARK_CLOSED');
    const second = await openWaymark({ clock: time, scheduler: time }, store);
    second.executions.register(workflow);
    const [recovery] = await second.executions.recover();
    expect(recovery).toMatchObject({ action: 'undone' });
    await time.pass(39_999);
    expect(tried).toHaveLength(1);
    await time.pass(1);
    expect(tried.map(({ attempt }) => attempt)).toStrictEqual([1, 2]);
    const after = await second.executions.get(id);
    expect(after).toMatchObject({ status: 'paused', undoing: null, owner: null });
    expect(after.compensated).toStrictEqual([{ nodeId: 'second', occurrence: 1 }]);
  });

  it('has its signal aborted when its time is up, which is a failure like any other', async () => {
    const time = new FakeTime();
    const waymark = await openWaymark({ clock: time, scheduler: time });
    const { workflow, tried, signals } = undoable({ timeoutMs: 500, retry: { attempts: 2 } }, ({ attempt }) =>
      attempt === 1 ? new Promise<void>(() => undefined) : undefined,
    );
    const { id, target } = await ran(waymark, workflow);
    const { result, entries } = await happened(waymark, async () => {
      const rollback = waymark.executions.rollback(id, target);
      await time.pass(499);
      expect(signals.map(({ aborted }) => aborted)).toStrictEqual([false]);
      await time.pass(1);
      return rollback;
    });
    expect(result).toMatchObject({ compensated: 1 });
    expect(tried).toHaveLength(2);
    expect(signals[0]?.reason).toMatchObject({ code: 'WAYMARK_NODE_TIMED_OUT' });
    expect(attemptsOf(entries)).toStrictEqual([
      ['node.compensation_failed', 1],
      ['node.compensated', 2],
    ]);
    const failed = entries.find(({ event }) => event.type === 'node.compensation_failed');
    expect(failed?.event.payload).toMatchObject({
      error: { code: 'WAYMARK_NODE_TIMED_OUT', message: 'The compensation of second did not end within 500 ms.' },
    });
    expect(time.holding).toBe(0);
  });

  it('that takes too long stops the rollback, or lets it go on, as the call says', async () => {
    const time = new FakeTime();
    const waymark = await openWaymark({ clock: time, scheduler: time });
    const { workflow } = undoable({ timeoutMs: 500 }, () => new Promise<void>(() => undefined));
    const { id, target } = await ran(waymark, workflow);
    const stopped = codeOf(waymark.executions.rollback(id, target));
    await time.pass(500);
    expect(await stopped).toBe('WAYMARK_COMPENSATION_FAILED');
    expect(await waymark.executions.get(id)).toMatchObject({ status: 'completed', undoing: null, compensated: [] });
    const went = waymark.executions.rollback(id, target, { onCompensationFailure: 'continue' });
    await time.pass(500);
    expect(await went).toMatchObject({ compensated: 0, notCompensated: 1 });
  });
});

const undo = (): void => undefined;

it.each<readonly [compensate: unknown, what: string]>([
  [{ retry: { attempts: 2 } }, 'without what it runs'],
  [{ run: undo, timeoutMs: 0 }, 'with no time at all'],
  [{ run: undo, retry: { attempts: 0 } }, 'that is never tried'],
  [{ run: undo, heartbeatMs: 5 }, 'with an option that there is not'],
  [5, 'that is a number'],
])('a compensation %j, %s, is refused', (compensate, _what) => {
  const node = task({ run: () => ({}), compensate: compensate as CompensationWork });
  expect(() => defineWorkflow({ id: 'w', version: '1', nodes: { a: node }, edges: {} })).toThrow(
    /the compensate of the node "a" must be a function, or \{ run, retry, timeoutMs \}/,
  );
});
