import { existsSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { hostname } from 'node:os';
import type { FileCommit, Waymark, Workspace } from '../../../src/index.js';
import { readTree, writeTree } from '../../support/file-tree.js';
import { openWaymark } from '../../support/open-waymark.js';
import { Processes } from '../../support/processes.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { chain } from '../../support/workflows.js';
import { call } from './support/in-process.js';
import { json } from './support/json.js';

describe('waymark workspace', () => {
  let folder: TemporaryFolder;
  let executionId: string;
  let made: Workspace;
  let commit: FileCommit;
  const workspace = (...args: readonly string[]) => call(['workspace', ...args, '--store', folder.file('waymark.db')]);
  const open = (config: object = {}): Promise<Waymark> =>
    openWaymark({ storage: `sqlite:${folder.file('waymark.db')}`, ...config });

  const logSize = async (): Promise<number> => {
    await using waymark = await open();
    return (await waymark.log.head()).size;
  };

  beforeEach(async () => {
    folder = makeTemporaryFolder();
    const source = writeTree(folder.file('source'), { 'a.txt': 'a', 'src/b.txt': 'bb' });
    await using waymark = await open();
    const run = await waymark.executions.start(chain());
    await run.result();
    executionId = run.id;
    made = await waymark.workspaces.create({ executionId, from: { folder: source }, keep: 'always' });
    commit = await waymark.workspaces.snapshot(made.id);
    const checkpointId = (await waymark.checkpoints.list(executionId))[0]?.id ?? '';
    const link = { checkpointId, executionId, workspaceId: made.id, commitId: commit.id, environment: null };
    await waymark.store.unitOfWork.run((scope) => waymark.store.checkpointFiles.link([link], scope));
    writeTree(made.path, { 'a.txt': 'changed', 'new\u001b[31m.txt': 'new' });
    rmSync(`${made.path}/src/b.txt`);
  });
  afterEach(() => folder.remove());

  it('lists them, with what to do next, and says where there are none', async () => {
    const { code, stdout } = await workspace('list');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ID +STATUS +STRATEGY +EXECUTION +MADE +FOLDER\n/);
    expect(stdout).toContain(`${made.id}  open    copy      ${executionId}`);
    expect(stdout).toContain(`waymark workspace show ${made.id}`);
    expect(json((await workspace('list', '--execution', executionId, '--json')).stdout)).toMatchObject([
      { id: made.id, status: 'open', path: made.path },
    ]);
    const none = await workspace('list', '--status', 'removed');
    expect(none).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('No workspace matches.') });
    expect((await workspace('list', '--status', 'lost')).code).toBe(2);
  });

  it('tells before a rollback what that would do to files, without a reason, and touches nothing', async () => {
    const [checkpointId = ''] = await open().then(async (waymark) => {
      const ids = (await waymark.checkpoints.list(executionId)).map(({ id }) => id);
      await waymark.close();
      return ids;
    });
    const before = readTree(made.path);
    const size = await logSize();
    const rollback = (...args: readonly string[]) =>
      call(['rollback', executionId, '--to', checkpointId, ...args, '--store', folder.file('waymark.db')]);
    const { code, stdout } = await rollback('--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain('would go back over 3 nodes. Nothing was changed.\n');
    expect(stdout).toContain('Files: 2 would be written, 1 taken away');
    expect(stdout).toContain('    ~ a.txt\n    ~ src/b.txt\n    - new');
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toContain(`waymark rollback ${executionId} --to ${checkpointId} --reason "why"`);
    expect(json((await rollback('--dry-run', '--json')).stdout)).toMatchObject({
      toCheckpointId: checkpointId,
      files: { restored: ['a.txt', 'src/b.txt'] },
    });
    expect(readTree(made.path)).toStrictEqual(before);
    expect(await logSize()).toBe(size);
    expect(await rollback('--dry-run', '--resume')).toMatchObject({ code: 2 });
    expect(await rollback()).toMatchObject({ code: 2, stderr: expect.stringContaining('--dry-run only looks') });
  });

  it('shows one by its id or that of its execution', async () => {
    for (const id of [made.id, executionId]) {
      const { code, stdout } = await workspace('show', id);
      expect(code).toBe(0);
      expect(stdout).toContain(`workspace ${made.id} open\n`);
      expect(stdout).toContain(made.path);
      expect(stdout).toContain('2 files, 10 B');
      expect(stdout).toContain(commit.id);
      expect(stdout).toContain(`waymark workspace diff ${made.id}`);
    }
    expect(json((await workspace('show', made.id, '--json')).stdout)).toMatchObject({
      id: made.id,
      isThere: true,
      size: { fileCount: 2, totalBytes: 10 },
    });
    const none = await workspace('show', 'nothing');
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('WAYMARK_WORKSPACE_NOT_FOUND') });
    expect(none.stderr).toContain('waymark workspace list');
  });

  it('says who works in one', async () => {
    const identity = new Processes().identity('host/77/-/0/one');
    const waymark = await open({ identity });
    await waymark.workspaces.activate(made.id);
    const { stdout } = await workspace('show', made.id);
    expect(stdout).toContain('open, worked in by process 77 on host');
    await waymark.close();
  });

  it('tells what is other than in a commit or at a checkpoint', async () => {
    const { code, stdout } = await workspace('diff', executionId);
    expect({ code, lines: stdout.split('\n') }).toStrictEqual({
      code: 0,
      lines: [
        '~ a.txt  1 B → 7 B',
        expect.stringMatching(/^\+ new.*31m\.txt$/),
        '- src/b.txt',
        '3 paths: 1 added, 1 changed, 1 removed',
        '',
      ],
    });
    expect(stdout).not.toContain('\u001b');
    await using waymark = await open();
    const [checkpoint] = await waymark.checkpoints.list(executionId);
    const against = await workspace('diff', made.id, '--against', checkpoint?.id ?? '', '--json');
    expect(json(against.stdout)).toMatchObject({
      workspaceId: made.id,
      changes: [{ path: 'a.txt', change: 'modified' }, { change: 'added' }, { change: 'removed' }],
    });
    await waymark.workspaces.snapshot(made.id);
    expect(await workspace('diff', made.id)).toMatchObject({ code: 0, stdout: '', stderr: 'Nothing differs.\n' });
    expect((await workspace('diff', made.id, '--against', 'none')).stderr).toContain('WAYMARK_FILE_COMMIT_NOT_FOUND');
    const empty = await waymark.workspaces.create();
    expect((await workspace('diff', empty.id)).stderr).toContain('WAYMARK_WORKSPACE_NO_COMMIT');
  });

  it('removes the folders of executions that have ended, after telling which', async () => {
    const line = `${made.id}  of execution ${executionId}  10 B\n`;
    expect(await workspace('clean', '--dry-run')).toMatchObject({
      code: 0,
      stdout: `${line}would remove 1 folder, 10 B\n`,
    });
    expect((await workspace('clean', '--older-than', '1d')).stdout).toBe('nothing to remove\n');
    expect((await workspace('clean', '--status', 'failed')).stdout).toBe('nothing to remove\n');
    expect(existsSync(made.path)).toBe(true);
    expect((await workspace('clean', '--status', 'completed', '--actor', 'user:ada')).stdout).toBe(
      `${line}removed 1 folder, 10 B\n`,
    );
    expect(existsSync(made.path)).toBe(false);
    expect((await workspace('show', made.id)).stdout).toContain(`workspace ${made.id} removed\n`);
    const log = await call(['log', '--type', 'workspace.cleaned_up', '--json', '--store', folder.file('waymark.db')]);
    expect(log.stdout).toContain('"user:ada"');
  });

  it('tells on stderr what could not be removed, and fails', async () => {
    rmSync(made.path, { recursive: true });
    symlinkSync(folder.file('source'), made.path);
    const { code, stderr } = await workspace('clean');
    expect(code).toBe(1);
    expect(stderr).toContain(`not removed ${made.id}: Workspace ${made.id} is at ${made.path}: there is a link`);
    expect(existsSync(folder.file('source/a.txt'))).toBe(true);
  });

  it('removes what a process left behind', async () => {
    // Its execution has ended, and so has who made it: as it was to be kept, it is.
    expect((await workspace('clean', '--orphans')).stdout).toMatch(
      new RegExp(`^${made.id}  left by process \\d+ on .*  preserved\nremoved 0 folders, 0 B\n$`),
    );
    expect((await workspace('clean', '--orphans', '--dry-run')).stdout).toBe('nothing to remove\n');
    // A process of this host whose id is no longer given, for an execution that is not there.
    const identity = new Processes().identity(`${hostname().replaceAll('/', '_')}/1999999999/1/0/gone`);
    const waymark = await open({ identity });
    const left = await waymark.workspaces.create({ executionId: 'never-was' });
    await waymark.workspaces.activate(left.id);
    const line = `${left.id}  left by process 1999999999 on `;
    const plan = await workspace('clean', '--orphans', '--dry-run');
    expect(plan.stdout).toContain(line);
    expect(plan.stdout).toContain('would remove 1 folder, 0 B\n');
    expect(existsSync(left.path)).toBe(true);
    const done = await workspace('clean', '--orphans', '--json');
    expect(json(done.stdout)).toMatchObject({ dryRun: false, cleaned: 1, orphans: [{ action: 'cleaned' }] });
    expect(existsSync(left.path)).toBe(false);
    await waymark.close().catch(() => undefined);
  });

  it('removes old copies of what rollbacks took away, which the rollback has said where to find', async () => {
    let [id, checkpointId] = ['', ''];
    {
      await using waymark = await open();
      const workspace = { from: { folder: folder.file('source') }, keep: 'always' } as const;
      const run = await waymark.executions.start(chain(), {}, { workspace });
      await run.result();
      id = run.id;
      checkpointId = (await waymark.checkpoints.list(id))[0]?.id ?? '';
      writeTree(await waymark.workspaces.path((await waymark.workspaces.ofExecution(id))?.id ?? ''), {
        'made since.txt': 'new',
      });
    }
    const rollback = (...more: readonly string[]) =>
      call(['rollback', id, '--to', checkpointId, '--reason', 'x', '--store', folder.file('waymark.db'), ...more]);
    const { code, stdout } = await rollback();
    const path = /^ {2}Copies of the files that it overwrote or took away are in (.+)$/m.exec(stdout)?.[1] ?? '';
    expect({ code, copies: readTree(path) }).toStrictEqual({ code: 0, copies: { 'made since.txt': 'new' } });
    const again = json((await rollback('--json')).stdout) as object;
    expect(again).not.toHaveProperty('backupPath');
    expect((await workspace('clean', '--backups')).stdout).toBe('nothing to remove\n');
    const age = (Date.now() - 40 * 86_400_000) / 1000;
    utimesSync(path, age, age);
    expect((await workspace('clean', '--backups', '--older-than', '41d')).stdout).toBe('nothing to remove\n');
    expect((await workspace('clean', '--backups', '--dry-run')).stdout).toBe(
      `${path}  3 B\nwould remove 1 folder, 3 B\n`,
    );
    expect(existsSync(path)).toBe(true);
    expect(json((await workspace('clean', '--backups', '--json')).stdout)).toMatchObject({ backups: [{ path }] });
    expect(existsSync(path)).toBe(false);
  });

  it.each<[string, readonly string[]]>([
    ['backups by how executions ended', ['clean', '--backups', '--status', 'failed']],
    ['backups and orphans at once', ['clean', '--backups', '--orphans']],
    ['an age that is none', ['clean', '--older-than', 'soon']],
    ['orphans by their age', ['clean', '--orphans', '--older-than', '1d']],
    ['no workspace', ['show']],
    ['no command', []],
    ['a command that there is not', ['remove']],
  ])('refuses %s', async (_, args) => {
    const { code, stderr } = await workspace(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/workspace|--help/);
  });
});
