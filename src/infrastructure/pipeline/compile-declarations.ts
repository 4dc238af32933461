import { resolve } from 'node:path';
import type { EnvironmentDeclaration } from '../../domain/environment/environment-declaration.js';
import type { WorkspaceDeclaration } from '../../domain/workspace/workspace-declaration.js';
import { hasTemplate } from '../expression/template.js';
import { type Compilation, type Place, within } from './compilation.js';
import type { GivenEnvironment, GivenWorkspace } from './declaration-schema.js';

/** The workspace of a file. Its path is relative to the folder of the file. */
export function compileWorkspace(compilation: Compilation, given: GivenWorkspace, place: Place): WorkspaceDeclaration {
  const { from, strategy, ignore, keep, 'read-only': readOnly } = typeof given === 'string' ? { from: given } : given;
  const at = typeof given === 'string' ? place : within(place, 'from');
  if (from !== undefined) refuseTemplate(compilation, from, at);
  return {
    ...(from === undefined ? {} : { from: { folder: resolve(compilation.options.folder, from) } }),
    ...(strategy === undefined ? {} : { strategy }),
    ...(ignore === undefined ? {} : { ignore }),
    ...(keep === undefined ? {} : { keep }),
    ...(readOnly === undefined ? {} : { readOnly }),
  };
}

/**
 * The environment of a file.
 *
 * @param lock the text of its lock file, where it names one
 */
export function compileEnvironment(
  compilation: Compilation,
  given: GivenEnvironment,
  lock: string | undefined,
  place: Place,
): EnvironmentDeclaration {
  const { runtime, version, packages, variables, mode } = given;
  for (const [name, value] of Object.entries(variables ?? {})) {
    if (typeof value === 'string') refuseTemplate(compilation, value, within(place, 'variables', name));
  }
  return {
    spec: {
      runtime,
      ...(version === undefined ? {} : { version: String(version) }),
      ...(packages === undefined ? {} : { packages: asTexts(packages) }),
      ...(lock === undefined ? {} : { lock }),
      ...(variables === undefined ? {} : { variables: asTexts(variables) }),
    },
    ...(mode === undefined ? {} : { mode }),
  };
}

/** Workspaces and environments are made before there is a state. */
function refuseTemplate(compilation: Compilation, text: string, place: Place): void {
  if (hasTemplate(text)) compilation.problem(place, 'has no templates: it is made before there is a state');
}

function asTexts(values: Readonly<Record<string, string | number | boolean>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}
