import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  defineWorkflow,
  type JsonObject,
  type NodeContext,
  task,
  type Waymark,
  type WaymarkConfig,
  type Workflow,
  type WorkflowOptions,
} from '../../src/index.js';
import { type FileTree, readTree, writeTree } from './file-tree.js';
import { openWaymark } from './open-waymark.js';
import { Processes } from './processes.js';
import { makeTemporaryFolder } from './temporary-folder.js';

/** Instances over one store and one home, and a folder that executions begin with. */
export class WorkspaceScene {
  readonly folder = makeTemporaryFolder();
  readonly home = this.folder.file('home');
  readonly source: string;
  readonly processes = new Processes();
  readonly #opened: Waymark[] = [];

  constructor(files: FileTree = { 'kept.txt': 'kept', 'changed.txt': 'old', 'removed.txt': 'to go' }) {
    this.source = writeTree(this.folder.file('source'), files);
  }

  /** An instance on the file of the scene, in the name of a process. */
  async open(name = 'one', config: Partial<WaymarkConfig> = {}): Promise<Waymark> {
    const waymark = await openWaymark({
      storage: `sqlite:${this.folder.file('waymark.db')}`,
      workspaces: { home: this.home },
      identity: this.processes.identity(`host/${this.#opened.length + 1}/-/0/${name}`),
      closeGraceMs: 1,
      ...config,
    });
    this.#opened.push(waymark);
    return waymark;
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map((waymark) => waymark.close().catch(() => undefined)));
    this.folder.remove();
  }
}

/** Where the work of a node may write. */
export function place({ workspace }: Pick<NodeContext, 'workspace'>): string {
  if (workspace === undefined) throw new Error('The node has no workspace.');
  return workspace.path;
}

/** A workflow of nodes one after another that write, change and remove files. */
export function writing(source: string, more: Partial<WorkflowOptions<JsonObject, string>> = {}): Workflow {
  const write = (name: string, text: string) => (context: Pick<NodeContext, 'workspace' | 'nodeId'>) => {
    writeFileSync(join(place(context), name), text);
    return { [context.nodeId]: true };
  };
  return defineWorkflow({
    id: 'writing',
    version: '1',
    workspace: { from: { folder: source }, keep: 'always' },
    nodes: {
      a: task(write('a.txt', 'a')),
      b: task((context) => {
        write('changed.txt', 'new')(context);
        rmSync(join(place(context), 'removed.txt'));
        return {};
      }),
      c: task(write('c.txt', 'c')),
    },
    edges: { a: 'b', b: 'c' },
    ...more,
  });
}

/** The files of an execution's workspace. */
export async function filesOf(waymark: Waymark, executionId: string): Promise<FileTree> {
  const workspace = await waymark.workspaces.ofExecution(executionId);
  if (workspace === undefined) throw new Error(`${executionId} has no workspace.`);
  return readTree(workspace.path);
}

/** The id of the checkpoint that a node led to. */
export async function checkpointOf(waymark: Waymark, executionId: string, nodeId: string): Promise<string> {
  const found = (await waymark.checkpoints.list(executionId)).findLast((checkpoint) => checkpoint.nodeId === nodeId);
  if (found === undefined) throw new Error(`${nodeId} has led to no checkpoint.`);
  return found.id;
}

/** All that an iteration gives. */
export async function gathered<T>(all: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = [];
  for await (const one of all) list.push(one);
  return list;
}
