import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  approval,
  defineWorkflow,
  type NodeContext,
  subworkflow,
  task,
  type Workflow,
  type WorkspaceDeclaration,
} from '../../src/index.js';
import { type Deadly, orUndefined, WorkspaceCrashWorld, type WorkspaceStep } from '../support/workspace-crash-world.js';
import type { NaiveWork } from '../support/naive-workspaces.js';
import { checkpointOf, place } from '../support/workspace-scene.js';

const BEGUN = { 'story.txt': 'begun', 'changed.txt': 'old', 'removed.txt': 'to go' };

/** What each node does to files: not the same when it is done twice, or to what somebody has left half done. */
const NAIVE: Readonly<Record<string, NaiveWork>> = {
  a: (files) => {
    files['story.txt'] += ' a';
    files['new/a.txt'] = 'a';
  },
  b: (files) => {
    files['story.txt'] += ' b';
    files['changed.txt'] = 'new';
    delete files['removed.txt'];
  },
  sub: (files) => {
    NAIVE['a']?.(files);
    NAIVE['b']?.(files);
  },
};

/** The same, in the workspace. */
const work = task((context: NodeContext) => {
  const at = (name: string): string => join(place(context), name);
  appendFileSync(at('story.txt'), ` ${context.nodeId}`);
  if (context.nodeId === 'a') {
    mkdirSync(at('new'));
    writeFileSync(at('new/a.txt'), 'a');
  } else {
    writeFileSync(at('changed.txt'), 'new');
    rmSync(at('removed.txt'));
  }
  return { [context.nodeId]: true };
});

/** Workflows of one node or two, with an approval between them where it is asked for. */
function workflows(source: string): readonly [kept: Workflow, removed: Workflow, waits: Workflow, parent: Workflow] {
  const from = { folder: source };
  const environment = { spec: { runtime: 'process', variables: { STAGE: 'test' } } };
  const declared = (id: string, workspace: WorkspaceDeclaration, nodes: object, edges: object): Workflow =>
    defineWorkflow({ id, version: '1', workspace, environment, nodes, edges } as Parameters<typeof defineWorkflow>[0]);
  const child = defineWorkflow({ id: 'child', version: '1', nodes: { a: work, b: work }, edges: { a: 'b' } });
  return [
    declared('kept', { from, keep: 'always' }, { a: work, b: work }, { a: 'b' }),
    declared('removed', { from }, { a: work, b: work }, { a: 'b' }),
    declared('waits', { from, keep: 'always' }, { a: work, ok: approval(), b: work }, { a: 'ok', ok: 'b' }),
    declared('parent', { from, keep: 'always' }, { sub: subworkflow({ workflow: child, into: 'sub' }) }, {}),
  ];
}

/** They take a fraction of that on a machine that has nothing else to do. */
const LIMIT_MS = 300_000;

const KEPT = 0;
const REMOVED = 1;
const WAITS = 2;
const PARENT = 3;

const start =
  (which: number, executionId = 'run'): WorkspaceStep =>
  async ({ waymark, workflows: all }) => {
    if ((await waymark.executions.get(executionId).catch(orUndefined)) !== undefined) return undefined;
    return waymark.executions.start(all[which] as Workflow, {}, { executionId });
  };

const rollback =
  (nodeId: string, executionId = 'run'): WorkspaceStep =>
  async ({ waymark }) => {
    const target = await checkpointOf(waymark, executionId, nodeId);
    await waymark.executions.rollback(executionId, target, { idempotencyKey: `back to ${nodeId}` });
    return undefined;
  };

const resume =
  (executionId = 'run'): WorkspaceStep =>
  async ({ waymark }) => {
    const { status } = await waymark.executions.get(executionId);
    return status === 'paused' ? waymark.executions.resume(executionId) : undefined;
  };

const fork =
  (nodeId: string, executionId = 'run'): WorkspaceStep =>
  async ({ waymark }) => {
    if ((await waymark.executions.get('fork').catch(orUndefined)) !== undefined) return undefined;
    return waymark.executions.fork(await checkpointOf(waymark, executionId, nodeId), { executionId: 'fork' });
  };

const restart: WorkspaceStep = async ({ waymark }) => {
  if ((await waymark.executions.get('again').catch(orUndefined)) !== undefined) return undefined;
  return waymark.executions.restart('run', { executionId: 'again' });
};

const approve =
  (executionId = 'run'): WorkspaceStep =>
  async ({ waymark }) => {
    const { status } = await waymark.executions.get(executionId);
    return status === 'paused' ? (await waymark.executions.approve(executionId)).run : undefined;
  };

const cancel =
  (executionId: string): WorkspaceStep =>
  async ({ waymark }) => {
    const { status } = await waymark.executions.get(executionId);
    if (status === 'paused') await waymark.executions.cancel(executionId, { reason: 'enough' });
    return undefined;
  };

/** What is done again and again, each time with a death at another moment. */
const PROGRAMS: readonly (readonly [name: string, steps: readonly WorkspaceStep[]])[] = [
  ['goes back and on again', [start(KEPT), rollback('a'), resume()]],
  ['goes back after its folder was removed', [start(REMOVED), rollback('a'), resume()]],
  ['waits, is forked, approved, and the fork cancelled', [start(WAITS), fork('a'), approve(), cancel('fork')]],
  ['is restarted with its files', [start(KEPT), restart]],
  ['shares its files with a sub-workflow', [start(PARENT)]],
];

/** Runs a program in which processes die. Returns how many moments there were for the first one. */
async function runWith(steps: readonly WorkspaceStep[], deadly: Deadly, deaths: readonly number[]): Promise<number> {
  const world = new WorkspaceCrashWorld({ begun: BEGUN, nodes: NAIVE }, workflows, deadly);
  try {
    const moments = await world.run(steps, deaths);
    await world.assertWhole();
    return moments;
  } catch (cause) {
    throw new Error(`Processes died at ${deaths.join(', ')}.`, { cause });
  } finally {
    await world.close();
  }
}

describe.each(['store', 'disk'] as const)(
  'an execution with a workspace, in a process that dies at the %s',
  (deadly) => {
    it.each(PROGRAMS)(
      'and %s: has its files in the next, at any moment',
      async (_, steps) => {
        const moments = await runWith(steps, deadly, []);
        expect(moments).toBeGreaterThan(deadly === 'store' ? 30 : 8);
        for (let at = 1; at <= moments; at += 1) await runWith(steps, deadly, [at]);
      },
      LIMIT_MS,
    );
  },
);

it(
  'one process after another dies, and the last one finds every file',
  async () => {
    const deaths = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 4 });
    const program = fc.constantFrom(...PROGRAMS.map(([, steps]) => steps));
    await fc.assert(
      fc.asyncProperty(program, fc.constantFrom('store' as const, 'disk' as const), deaths, async (steps, ...more) => {
        await runWith(steps, ...more);
      }),
      { numRuns: 20 },
    );
  },
  LIMIT_MS,
);
