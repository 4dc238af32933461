import {
  defineWorkflow,
  type EnvironmentDeclaration,
  InvalidWorkflowError,
  task,
  type Workflow,
  type WorkspaceDeclaration,
} from '../../../../src/index.js';
import { caught } from '../../../support/caught.js';

function define(declarations: object): Workflow {
  return defineWorkflow({ id: 'w', version: '1', nodes: { a: task(() => undefined) }, edges: {}, ...declarations });
}

async function problemsOf(declarations: object): Promise<readonly string[]> {
  const error = await caught(() => define(declarations));
  expect(error).toBeInstanceOf(InvalidWorkflowError);
  return (error as InvalidWorkflowError).problems;
}

const workspace: WorkspaceDeclaration = {
  from: { folder: '/srv/package' },
  strategy: 'hardlink',
  ignore: ['node_modules/', '# a comment', ''],
  keep: 'always',
  readOnly: ['assets/'],
};
const environment: EnvironmentDeclaration = {
  spec: { runtime: 'node', version: '20', packages: { typescript: '~5.9' }, lock: '{}', variables: { CI: 'true' } },
  mode: 'copied',
};

describe('the workspace and the environment of a workflow', () => {
  it('are as they were declared, and can not be changed', () => {
    const given = structuredClone({ workspace, environment });
    const workflow = define(given);
    (given.workspace.ignore as string[]).push('more');
    Object.assign(given.environment.spec.packages ?? {}, { more: '1' });
    expect([workflow.workspace, workflow.environment]).toStrictEqual([workspace, environment]);
    const frozen = [workflow.workspace, workflow.workspace?.from, workflow.workspace?.ignore];
    const frozenToo = [workflow.environment, workflow.environment?.spec, workflow.environment?.spec.packages];
    for (const part of [...frozen, ...frozenToo]) {
      expect([part !== undefined, Object.isFrozen(part)]).toStrictEqual([true, true]);
    }
  });

  it('are not there where nothing is said of them, and may be as small as can be', () => {
    expect([define({}).workspace, define({}).environment]).toStrictEqual([undefined, undefined]);
    expect(define({ workspace: {} }).workspace).toStrictEqual({});
    const smallest = { spec: { runtime: 'process' } };
    expect(define({ environment: smallest }).environment).toStrictEqual(smallest);
  });

  it('are no part of what the hash tells of: an execution keeps what it began with', () => {
    expect(define({ workspace, environment }).graph.hash).toBe(define({}).graph.hash);
  });

  it.each<[string, unknown, string]>([
    ['no object', 'here', 'its workspace is not an object'],
    ['a misspelt key', { form: {} }, 'there is no option workspace.form'],
    ['a folder by itself', { from: '/srv' }, 'its workspace.from is not an object { folder }'],
    ['a relative folder', { from: { folder: './a' } }, 'its workspace.from.folder must be an absolute path'],
    ['a folder with a NUL', { from: { folder: '/a\0' } }, 'its workspace.from.folder must be an absolute path'],
    ['a misspelt source', { from: { folder: '/a', commit: 'b' } }, 'there is no option workspace.from.commit'],
    [
      'a strategy that there is not',
      { strategy: 'clone' },
      'its workspace.strategy must be one of copy, reflink, hardlink, worktree',
    ],
    ['another keeping', { keep: true }, 'its workspace.keep must be one of unless-completed, always, never'],
    ['a text as the list', { ignore: 'a' }, 'its workspace.ignore must be a list of lines'],
    ['two lines in one', { ignore: ['a\nb'] }, 'its workspace.ignore must be a list of lines'],
    ['a number in a list', { readOnly: [1] }, 'its workspace.readOnly must be a list of lines'],
  ])('tell what is wrong with a workspace: %s', async (_what, given, problem) => {
    expect(await problemsOf({ workspace: given })).toStrictEqual([problem]);
  });

  it('take folders as other systems name them', () => {
    for (const folder of ['C:\\package', 'd:/package', '\\\\server\\share']) {
      expect(define({ workspace: { from: { folder } } }).workspace?.from).toStrictEqual({ folder });
    }
  });

  const spec = { runtime: 'node' };
  it.each<[string, unknown, string]>([
    ['no object', null, 'its environment is not an object { spec }'],
    ['no specification', {}, 'its environment.spec is not an object { runtime }'],
    ['a misspelt key', { spec, mod: 'shared' }, 'there is no option environment.mod'],
    ['another mode', { spec, mode: 'linked' }, 'its environment.mode must be one of shared, copied'],
    ['no runtime', { spec: {} }, 'its environment.spec.runtime must be one of node, python, process'],
    ['a misspelt key of it', { spec: { ...spec, package: {} } }, 'there is no option environment.spec.package'],
    [
      'a version as a number',
      { spec: { ...spec, version: 20 } },
      'its environment.spec.version must be a text, and not an empty one',
    ],
    [
      'a lock that is none',
      { spec: { ...spec, lock: {} } },
      'its environment.spec.lock must be the text of a lock file',
    ],
    [
      'a list of packages',
      { spec: { ...spec, packages: ['a'] } },
      'its environment.spec.packages must be versions by name',
    ],
    [
      'a package without a version',
      { spec: { ...spec, packages: { a: '' } } },
      'its environment.spec.packages must be versions by name',
    ],
    [
      'a list of variables',
      { spec: { ...spec, variables: [] } },
      'its environment.spec.variables must be texts by name',
    ],
    [
      'a variable of an impossible name',
      { spec: { ...spec, variables: { 'A=B': 'c' } } },
      'its environment.spec.variables has "A=B", which no variable can be called',
    ],
    [
      'a variable that is no text',
      { spec: { ...spec, variables: { A: 1 } } },
      'its environment.spec.variables.A must be a text without NUL characters',
    ],
  ])('tell what is wrong with an environment: %s', async (_what, given, problem) => {
    expect(await problemsOf({ environment: given })).toStrictEqual([problem]);
  });
});
