import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeContext, Workspace } from '../../../../src/index.js';
import { VERB_NAMES, type VerbCase, type VerbName, VERBS } from '../../../../src/domain/execution/verbs.js';
import { WORKSPACE_EFFECTS, type WorkspaceEffect } from '../../../../src/domain/execution/workspace-effects.js';
import { type FileTree, readTree, writeTree } from '../../../support/file-tree.js';
import { lastPosition } from '../../../support/open-waymark.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { type Arranged, arrange, doVerb } from '../../../support/verb-cases.js';
import { gathered, place } from '../../../support/workspace-scene.js';

const BEGUN = { 'begun.txt': 'begun' };
/** What the execution has after its first node. */
const AFTER_A = { ...BEGUN, 'a.txt': 'a' };
/** What somebody does to its files before the verb. */
const BY_HAND = { 'a.txt': 'edited', 'hand.txt': 'made' };
const EDITED = { ...BEGUN, ...BY_HAND };

const CASES = VERB_NAMES.flatMap((verb) =>
  VERBS[verb].cases.flatMap((row) =>
    (row.from.length === 0 ? ['completed' as const] : row.from).map((status) => ({ verb, status, row })),
  ),
).map((one) => ({ ...one, given: one.row.given ?? 'always', effect: one.row.workspace }));

/** What a verb was done to, and what it came to. */
interface Seen {
  readonly arranged: Arranged;
  readonly verb: VerbName;
  /** The position in the log before the verb. */
  readonly after: number;
  /** The workspace before it. */
  readonly before: Workspace;
  /** The workspace of the execution that the verb made, or was asked of. */
  readonly now: Workspace;
}

/** That a verb does to a workspace what the table says. */
const EXPECTED: Readonly<Record<WorkspaceEffect, (seen: Seen) => Promise<void>>> = {
  none: async (seen) => expectSame(seen, EDITED),
  left: async (seen) => {
    expectSame(seen, EDITED);
    expect(await lockOf(seen)).toBeUndefined();
  },
  taken: async (seen) => {
    expectSame(seen, EDITED);
    expect(await lockOf(seen)).toBeDefined();
  },
  found: async (seen) => {
    expectSame(seen, AFTER_A);
    expect(await lockOf(seen)).toBeDefined();
  },
  back: async (seen) => {
    expectSame(seen, AFTER_A);
    await expectCopies(seen);
    expect(await lockOf(seen)).toBeUndefined();
  },
  backAndOn: async (seen) => {
    expectSame(seen, AFTER_A);
    await expectCopies(seen);
    expect(await lockOf(seen)).toBeDefined();
  },
  kept: async (seen) => {
    expectSame(seen, EDITED);
    const { waymark, id } = seen.arranged;
    const { headCheckpointId } = await waymark.executions.get(id);
    const { commitId } = (await waymark.files.ofCheckpoint(headCheckpointId)) ?? {};
    const kept = await gathered(waymark.files.entries(commitId ?? ''));
    expect(kept.map(({ path }) => path)).toStrictEqual(['a.txt', 'begun.txt', 'hand.txt']);
  },
  ended: async (seen) => {
    expectSame(seen, EDITED);
    expect(seen.now.status).toBe('preserved');
    expect(await lockOf(seen)).toBeUndefined();
  },
  // The nodes of a new execution have begun: what `a` writes is there, or not yet.
  made: async (seen) => {
    expectOther(seen);
    expect(readTree(seen.now.path)).toMatchObject({ 'begun.txt': 'edited since' });
    await expectFirst(seen, { 'begun.txt': 'edited since' });
  },
  begun: async (seen) => {
    expectOther(seen);
    expect(readTree(seen.now.path)).toMatchObject(BEGUN);
    await expectFirst(seen, BEGUN);
  },
  copied: async (seen) => {
    expectOther(seen);
    expect(seen.now.parentWorkspaceId).toBe(seen.before.id);
    await expectFirst(seen, seen.verb === 'rerun' ? BEGUN : AFTER_A);
  },
};

