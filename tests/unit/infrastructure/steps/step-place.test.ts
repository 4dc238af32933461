import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { JsonObject, NodeContext } from '../../../../src/index.js';
import { runShellStep, type ShellStep } from '../../../../src/infrastructure/steps/shell-step.js';
import { caughtWaymark } from '../../../support/caught.js';
import { shellStep, stepContext, surroundings, template } from '../../../support/steps.js';
import { makeTemporaryFolder } from '../../../support/temporary-folder.js';

const temporary = makeTemporaryFolder();
const root = realpathSync(temporary.path);
const folder = join(root, 'workflow');
const workspace = { id: 'w-1', path: join(root, 'workspace') };

beforeAll(() => {
  for (const path of ['workflow', 'workspace/inner', 'workspace/..odd', 'outside', 'tools']) {
    mkdirSync(join(root, path), { recursive: true });
  }
  symlinkSync(join(root, 'outside'), join(workspace.path, 'way-out'));
  writeFileSync(join(root, 'tools', 'compile'), '#!/bin/sh\necho compiled\n', { mode: 0o755 });
});

afterAll(() => temporary.remove());

async function run(
  script: string,
  over: Partial<ShellStep> = {},
  context: Partial<NodeContext> = {},
): Promise<JsonObject> {
  return runShellStep(
    shellStep(script, over),
    surroundings(folder, { TOKEN: 's3cr3t-value', LANG: 'C' }),
    stepContext({}, { workspace, ...context }).context,
  );
}

describe('a step of an execution with a workspace', () => {
  it('runs in it, and knows where it is', async () => {
    expect(await run('pwd; echo "$WAYMARK_WORKSPACE"')).toStrictEqual({ out: `${workspace.path}\n${workspace.path}` });
    expect(await run('pwd', { cwd: template('inner') })).toStrictEqual({ out: join(workspace.path, 'inner') });
    const { context } = stepContext();
    const without = await runShellStep(
      shellStep('pwd; echo "${WAYMARK_WORKSPACE-none}"'),
      surroundings(folder),
      context,
    );
    expect(without).toStrictEqual({ out: `${folder}\nnone` });
  });

  it.each(['..', '../outside', '/', 'inner/../../outside', 'way-out', 'way-out/.', 'inner\0'])(
    'is not led out of it by the state: %j',
    async (where) => {
      const error = await caughtWaymark(run('pwd', { cwd: template('${{ state.where }}') }, { state: { where } }));
      expect(error.code).toBe('WAYMARK_COMMAND_NOT_RUN');
    },
  );

  it('says which folder the state would lead it to, and out of what', async () => {
    const error = await caughtWaymark(run('pwd', { cwd: template('a/${{ state.a }}') }, { state: { a: '../..' } }));
    expect(error.message).toBe(`The folder ${root} is not within the workspace.`);
    expect(error.details).toStrictEqual({ cwd: root, folder: workspace.path });
  });

  it('may be led by the state to any folder within it, whatever its name', async () => {
    const inState = async (where: string): Promise<unknown> =>
      (await run('pwd', { cwd: template('${{ state.where }}') }, { state: { where } }))['out'];
    expect(await inState('..odd')).toBe(join(workspace.path, '..odd'));
    expect(await inState('inner/..')).toBe(workspace.path);
    expect(await inState('')).toBe(workspace.path);
  });

  it('is led out of it by nobody but its author', async () => {
    expect(await run('pwd', { cwd: template('../outside') })).toStrictEqual({ out: join(root, 'outside') });
  });
});

describe('a step of an execution with an environment', () => {
  const environment = {
    id: 'env-1',
    variables: { LANG: 'de_DE', MODE: 'test', TOKEN: 'of the environment' },
    path: [],
  };

  it('sees its variables: before those of this process, and after its own and its secrets', async () => {
    const sees = async (over: Partial<ShellStep>): Promise<unknown> =>
      (await run('echo "$LANG,$MODE,$TOKEN"', over, { environment }))['out'];
    expect(await sees({})).toBe('de_DE,test,of the environment');
    expect(await sees({ inheritEnv: ['LANG'] })).toBe('de_DE,test,of the environment');
    expect(await sees({ env: { MODE: template('own') } })).toBe('de_DE,own,of the environment');
    expect(await sees({ secrets: ['TOKEN'], hidden: [] })).toBe('de_DE,test,***');
  });

  it('can not have it replace what Waymark says of the execution', async () => {
    const variables = { WAYMARK_EXECUTION_ID: 'another', WAYMARK_WORKSPACE: '/' };
    const script = 'echo "$WAYMARK_EXECUTION_ID $WAYMARK_WORKSPACE"';
    expect(await run(script, {}, { environment: { ...environment, variables } })).toStrictEqual({
      out: `e-1 ${workspace.path}`,
    });
  });

  it('finds its programs first, whatever PATH the step has', async () => {
    const path = [join(root, 'tools'), join(root, 'more')];
    const withTools = { environment: { ...environment, path } };
    expect(await run('compile', {}, withTools)).toStrictEqual({ out: 'compiled' });
    expect((await run('echo "$PATH"', {}, withTools))['out']).toBe([...path, process.env['PATH']].join(delimiter));
    expect((await run('echo "$PATH"', { env: { PATH: template('/bin') } }, withTools))['out']).toBe(
      [...path, '/bin'].join(delimiter),
    );
    expect((await caughtWaymark(run('compile'))).code).toBe('WAYMARK_COMMAND_FAILED');
  });
});
