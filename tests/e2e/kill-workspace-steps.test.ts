import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Waymark } from '../../src/index.js';
import { type FileTree, readTree, writeTree } from '../support/file-tree.js';
import { openWaymark } from '../support/open-waymark.js';
import { runProgram } from '../support/run-program.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const KEPT: FileTree = { 'a.txt': 'a', 'src/b.txt': 'bb', '.gitignore': 'built\n' };
const CHANGED: FileTree = { 'a.txt': 'changed', 'new/c.txt': 'new', '.gitignore': 'built\n', built: 'ignored' };
const TIMEOUT_MS = 240_000;

/**
 * Rule: whatever a process was doing with a workspace when it was killed, the next one finds all of it or nothing, and
 * finishes what was to be. Each thing that it does to the file system is a place to kill it.
 */
describe('a process that is killed between any two steps of its work on a workspace', () => {
  let folder: TemporaryFolder;
  let workspaceId: string;
  let commitId: string;
  const at = (name: string): string => folder.file(`now/${name}`);
  const open = (): Promise<Waymark> => openWaymark({ storage: `sqlite:${at('waymark.db')}` });
  const names = (): readonly string[] => readdirSync(at('waymark.db.files/workspaces')).toSorted();

  beforeAll(async () => {
    folder = makeTemporaryFolder();
    writeTree(at('source'), KEPT);
    await using waymark = await open();
    const workspace = await waymark.workspaces.create({ from: { folder: at('source') } });
    workspaceId = workspace.id;
    commitId = (await waymark.workspaces.snapshot(workspaceId)).id;
    rmSync(join(workspace.path, 'src'), { recursive: true });
    writeTree(workspace.path, CHANGED);
    await waymark.close();
    cpSync(folder.file('now'), folder.file('before'), { recursive: true });
  });
  afterAll(() => folder.remove());

  /** What restores have copied aside, each in a folder of its own. */
  const backups = (): readonly FileTree[] => {
    const place = at(`waymark.db.files/backups/${workspaceId}`);
    return existsSync(place) ? readdirSync(place).map((time) => readTree(join(place, time))) : [];
  };

  /** Does it from the same beginning, and is killed at a step. Tells how many steps there were. */
  async function killedAt(step: number, args: readonly string[]): Promise<number> {
    rmSync(folder.file('now'), { recursive: true });
    cpSync(folder.file('before'), folder.file('now'), { recursive: true });
    const steps = folder.file('steps');
    rmSync(steps, { force: true });
    const preload = new URL('../support/kill-points.mjs', import.meta.url);
    preload.search = new URLSearchParams({ at: String(step), steps }).toString();
    await runProgram('workspace-step-process.mjs', [at('waymark.db'), steps, ...args], ['--import', preload.href]);
    return readFileSync(steps).length;
  }

  /** Is killed at each step in turn. */
  async function killedEverywhere(args: readonly string[], then: (step: number) => Promise<void>): Promise<void> {
    const total = await killedAt(0, args);
    expect(total).toBeGreaterThan(3);
    for (let step = 1; step <= total; step += 1) {
      await killedAt(step, args);
      await then(step);
    }
  }

  it(
    'restore: the next start finishes it, or it was not begun',
    async () => {
      let finished = 0;
      await killedEverywhere(['restore', workspaceId, commitId], async () => {
        await using waymark = await open();
        const { path, pendingRestore } = await waymark.workspaces.get(workspaceId);
        expect(pendingRestore).toBeNull();
        const entries = await waymark.log.query({ types: ['workspace.files_restored'] });
        const isFinished = entries.length > 0;
        finished += isFinished ? 1 : 0;
        expect(readTree(path)).toStrictEqual(isFinished ? { ...KEPT, built: 'ignored' } : CHANGED);
        // What was there is in one backup, whoever began and whoever finished it.
        const { 'a.txt': changed, 'new/c.txt': added } = CHANGED;
        expect(backups()).toMatchObject(isFinished ? [{ 'a.txt': changed, 'new/c.txt': added }] : []);
        await waymark.workspaces.activate(workspaceId);
        await waymark.workspaces.deactivate(workspaceId);
      });
      expect(finished).toBeGreaterThan(10);
    },
    TIMEOUT_MS,
  );

  it(
    'snapshot: it is the commit of the workspace, or there is none',
    async () => {
      await killedEverywhere(['snapshot', workspaceId], async () => {
        await using waymark = await open();
        const { path, commitId: last } = await waymark.workspaces.get(workspaceId);
        expect(readTree(path)).toStrictEqual(CHANGED);
        const { built: _, ...committed } = CHANGED;
        const copy = await waymark.workspaces.create({ from: { commitId: last ?? '' } });
        expect(readTree(copy.path)).toStrictEqual(last === commitId ? KEPT : committed);
        const commit = await waymark.workspaces.snapshot(workspaceId);
        await waymark.workspaces.restore(copy.id, commit.id, { checkpointId: 'checkpoint-1' });
        expect(readTree(copy.path)).toStrictEqual(committed);
      });
    },
    TIMEOUT_MS,
  );

  it(
    'create: it is whole, or the search for orphans finds what is left of it',
    async () => {
      await killedEverywhere(['create', at('source'), 'run-1'], async () => {
        await using waymark = await open();
        const made = await waymark.workspaces.ofExecution('run-1');
        expect(made === undefined ? KEPT : readTree(made.path)).toStrictEqual(KEPT);
        const { errors } = await waymark.workspaces.cleanOrphans({ minAgeMs: 0 });
        expect(errors).toStrictEqual([]);
        // An execution that is not there needs no workspace.
        expect(names()).toStrictEqual([workspaceId, `${workspaceId}.index`]);
      });
    },
    TIMEOUT_MS,
  );

  it(
    'remove: it is removed, or as it was',
    async () => {
      await killedEverywhere(['remove', workspaceId], async () => {
        await using waymark = await open();
        const { status, path } = await waymark.workspaces.get(workspaceId);
        const isRemoved = status === 'removed';
        if (!isRemoved) await waymark.workspaces.activate(workspaceId);
        expect(isRemoved ? CHANGED : readTree(path)).toStrictEqual(CHANGED);
        if (!isRemoved) await waymark.workspaces.remove(workspaceId);
        expect(existsSync(path)).toBe(false);
        expect((await waymark.workspaces.cleanOrphans({ minAgeMs: 0 })).errors).toStrictEqual([]);
        expect(names()).toStrictEqual([]);
      });
    },
    TIMEOUT_MS,
  );
});
