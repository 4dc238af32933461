import { readFile, stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ExpressionEvaluator } from '../../application/execution/expression-evaluator.port.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { JsonValue } from '../../domain/shared/json.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';
import type { Environment } from '../steps/step-environment.js';
import { parseWorkflowFile } from './parse-workflow-file.js';
import type { WorkflowFileProblem } from './problems.js';
import { type DocumentPath, readWorkflowDocument, type WorkflowDocument } from './workflow-document.js';

/** What a file that holds a workflow as data ends with. */
const EXTENSIONS = ['.yaml', '.yml', '.json'];

/** How many files may name each other in a row. */
const MAX_FILES_DEEP = 16;

/** The largest lock file that is read. */
const MAX_LOCK_BYTES = 16_777_216;

/** What a file is loaded with. */
export interface LoadOptions {
  readonly evaluator: ExpressionEvaluator;
  /** Where variables and secrets of steps come from. */
  readonly environment: Environment;
  /** How problems call the file; its path when left out. */
  readonly shown?: string;
}

/** Whether a path is that of a workflow in YAML or JSON. */
export function isWorkflowFile(path: string): boolean {
  return EXTENSIONS.includes(extname(path).toLowerCase());
}

/**
 * Loads a workflow from a file of YAML or JSON, with the files that it names.
 *
 * @throws InvalidWorkflowFileError `WAYMARK_INVALID_WORKFLOW_FILE`; WaymarkError `WAYMARK_WORKFLOW_FILE_NOT_FOUND`
 */
export async function loadWorkflowFile(path: string, options: LoadOptions): Promise<Workflow> {
  const file = resolve(path);
  return load(file, options.shown ?? path, options, [file]);
}

async function load(file: string, shown: string, options: LoadOptions, way: readonly string[]): Promise<Workflow> {
  const document = readWorkflowDocument(await read(file), shown);
  const problems: WorkflowFileProblem[] = [];
  const workflows = new Map<string, Workflow>();
  for (const { path, named } of namedFiles(document.value)) {
    const other = resolve(dirname(file), named);
    const tell = (message: string): void => void problems.push({ ...document.placeOf(path), message });
    if (way.includes(other)) tell(`${named} runs this file again, in a circle`);
    else if (way.length >= MAX_FILES_DEEP) tell(`more than ${MAX_FILES_DEEP} files name each other in a row`);
    else if (!isWorkflowFile(other)) tell(`${named} is no file of YAML or JSON`);
    else if (!workflows.has(named)) {
      const workflow = await load(other, named, options, [...way, other]).catch((error: unknown) => {
        if (!WaymarkError.is(error)) throw error;
        tell(error.message.replaceAll('\n', '; ').replace(/\.$/, ''));
        return undefined;
      });
      if (workflow !== undefined) workflows.set(named, workflow);
    }
  }
  const lock = await readLock(document, dirname(file), problems);
  return parseWorkflowFile(document, {
    ...(lock === undefined ? {} : { lock }),
    evaluator: options.evaluator,
    environment: options.environment,
    folder: dirname(file),
    source: pathToFileURL(file).href,
    workflows,
    problems,
  });
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new WaymarkError('WAYMARK_WORKFLOW_FILE_NOT_FOUND', `There is no workflow file ${file}.`, {
      cause: error,
      hint: 'Give the path of a file of YAML or JSON that holds a workflow.',
      details: { file },
    });
  }
}

/** The text of the lock file that the environment of a workflow names. */
async function readLock(
  document: WorkflowDocument,
  folder: string,
  problems: WorkflowFileProblem[],
): Promise<string | undefined> {
  const { environment } = document.value as { readonly environment?: { readonly lock?: unknown } | null };
  const named = environment?.lock;
  if (typeof named !== 'string' || named === '') return undefined;
  const tell = (message: string): undefined => {
    problems.push({ ...document.placeOf(['environment', 'lock']), message });
    return undefined;
  };
  try {
    const { size } = await stat(resolve(folder, named));
    if (size > MAX_LOCK_BYTES) return tell(`the lock file ${named} is larger than ${MAX_LOCK_BYTES} bytes`);
    const lock = await readFile(resolve(folder, named), 'utf8');
    return lock.trim() === '' ? tell(`the lock file ${named} is empty`) : lock;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return tell(code === 'ENOENT' ? `there is no lock file ${named}` : `the lock file ${named} can't be read: ${code}`);
  }
}

/** The files that steps name, and where. */
function namedFiles(value: JsonValue): readonly { readonly path: DocumentPath; readonly named: string }[] {
  const found: { readonly path: DocumentPath; readonly named: string }[] = [];
  const look = (part: JsonValue, path: DocumentPath): void => {
    if (typeof part !== 'object' || part === null) return;
    for (const [key, item] of Object.entries(part)) {
      const at = [...path, Array.isArray(part) ? Number(key) : key];
      if (key === 'workflow' && typeof item === 'string') found.push({ path: at, named: item });
      // What a step is given and gives is data, whatever it is called.
      else if (!['set', 'input', 'output', 'json', 'env', 'headers'].includes(key)) look(item, at);
    }
  };
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const { steps } = value as Readonly<Record<string, JsonValue>>;
    if (steps !== undefined) look(steps, ['steps']);
  }
  return found;
}