function expectSame({ before, now }: Seen, files: FileTree): void {
  expect(now.id).toBe(before.id);
  expect(readTree(now.path)).toStrictEqual(files);
}

function expectOther({ before, now }: Seen): void {
  expect(now.path).not.toBe(before.path);
  expect(Object.keys(readTree(now.path))).not.toContain('hand.txt');
  expect(readTree(before.path)).toStrictEqual(EDITED);
}

/** What its first checkpoint has. */
async function expectFirst({ arranged: { waymark }, now }: Seen, files: FileTree): Promise<void> {
  const [first] = await waymark.checkpoints.list(now.executionId ?? '');
  const { commitId } = (await waymark.files.ofCheckpoint(first?.id ?? '')) ?? {};
  const folder = join(now.path, '..', '..', 'looked-at');
  writeTree(folder, {});
  await waymark.files.restore(commitId ?? '', folder, { removeOthers: true });
  expect(readTree(folder)).toStrictEqual(files);
  rmSync(folder, { recursive: true });
}

async function expectCopies({ arranged: { waymark }, after }: Seen): Promise<void> {
  const [told] = await waymark.log.query({ types: ['file.cleanup_completed'] }, { after, limit: 10 });
  const { backupPath = '' } = (told?.event.payload ?? {}) as { readonly backupPath?: string };
  expect(readTree(backupPath)).toStrictEqual(BY_HAND);
}

async function lockOf({ arranged: { waymark }, now }: Seen): Promise<unknown> {
  return (await waymark.workspaces.inspect(now.id)).lock;
}

describe('the table of verbs, of an execution with a workspace', () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = makeTemporaryFolder();
  });
  afterEach(() => folder.remove());

  it('has every effect that there is, in some verb', () => {
    expect(new Set(CASES.map(({ effect }) => effect))).toStrictEqual(new Set(Object.keys(WORKSPACE_EFFECTS)));
  });

  it.each(CASES)('$verb of one that is $status ($given): $effect', async ({ verb, status, row, effect }) => {
    const { arranged, ...seen } = await doIn(folder, verb, status, row);
    try {
      await EXPECTED[effect]({ arranged, verb, ...seen });
    } finally {
      await finish(arranged);
    }
  });
});

/** Does a verb to an execution whose files somebody has edited, and whose folder to begin with as well. */
async function doIn(
  folder: TemporaryFolder,
  verb: VerbName,
  status: Parameters<typeof arrange>[0],
  row: VerbCase,
): Promise<Omit<Seen, 'verb'>> {
  const source = writeTree(folder.file('source'), BEGUN);
  const arranged = await arrange(status, row.given, {
    home: folder.file('home'),
    workspace: { from: { folder: source }, keep: 'always' },
    work: (context: NodeContext) => writeFileSync(join(place(context), 'a.txt'), 'a'),
  });
  const { waymark, id } = arranged;
  const before = await workspaceOf(arranged, id);
  writeTree(before.path, BY_HAND);
  writeTree(source, { 'begun.txt': 'edited since' });
  const after = await lastPosition(waymark);
  const result = await doVerb(verb, arranged);
  const now = await workspaceOf(arranged, VERBS[verb].makesNew === true ? (result?.id ?? '') : id);
  return { arranged, after, before, now };
}

async function workspaceOf({ waymark }: Arranged, executionId: string): Promise<Workspace> {
  const workspace = await waymark.workspaces.ofExecution(executionId);
  if (workspace === undefined) throw new Error(`${executionId} has no workspace.`);
  return workspace;
}

async function finish({ waymark, release }: Arranged): Promise<void> {
  for (const { id } of await waymark.executions.list({ status: 'running' })) {
    await waymark.executions.cancel(id).catch(() => undefined);
  }
  release();
  await waymark.close();
}
