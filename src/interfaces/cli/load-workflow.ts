import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';
import { WaymarkError } from '../../domain/shared/errors.js';

/** Which of a file's workflows. */
export interface WorkflowChoice {
  /** The name of the export. */
  readonly exportName?: string;
  /** The id of the definition. */
  readonly workflowId?: string;
}

/** What holds a workflow as data, and no code that makes one. */
const DATA_FILE = /\.(?:ya?ml|json)$/i;

/**
 * Loads a workflow from a JavaScript or TypeScript file, or from one of YAML or JSON. It can be loaded again from its
 * `source`, which is the file when the definition names nothing else.
 *
 * @throws WaymarkError `WAYMARK_WORKFLOW_FILE_NOT_FOUND`, `WAYMARK_WORKFLOW_LOAD_FAILED`, `WAYMARK_NO_WORKFLOW`,
 *   `WAYMARK_SEVERAL_WORKFLOWS`; what the file throws of Waymark's own errors passes through
 */
export async function loadWorkflow(file: string, choice: WorkflowChoice = {}): Promise<Workflow> {
  const { path, names, workflows } = await exportsOf(file);
  return sourced(choose(path, names, workflows, choice), path);
}

/**
 * Loads all workflows of a file.
 *
 * @throws WaymarkError as {@link loadWorkflow}
 */
export async function loadWorkflows(file: string): Promise<readonly Workflow[]> {
  const { path, names, workflows } = await exportsOf(file);
  if (workflows.length === 0) throw noWorkflow(path, names, [], { exportName: undefined, workflowId: undefined });
  return Promise.all(
    [...new Set(workflows.map(([, workflow]) => workflow))].map((workflow) => sourced(workflow, path)),
  );
}

/** What a file exports, and what of it is a workflow. */
async function exportsOf(file: string): Promise<{
  readonly path: string;
  readonly names: readonly string[];
  readonly workflows: readonly (readonly [string, Workflow])[];
}> {
  const path = file.startsWith('file:') ? fileURLToPath(file) : resolve(file);
  await assertFile(path);
  if (DATA_FILE.test(path)) {
    const { loadWorkflowFile } = await import('../../composition/workflow-files.js');
    const workflow = await loadWorkflowFile(file.startsWith('file:') ? path : file);
    return { path, names: ['default'], workflows: [['default', workflow]] };
  }
  const { isWorkflow } = await import('../../domain/workflow/workflow-definition.js');
  const exported = Object.entries(await loadModule(path));
  return {
    path,
    names: exported.map(([name]) => name),
    workflows: exported.filter((entry): entry is [string, Workflow] => isWorkflow(entry[1])),
  };
}

async function sourced(workflow: Workflow, path: string): Promise<Workflow> {
  const { withSource } = await import('../../domain/workflow/workflow-definition.js');
  return workflow.source === undefined ? withSource(workflow, pathToFileURL(path).href) : workflow;
}

async function assertFile(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw fileNotFound(path, error);
  });
  if (!found.isFile()) throw fileNotFound(path);
}

async function loadModule(path: string): Promise<Record<string, unknown>> {
  const { createJiti } = await import('jiti');
  const jiti = createJiti(import.meta.url, {
    // The file gets the very modules that run it, wherever it lies: a copy would not be the same Waymark.
    virtualModules: {
      waymark: await packageModule('index'),
      // Loaded only by the file that imports it: jiti awaits what it finds here.
      get 'waymark/testing'() {
        return packageModule('testing');
      },
    },
    interopDefault: false,
    // The cache would lie in a folder for temporary files, where others may be able to put code under our names.
    fsCache: false,
  });
  try {
    return await jiti.import<Record<string, unknown>>(path);
  } catch (error) {
    if (WaymarkError.is(error)) throw error;
    throw loadFailed(path, error);
  }
}

/**
 * A public entry point of this package. They are for users: no module of ours imports them but this, which hands them
 * on.
 */
function packageModule(name: 'index' | 'testing'): Promise<unknown> {
  return import(new URL(`../../${name}.js`, import.meta.url).href);
}

function choose(
  path: string,
  names: readonly string[],
  workflows: readonly (readonly [string, Workflow])[],
  { exportName, workflowId }: WorkflowChoice,
): Workflow {
  const matching = workflows.filter(
    ([name, workflow]) =>
      (exportName === undefined || name === exportName) && (workflowId === undefined || workflow.id === workflowId),
  );
  const distinct = [...new Set(matching.map(([, workflow]) => workflow))];
  const [only] = distinct;
  if (only === undefined) throw noWorkflow(path, names, workflows, { exportName, workflowId });
  if (distinct.length === 1) return only;
  throw new WaymarkError(
    'WAYMARK_SEVERAL_WORKFLOWS',
    `${path} exports ${distinct.length} workflows: ${matching.map(describe).join(', ')}.`,
    {
      hint: `Choose one with --export, such as --export ${matching[0]?.[0]}.`,
      details: { file: path, exports: matching.map(([name]) => name) },
    },
  );
}

function noWorkflow(
  path: string,
  names: readonly string[],
  workflows: readonly (readonly [string, Workflow])[],
  wanted: { readonly exportName: string | undefined; readonly workflowId: string | undefined },
): WaymarkError {
  const what = wanted.exportName === undefined ? '' : ` as ${wanted.exportName}`;
  const which = wanted.workflowId === undefined ? 'no workflow' : `no workflow ${wanted.workflowId}`;
  const found = workflows.length > 0 ? workflows.map(describe) : names;
  const exported = found.length === 0 ? 'It exports nothing.' : `It exports ${found.join(', ')}.`;
  return new WaymarkError('WAYMARK_NO_WORKFLOW', `${path} exports ${which}${what}. ${exported}`, {
    hint: 'Export what defineWorkflow({ … }) returns: export default defineWorkflow({ … }).',
    details: { file: path, exports: names },
  });
}

function describe([name, workflow]: readonly [string, Workflow]): string {
  return `${name} (${workflow.id})`;
}

function fileNotFound(path: string, cause?: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_WORKFLOW_FILE_NOT_FOUND', `There is no workflow file ${path}.`, {
    cause,
    hint: 'Give the path of a JavaScript or TypeScript file that exports a workflow, or of one in YAML or JSON.',
    details: { file: path },
  });
}

function loadFailed(path: string, error: unknown): WaymarkError {
  const place = placeIn(path, error);
  return new WaymarkError('WAYMARK_WORKFLOW_LOAD_FAILED', `${place ?? path} failed to load: ${reasonOf(error)}.`, {
    cause: error,
    hint: 'Mend the file and try again; WAYMARK_DEBUG=1 shows the stack.',
    details: { file: path, ...(place === undefined ? {} : { at: place }) },
  });
}

/**
 * The first line of what an error says: more follows only from loaders and parsers, and says where, which we say first.
 */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [line = ''] = error.message.split('\n');
  return `${error.name === 'Error' ? '' : `${error.name}: `}${line}`.trim().replace(/\.$/, '');
}

/**
 * Where an error was thrown, as `file:line`: its first stack frame in the file, or in another one that is no package's.
 */
function placeIn(path: string, error: unknown): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const frames = [...stack.matchAll(/(?:\(|at |file:\/\/|^\s*)(\/[^\s()]+?|[A-Za-z]:[^\s()]+?):(\d+)(?::\d+)?\)?$/gm)];
  const own =
    frames.find(([, file]) => file === path) ?? frames.find(([, file = '']) => !file.includes('node_modules'));
  return own === undefined ? undefined : `${own[1]}:${own[2]}`;
}
