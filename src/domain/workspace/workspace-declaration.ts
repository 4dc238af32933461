import { unknownKeys, type KeysOf } from '../shared/options.js';
import { WORKSPACE_KEEPING, WORKSPACE_STRATEGIES, type WorkspaceKeeping, type WorkspaceStrategy } from './workspace.js';

/** An absolute path, of this kind of system or of the other. */
const ABSOLUTE = /^(?:\/|[A-Za-z]:[\\/]|\\\\)/;

/**
 * The workspace that each execution of a definition gets: a folder of its own, which the work of its nodes finds as
 * `context.workspace`.
 *
 * @example
 * defineWorkflow({
 *   id: 'build',
 *   version: '1',
 *   workspace: { from: { folder: join(import.meta.dirname, 'package') }, ignore: ['node_modules/'] },
 *   nodes: { pack: shell({ run: 'npm pack --json --silent', output: { packed: 'json' } }) },
 *   edges: {},
 * });
 */
export interface WorkspaceDeclaration {
  /** What it is filled from; it begins empty when left out. The path is absolute: another process may make it. */
  readonly from?: { readonly folder: string };
  /** How the files get there: `copy` when left out. */
  readonly strategy?: WorkspaceStrategy;
  /** What is left out of its commits, beside what `.gitignore` files in it say: lines in their syntax. */
  readonly ignore?: readonly string[];
  /** Whether it stays when the execution has ended: `unless-completed` when left out. */
  readonly keep?: WorkspaceKeeping;
  /** The files that nothing writes to, as lines in `.gitignore` syntax: `hardlink` links these, and copies the others. */
  readonly readOnly?: readonly string[];
}

const KEYS: KeysOf<WorkspaceDeclaration> = { from: true, strategy: true, ignore: true, keep: true, readOnly: true };

/** What is wrong with the workspace of a definition, each with the key it is about. */
export function workspaceProblems(given: unknown): readonly string[] {
  if (!isObject(given)) return ['its workspace is not an object'];
  const problems = unknownKeys(given, KEYS).map((key) => `there is no option workspace.${key}`);
  const { from, strategy, ignore, keep, readOnly } = given;
  if (from !== undefined) problems.push(...fromProblems(from));
  if (strategy !== undefined && !(WORKSPACE_STRATEGIES as readonly unknown[]).includes(strategy)) {
    problems.push(`its workspace.strategy must be one of ${WORKSPACE_STRATEGIES.join(', ')}`);
  }
  if (keep !== undefined && !(WORKSPACE_KEEPING as readonly unknown[]).includes(keep)) {
    problems.push(`its workspace.keep must be one of ${WORKSPACE_KEEPING.join(', ')}`);
  }
  if (ignore !== undefined && !isLines(ignore)) problems.push('its workspace.ignore must be a list of lines');
  if (readOnly !== undefined && !isLines(readOnly)) problems.push('its workspace.readOnly must be a list of lines');
  return problems;
}

/** The declaration, frozen with all that it holds. It was checked. */
export function frozenWorkspace(given: WorkspaceDeclaration): WorkspaceDeclaration {
  const { from, ignore, readOnly } = given;
  return Object.freeze({
    ...given,
    ...(from === undefined ? {} : { from: Object.freeze({ ...from }) }),
    ...(ignore === undefined ? {} : { ignore: Object.freeze([...ignore]) }),
    ...(readOnly === undefined ? {} : { readOnly: Object.freeze([...readOnly]) }),
  });
}

function fromProblems(from: unknown): readonly string[] {
  if (!isObject(from)) return ['its workspace.from is not an object { folder }'];
  const problems = unknownKeys(from, { folder: true }).map((key) => `there is no option workspace.from.${key}`);
  const { folder } = from;
  if (typeof folder !== 'string' || !ABSOLUTE.test(folder) || folder.includes('\0')) {
    problems.push('its workspace.from.folder must be an absolute path');
  }
  return problems;
}

function isLines(value: unknown): boolean {
  return Array.isArray(value) && value.every((line) => typeof line === 'string' && !/[\r\n\0]/.test(line));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
