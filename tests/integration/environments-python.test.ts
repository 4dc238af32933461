import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { delimiter } from 'node:path';
import { jest } from '@jest/globals';
import { createWaymark, type Environment, type Environments, type Waymark } from '../../src/index.js';
import { caughtWaymark, codeOf } from '../support/caught.js';
import { onlyIn, wheelForPip } from '../support/local-packages.js';
import { describeWhere, missingPrograms } from '../support/requirement.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

// A virtual environment takes a few seconds each time.
jest.setTimeout(180_000);

const describeWithPython = describeWhere('environments made by python3 -m venv', whyMissing());

describeWithPython('a Python environment', () => {
  let folder: TemporaryFolder;
  let waymark: Waymark;
  let environments: Environments;
  const ensure = (packages: Readonly<Record<string, string>>, lock?: string): Promise<Environment> =>
    environments.ensure({
      runtime: 'python',
      packages,
      variables: onlyIn(folder.file('wheels')),
      ...(lock === undefined ? {} : { lock }),
    });

  beforeAll(async () => {
    folder = makeTemporaryFolder();
    mkdirSync(folder.file('wheels'));
    for (const version of ['1.0', '1.1', '2.0']) wheelForPip(folder.file('wheels'), 'wma', version);
    wheelForPip(folder.file('wheels'), 'wmb', '3.0', 'wma<2');
    waymark = await createWaymark({ storage: 'memory:' });
    ({ environments } = waymark);
  });
  afterAll(async () => {
    await waymark.close();
    folder.remove();
  });

  it('has its packages with what these need, which processes that it is activated for find', async () => {
    const { record, activation, path } = await ensure({ wmb: '*' });
    expect(record.installed).toStrictEqual(['wma@1.1', 'wmb@3.0']);
    expect(record.spec.lock).toBe('wma==1.1\nwmb==3.0\n');
    expect(activation.variables['VIRTUAL_ENV']).toBe(path);
    expect(run(activation, 'import wma; print(wma.version)')).toBe('1.1\n');
  });

  it('is made of its lock to the letter, and brought back to it', async () => {
    const { id, record, activation } = await ensure({}, 'wma==1.0\n');
    expect(record.installed).toStrictEqual(['wma@1.0']);
    execFileSync(
      `${activation.path[0]}/python`,
      ['-m', 'pip', 'install', '--no-index', '--find-links', folder.file('wheels'), 'wmb', 'wma==1.1'],
      { stdio: 'ignore' },
    );
    expect(await environments.verify(id)).toStrictEqual({
      missing: ['wma@1.0'],
      unexpected: ['wma@1.1', 'wmb@3.0'],
    });
    await environments.sync(id);
    expect(await environments.verify(id)).toStrictEqual({ missing: [], unexpected: [] });
  });

  it('gets other packages as another one', async () => {
    const { id } = await ensure({ wma: '1.0' });
    const wider = await environments.add(id, { wmb: '>=3' });
    expect(wider.record.installed).toStrictEqual(['wma@1.0', 'wmb@3.0']);
    const less = await environments.remove(wider.id, ['wmb']);
    expect(less.record.installed).toStrictEqual(['wma@1.0']);
  });

  it('tells what was said last when it can not be made', async () => {
    const error = await caughtWaymark(ensure({ wma: '9.9' }));
    expect(error).toMatchObject({
      code: 'WAYMARK_ENVIRONMENT_FAILED',
      message: expect.stringMatching(/wma==9\.9/),
    });
  });

  it('is of a Python that is there', async () => {
    expect(await codeOf(environments.ensure({ runtime: 'python', version: '2.1' }))).toBe('WAYMARK_RUNTIME_MISSING');
  });
});

function whyMissing(): string | undefined {
  const missing = missingPrograms({ python3: '--version' });
  if (missing !== undefined) return missing;
  return spawnSync('python3', ['-c', 'import venv, ensurepip']).status === 0
    ? undefined
    : 'It needs the modules venv and ensurepip of Python (python3-venv), which are not installed.';
}

function run({ variables, path }: Environment['activation'], script: string): string {
  const PATH = [...path, process.env['PATH']].join(delimiter);
  return execFileSync('/usr/bin/env', ['python', '-c', script], { env: { ...variables, PATH }, encoding: 'utf8' });
}
