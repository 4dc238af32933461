import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { defineWorkflow, task, type Waymark, type Workflow } from '../../src/index.js';
import { copyFolder, doTo, type FileDeed, ODD_NAMES, seenIn } from '../support/file-hands.js';
import { place, WorkspaceScene } from '../support/workspace-scene.js';

const NODES = Array.from({ length: 8 }, (_, index) => `n${index}`);

/** One node after another, each of which does the next deeds that somebody has laid out for it. */
function deedsWorkflow(source: string, next: (executionId: string) => readonly FileDeed[]): Workflow {
  const work = task((context) => {
    for (const deed of next(context.executionId)) doTo(place(context), deed);
    return { [context.nodeId]: true };
  });
  return defineWorkflow({
    id: 'deeds',
    version: '1',
    workspace: { from: { folder: source }, keep: 'always' },
    nodes: Object.fromEntries(NODES.map((id) => [id, work])),
    edges: Object.fromEntries(NODES.slice(1).map((id, index) => [NODES[index] as string, id])),
  });
}

/** Executions beside naive copies of their folders: one as it is, and one for every checkpoint. */
class NaiveWorld {
  readonly scene = new WorkspaceScene({ a: 'begun', 'sub/a': 'deep' });
  readonly ids: string[] = [];
  waymark!: Waymark;
  #deeds: readonly FileDeed[] = [];
  #processes = 0;

  async start(): Promise<void> {
    await this.#open();
    await this.#begun(
      await this.waymark.executions.start(this.#workflow, {}, { breakpoints: NODES }),
      this.scene.source,
    );
  }

  /** Runs the next node of an execution, which does these deeds. */
  async step(id: string, deeds: readonly FileDeed[]): Promise<void> {
    if ((await this.waymark.executions.get(id)).status !== 'paused') return;
    this.#deeds = deeds;
    await (await this.waymark.executions.resume(id)).result();
    for (const deed of deeds) doTo(this.#copy(id), deed);
    await this.#keep(id);
  }

  /** Somebody does something to the files of an execution that stands still. */
  async byHand(id: string, deed: FileDeed): Promise<void> {
    doTo(await this.#folder(id), deed);
    doTo(this.#copy(id), deed);
  }

  async rollback(id: string, choice: number): Promise<void> {
    const checkpointId = await this.#checkpoint(id, choice);
    await this.waymark.executions.rollback(id, checkpointId);
    copyFolder(this.#copy(checkpointId), this.#copy(id));
    await this.#keep(id);
  }

  async fork(id: string, choice: number): Promise<void> {
    const checkpointId = await this.#checkpoint(id, choice);
    const fork = await this.waymark.executions.fork(checkpointId, { breakpoints: NODES });
    await this.#begun(fork, this.#copy(checkpointId));
  }

  /** The process dies, and another one goes on. */
  async restart(): Promise<void> {
    this.scene.processes.kill(`host/${this.#processes}/-/0/p`);
    await this.#open();
  }

  /** Every folder is what its naive copy is, and every checkpoint has what was there. */
  async assertSame(): Promise<void> {
    for (const id of this.ids) {
      assert.deepEqual(seenIn(await this.#folder(id)), seenIn(this.#copy(id)));
      for (const checkpoint of await this.waymark.checkpoints.list(id)) {
        const link = await this.waymark.files.ofCheckpoint(checkpoint.id);
        const folder = join(this.scene.folder.path, 'looked-at', checkpoint.id);
        mkdirSync(folder, { recursive: true });
        await this.waymark.files.restore(link?.commitId ?? '', folder, { removeOthers: true });
        assert.deepEqual(seenIn(folder), seenIn(this.#copy(checkpoint.id)));
      }
    }
    assert.equal((await this.waymark.log.verify()).verdict, 'ok');
  }

  get #workflow(): Workflow {
    return deedsWorkflow(this.scene.source, () => this.#deeds);
  }

  async #open(): Promise<void> {
    this.#processes += 1;
    this.waymark = await this.scene.open('p');
    this.waymark.executions.register(this.#workflow);
  }

  async #begun(handle: { readonly id: string; result(): Promise<unknown> }, from: string): Promise<void> {
    await handle.result();
    this.ids.push(handle.id);
    copyFolder(from, this.#copy(handle.id));
    await this.#keep(handle.id);
  }

  /** Copies the folder for the checkpoints that are new. */
  async #keep(id: string): Promise<void> {
    for (const checkpoint of await this.waymark.checkpoints.list(id)) {
      const copy = this.#copy(checkpoint.id);
      if (!this.#kept.has(checkpoint.id)) copyFolder(this.#copy(id), copy);
      this.#kept.add(checkpoint.id);
    }
  }

  readonly #kept = new Set<string>();

  async #checkpoint(id: string, choice: number): Promise<string> {
    const all = await this.waymark.checkpoints.list(id);
    return all[choice % all.length]?.id ?? '';
  }

  async #folder(id: string): Promise<string> {
    return (await this.waymark.workspaces.ofExecution(id))?.path ?? '';
  }

  #copy(name: string): string {
    return join(this.scene.folder.path, 'copies', name);
  }
}

const deed: fc.Arbitrary<FileDeed> = fc.record({
  deed: fc.constantFrom('write', 'write', 'append', 'remove', 'folder', 'rename', 'mode', 'link', 'executable'),
  path: fc.constantFrom(...ODD_NAMES),
  other: fc.constantFrom(...ODD_NAMES, '../outside', '/etc/passwd', 'nowhere'),
  text: fc.string({ maxLength: 40 }),
});

const command = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('step' as const), deeds: fc.array(deed, { maxLength: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hand' as const), deed }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rollback' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fork' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

it('whatever is done to files, gone back to and forked: every execution has the files that a naive copy has', async () => {
  const program = fc.array(fc.tuple(command, fc.nat(7), fc.nat(7)), { minLength: 3, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(program, async (commands) => {
      const world = new NaiveWorld();
      try {
        await world.start();
        for (const [wanted, target, choice] of commands) {
          const id = world.ids[target % world.ids.length] as string;
          if (wanted.do === 'step') await world.step(id, wanted.deeds);
          else if (wanted.do === 'hand') await world.byHand(id, wanted.deed);
          else if (wanted.do === 'rollback') await world.rollback(id, choice);
          else if (wanted.do === 'fork') await world.fork(id, choice);
          else await world.restart();
        }
        await world.assertSame();
      } finally {
        await world.scene.close();
      }
    }),
    { numRuns: 20 },
  );
});
