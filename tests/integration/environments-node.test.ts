import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { jest } from '@jest/globals';
import { createWaymark, type Environment, type Environments, type Waymark } from '../../src/index.js';
import { LocalEnvironmentLinks } from '../../src/infrastructure/environment/local-environment-links.js';
import { NodeEnvironmentProvider } from '../../src/infrastructure/environment/node-environment-provider.js';
import { caught, caughtWaymark } from '../support/caught.js';
import { readTree } from '../support/file-tree.js';
import { OFFLINE, packForNpm } from '../support/local-packages.js';
import { expectGone } from '../support/process-gone.js';
import { describeWhere, missingPrograms } from '../support/requirement.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

// npm takes a second or two each time.
jest.setTimeout(120_000);

const describeWithNpm = describeWhere('environments made by npm', missingPrograms({ npm: '--version' }));

describeWithNpm('a Node environment', () => {
  let folder: TemporaryFolder;
  let waymark: Waymark;
  let environments: Environments;
  let sources: Readonly<Record<'a1' | 'a2' | 'b', string>>;
  const ensure = (packages: Readonly<Record<string, string>>, lock?: string): Promise<Environment> =>
    environments.ensure({ runtime: 'node', packages, variables: OFFLINE, ...(lock === undefined ? {} : { lock }) });

  beforeAll(() => {
    folder = makeTemporaryFolder();
    const packages = folder.file('packages');
    mkdirSync(packages);
    const a1 = packForNpm(packages, { name: 'wm-a', version: '1.0.0' });
    const a2 = packForNpm(packages, { name: 'wm-a', version: '1.1.0' });
    const scripts = { postinstall: "node -e \"require('fs').writeFileSync('ran', '')\"" };
    sources = { a1, a2, b: packForNpm(packages, { name: 'wm-b', version: '2.0.0', scripts }) };
  });
  afterAll(() => folder.remove());

  beforeEach(async () => {
    waymark = await createWaymark({ storage: 'memory:' });
    ({ environments } = waymark);
  });
  afterEach(() => waymark.close());

  it('has its packages, which processes that it is activated for find', async () => {
    const { path, activation, record } = await ensure({ 'wm-a': sources.a1, 'wm-b': sources.b });
    expect(record.installed).toStrictEqual(['wm-a@1.0.0', 'wm-b@2.0.0']);
    expect(run(activation, 'wm-a')).toBe('wm-a 1.0.0\n');
    expect(run(activation, 'node', '-p', 'require("wm-b")')).toBe('wm-b 2.0.0\n');
    expect(run(activation, 'node', '-p', 'process.version')).toBe(`${process.version}\n`);
    expect(JSON.parse(readFileSync(join(path ?? '', 'package.json'), 'utf8'))).toMatchObject({ private: true });
  });

  it('is made of its lock to the letter', async () => {
    const { record, release } = await ensure({ 'wm-a': sources.a1 });
    await release();
    await environments.delete(record.environmentId);
    const again = await environments.ensure(record.spec);
    expect(again.id).not.toBe(record.environmentId);
    expect(again.record).toMatchObject({ installed: ['wm-a@1.0.0'], spec: { lock: record.spec.lock } });
    const lockOnly = await environments.ensure({
      runtime: 'node',
      variables: OFFLINE,
      lock: record.spec.lock ?? '',
    });
    expect(lockOnly.record.installed).toStrictEqual(['wm-a@1.0.0']);
  });

  it('gets other packages as another one, with everything else as its lock has it', async () => {
    const { id } = await ensure({ 'wm-a': sources.a1 });
    const wider = await environments.add(id, { 'wm-b': sources.b });
    expect(wider.record.installed).toStrictEqual(['wm-a@1.0.0', 'wm-b@2.0.0']);
    const newer = await environments.update(wider.id, { 'wm-a': sources.a2 });
    expect(newer.record.installed).toStrictEqual(['wm-a@1.1.0', 'wm-b@2.0.0']);
    const less = await environments.remove(newer.id, ['wm-b']);
    expect(less.record.installed).toStrictEqual(['wm-a@1.1.0']);
    expect(await environments.verify(id)).toStrictEqual({ missing: [], unexpected: [] });
    // What came of it can be made anew from what a checkpoint keeps.
    await less.release();
    await environments.delete(less.id);
    const restored = await environments.restore(less.record, { checkpointId: 'c' });
    expect(restored.record.installed).toStrictEqual(['wm-a@1.1.0']);
  });

  it('is put right again when somebody altered it', async () => {
    const { id, path } = await ensure({ 'wm-a': sources.a1 });
    const manifest = join(path ?? '', 'node_modules', 'wm-a', 'package.json');
    expect(statSync(manifest).mode & 0o222).toBe(0);
    chmodSync(manifest, 0o644);
    writeFileSync(manifest, JSON.stringify({ name: 'wm-a', version: '6.6.6' }));
    expect(await environments.verify(id)).toStrictEqual({ missing: ['wm-a@1.0.0'], unexpected: ['wm-a@6.6.6'] });
    const synced = await environments.sync(id);
    expect(await environments.verify(id)).toStrictEqual({ missing: [], unexpected: [] });
    expect(synced.path).not.toBe(path);
    expect(readFileSync(join(synced.path, 'node_modules', 'wm-a', 'index.js'), 'utf8')).toContain('wm-a 1.0.0');
    // Whoever took it before has it as it was.
    expect(readFileSync(manifest, 'utf8')).toContain('6.6.6');
  });

  it('tells what npm said last when it can not be made, also in a script that npm runs silently', async () => {
    const missing = `file:${folder.file('not-there.tgz')}`;
    const before = process.env['npm_config_loglevel'];
    process.env['npm_config_loglevel'] = 'silent';
    const error = await caughtWaymark(ensure({ 'wm-a': missing })).finally(() => {
      if (before === undefined) delete process.env['npm_config_loglevel'];
      else process.env['npm_config_loglevel'] = before;
    });
    expect(error).toMatchObject({
      code: 'WAYMARK_ENVIRONMENT_FAILED',
      message: expect.stringMatching(/npm ended with exit code \d+: .*not-there/s),
    });
    expect(await environments.list()).toStrictEqual([]);
    expect(await caughtWaymark(ensure({}, '{"lockfileVersion": 1}'))).toMatchObject({
      code: 'WAYMARK_ENVIRONMENT_FAILED',
    });
  });

  it('without packages has none, and can be used', async () => {
    const { record, activation } = await ensure({});
    expect(record.installed).toStrictEqual([]);
    expect(existsSync(activation.links['node_modules'] ?? '')).toBe(true);
  });

  it('runs the install scripts of packages only where that is wanted', async () => {
    const ran = async (one: Waymark): Promise<boolean> => {
      const spec = { runtime: 'node', packages: { 'wm-b': sources.b }, variables: OFFLINE } as const;
      const { path } = await one.environments.ensure(spec);
      return existsSync(join(path ?? '', 'node_modules', 'wm-b', 'ran'));
    };
    expect(await ran(waymark)).toBe(false);
    await using willing = await createWaymark({
      storage: 'memory:',
      workspaces: { environments: { runScripts: true } },
    });
    expect(await ran(willing)).toBe(true);
  });

  describe('in a workspace', () => {
    const linked = (name: string): string => join(folder.file(name), 'node_modules');
    beforeEach(() => {
      for (const name of ['one', 'other']) mkdirSync(folder.file(name), { recursive: true });
    });

    it('is a link to what all share, or a copy that may be written to', async () => {
      const [first, second] = [await ensure({ 'wm-a': sources.a1 }), await ensure({ 'wm-a': sources.a2 })];
      const version = (name: string): unknown =>
        (JSON.parse(readFileSync(join(linked(name), 'wm-a', 'package.json'), 'utf8')) as { version: string }).version;
      for (let time = 0; time < 2; time += 1) {
        await environments.attach(first, folder.file('one'));
        await environments.attach(first, folder.file('other'), { mode: 'copied' });
      }
      expect([version('one'), version('other')]).toStrictEqual(['1.0.0', '1.0.0']);
      const copied = join(linked('other'), 'wm-a', 'package.json');
      expect(statSync(copied).mode & 0o200).toBe(0o200);
      writeFileSync(copied, JSON.stringify({ name: 'wm-a', version: '1.0.0-mine' }));
      await environments.attach(first, folder.file('other'), { mode: 'copied' });
      expect([version('one'), version('other')]).toStrictEqual(['1.0.0', '1.0.0-mine']);
      await environments.attach(second, folder.file('one'));
      await environments.attach(second, folder.file('other'), { mode: 'copied' });
      expect([version('one'), version('other')]).toStrictEqual(['1.1.0', '1.1.0']);
      await environments.attach(second, folder.file('other'));
      expect(version('other')).toBe('1.1.0');
      expect(await environments.verify(first.id)).toStrictEqual({ missing: [], unexpected: [] });
    });

    it('moves what somebody else put there where it is told to', async () => {
      const { id, activation } = await ensure({ 'wm-a': sources.a1 });
      const links = new LocalEnvironmentLinks(folder.file('environments'));
      const workspace = folder.file('moved');
      for (const time of ['first', 'second']) {
        mkdirSync(linked('moved'), { recursive: true });
        writeFileSync(join(linked('moved'), 'mine.txt'), time);
        await links.attach(id, activation.links, workspace, 'shared', folder.file('aside'));
        expect(existsSync(join(linked('moved'), 'wm-a', 'index.js'))).toBe(true);
        unlinkSync(linked('moved'));
      }
      expect(Object.values(readTree(folder.file('aside'))).toSorted()).toStrictEqual(['first', 'second']);
    });

    it('takes the place of nothing that somebody else put there', async () => {
      const environment = await ensure({});
      mkdirSync(join(folder.file('theirs'), 'node_modules'), { recursive: true });
      mkdirSync(folder.file('theirs-too'));
      symlinkSync(folder.path, join(folder.file('theirs-too'), 'node_modules'));
      for (const name of ['theirs', 'theirs-too']) {
        expect(await caughtWaymark(environments.attach(environment, folder.file(name)))).toMatchObject({
          code: 'WAYMARK_ENVIRONMENT_NOT_ATTACHED',
        });
      }
    });
  });
});

