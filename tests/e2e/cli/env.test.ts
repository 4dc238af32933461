import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { jest } from '@jest/globals';
import { openWaymark } from '../../support/open-waymark.js';
import { OFFLINE, packForNpm } from '../../support/local-packages.js';
import { describeWhere, missingPrograms } from '../../support/requirement.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { call } from './support/in-process.js';
import { json } from './support/json.js';

// npm takes a second or two each time.
jest.setTimeout(120_000);

const describeWithNpm = describeWhere('waymark env', missingPrograms({ npm: '--version' }));

describeWithNpm('waymark env', () => {
  let folder: TemporaryFolder;
  let source: string;
  const env = (...args: readonly string[]) =>
    call(['env', ...args, '--store', folder.file('waymark.db'), '--home', folder.file('home')]);
  const offline = Object.entries(OFFLINE).flatMap(([name, value]) => ['--variable', `${name}=${value}`]);
  const create = (...args: readonly string[]) => env('create', '--runtime', 'node', ...offline, ...args);

  beforeAll(() => {
    folder = makeTemporaryFolder();
    mkdirSync(folder.file('packages'));
    source = packForNpm(folder.file('packages'), { name: 'wm-a', version: '1.0.0' });
  });
  afterAll(() => folder.remove());

  it('makes one, lists it, finds it again, and removes it', async () => {
    const { code, stdout, stderr } = await create('--package', `wm-a@${source}`);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('added 1 package') });
    const [, id = '', path = ''] = /^ready (env-[0-9a-f]{16}) {2}node, 1 package\n(.*)\n$/.exec(stdout) ?? [];
    expect(existsSync(path)).toBe(true);

    const listed = await env('list');
    expect(listed.stdout).toMatch(new RegExp(`^${id} +node ${process.versions.node} .*wm-a@1\\.0\\.0$`, 'm'));
    expect(json((await env('list', '--json')).stdout)).toMatchObject([
      { id, runtime: 'node', installed: ['wm-a@1.0.0'], isUsed: false, path, packages: { 'wm-a': source } },
    ]);

    writeFileSync(
      folder.file('spec.json'),
      JSON.stringify({ runtime: 'node', packages: { 'wm-a': source }, variables: OFFLINE }),
    );
    expect(json((await env('create', '--spec', folder.file('spec.json'), '--json')).stdout)).toMatchObject({ id });

    const plan = await env('prune', '--max-count', '0', '--dry-run');
    expect(plan.stdout).toMatch(/^env-.*\nwould remove 1 environment, [\d.]+ k?B; 0 stay\n$/);
    expect(existsSync(path)).toBe(true);
    expect((await env('prune', '--max-age', '1h')).stdout).toBe('nothing to remove: 1 stays\n');
    expect(json((await env('prune', '--max-bytes', '1MB', '--json')).stdout)).toMatchObject({ dryRun: false, kept: 1 });
    const pruned = await env('prune', '--max-bytes', '1', '--actor', 'user:ada');
    expect(pruned.stdout).toMatch(/\nremoved 1 environment, /);
    expect(existsSync(path)).toBe(false);
    expect((await env('list')).stderr).toContain('No environments here.');

    await using waymark = await openWaymark({ storage: `sqlite:${folder.file('waymark.db')}` });
    const started = await waymark.log.query({ types: ['environment.creation_started'] });
    expect(started).toMatchObject([{ event: { payload: { source: 'cli' } } }]);
    const deleted = await waymark.log.query({ types: ['environment.deleted'] });
    expect(deleted).toMatchObject([{ event: { payload: { environmentId: id }, context: { actor: 'user:ada' } } }]);
  });

  it('installs what a lock file says', async () => {
    const { path } = json((await create('--package', `wm-a@${source}`, '--json')).stdout) as { path: string };
    const again = await create('--lock', `${path}/package-lock.json`, '--json');
    expect(json(again.stdout)).toMatchObject({ installed: ['wm-a@1.0.0'] });
  });

  it('tells what npm said last when it fails', async () => {
    const { code, stderr } = await create('--package', 'wm-a@file:/nowhere/a.tgz');
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/nowhere/) });
  });

  it.each([
    [['create'], '--runtime, or --spec'],
    [['create', '--runtime', 'ruby'], 'ruby'],
    [['create', '--runtime', 'node', '--spec', 'x.json'], 'leave the other options out'],
    [['create', '--runtime', 'node', '--variable', 'CI'], 'NAME=VALUE'],
    [['create', '--runtime', 'node', '--lock', '/nowhere/lock'], "--lock can't be read"],
    [['create', '--spec', '/nowhere/spec.json'], "can't be read"],
    [['create', '--runtime', 'node', '--package=--global@1'], 'packages.--global'],
    [['prune', '--max-age', 'old'], 'is no age'],
    [['prune', '--max-bytes', 'much'], 'is no size'],
    [['prune', '--max-count', '-1'], 'whole number'],
  ])('says what is wrong with %j', async (args, said) => {
    const { code, stderr } = await env(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });
});
