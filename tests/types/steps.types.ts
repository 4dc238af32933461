// Commands and programs are nodes like tasks: the state of the workflow types what they are told.
import { defineWorkflow, type NodeContext, nodeScript, shell, type TaskNode, type Workflow } from '../../src/index.js';
import { assertType, type Equal } from './equal.js';

interface Build {
  readonly target: string;
  readonly size?: number;
}

export const build = defineWorkflow<Build>({
  id: 'build',
  version: '1',
  workspace: { from: { folder: '/srv/package' }, strategy: 'copy', keep: 'always' },
  environment: { spec: { runtime: 'node', packages: { esbuild: '0.25.0' } }, mode: 'shared' },
  nodes: {
    bundle: shell({ run: 'esbuild', env: ({ state }) => ({ TARGET: state.target }), cwd: ({ nodeId }) => nodeId }),
    measure: nodeScript({ file: 'measure.mjs', args: ({ state }) => [state.target], output: { size: 'json' } }),
    tell: nodeScript({ code: 'console.log(1)', onFailure: 'pause', retry: { attempts: 2 } }),
  },
  edges: { bundle: 'measure', measure: 'tell' },
});

export const wrong = defineWorkflow<Build>({
  id: 'wrong',
  version: '1',
  // @ts-expect-error: there is no such strategy
  workspace: { strategy: 'clone' },
  nodes: {
    // @ts-expect-error: a command needs a script
    none: shell({ cwd: 'x' }),
    // @ts-expect-error: a program is code, or a file
    both: nodeScript({ code: '0', file: 'a.mjs' }),
    // @ts-expect-error: code takes no arguments
    args: nodeScript({ code: '0', args: [] }),
    // @ts-expect-error: there is no such kind of output
    kind: shell({ run: 'x', output: { size: 'number' } }),
    // @ts-expect-error: the state has no such key
    key: shell({ run: 'x', env: ({ state }) => ({ A: state.nothing }) }),
  },
  edges: {},
});

/** What nodes and definitions tell of where they run. */
export function places(): void {
  assertType<Equal<ReturnType<typeof shell<Build>>, TaskNode<Build>>>();
  assertType<Equal<NonNullable<NodeContext['workspace']>['path'], string>>();
  assertType<Equal<NonNullable<NodeContext['environment']>['variables'], Readonly<Record<string, string>>>>();
  assertType<Equal<NonNullable<Workflow['workspace']>['keep'], 'unless-completed' | 'always' | 'never' | undefined>>();
}