describe('the Node of an environment', () => {
  let folder: TemporaryFolder;
  const provider = (): NodeEnvironmentProvider =>
    new NodeEnvironmentProvider({ environment: { PATH: `${folder.path}${delimiter}/usr/bin${delimiter}/bin` } });
  const program = (name: string, script: string): void =>
    writeFileSync(folder.file(name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

  beforeEach(() => {
    folder = makeTemporaryFolder();
  });
  afterEach(() => folder.remove());

  it('is the one that runs this, or one on PATH', async () => {
    program('node', `echo '{"version":"99.2.1","program":"/opt/node"}'`);
    const node = provider();
    expect(await node.resolveVersion({ runtime: 'node' })).toBe(process.versions.node);
    const [major = ''] = process.versions.node.split('.');
    expect(await node.resolveVersion({ runtime: 'node', version: major })).toBe(process.versions.node);
    expect(await node.resolveVersion({ runtime: 'node', version: '99.2' })).toBe('99.2.1');
    expect(await caughtWaymark(node.resolveVersion({ runtime: 'node', version: '9' }))).toMatchObject({
      code: 'WAYMARK_RUNTIME_MISSING',
      message: `There is no node 9 here; there is ${process.versions.node}, 99.2.1.`,
    });
  });

  it('is left to what there is when that on PATH can not tell which it is', async () => {
    program('node', 'exit 3');
    expect(await caughtWaymark(provider().resolveVersion({ runtime: 'node', version: '9' }))).toMatchObject({
      details: { found: [process.versions.node] },
    });
  });

  it('tells what npm wrote without the credentials in it', async () => {
    program('npm', 'echo fetching http://user:sekret@host/a; echo "401 for http://user:sekret@host/a" >&2; exit 1');
    const target = folder.file('environment');
    mkdirSync(target);
    const lines: string[] = [];
    const options = { onLine: (line: string) => void lines.push(line) };
    const error = await caughtWaymark(provider().create(target, { runtime: 'node' }, options));
    expect(error).toMatchObject({
      code: 'WAYMARK_ENVIRONMENT_FAILED',
      message: 'The packages could not be installed: npm ended with exit code 1: 401 for http://***@host/a',
      details: { words: '401 for http://***@host/a' },
    });
    expect(lines.toSorted()).toStrictEqual(['401 for http://***@host/a', 'fetching http://***@host/a']);
  });

  it('ends npm with all that it has begun when whoever waits is cancelled', async () => {
    program('npm', 'sleep 1000 & echo "$! $$"; wait');
    const cancel = new AbortController();
    const pids: number[] = [];
    const target = folder.file('environment');
    mkdirSync(target);
    const onLine = (line: string): void => {
      pids.push(...line.split(' ').map(Number));
      cancel.abort(new Error('cancelled'));
    };
    const creating = provider().create(target, { runtime: 'node' }, { signal: cancel.signal, onLine });
    expect(await caught(creating)).toMatchObject({ message: 'cancelled' });
    expect(pids).toHaveLength(2);
    for (const pid of pids) await expectGone(pid);
  });
});

function run({ variables, path }: Environment['activation'], program: string, ...args: readonly string[]): string {
  const PATH = [...path, process.env['PATH']].join(delimiter);
  return execFileSync('/usr/bin/env', [program, ...args], { env: { ...variables, PATH }, cwd: '/', encoding: 'utf8' });
}
