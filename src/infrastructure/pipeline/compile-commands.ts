import type { z } from 'zod';
import { hasTemplate, type TemplatePart } from '../expression/template.js';
import { COMMAND_DEFAULTS } from '../steps/command-step.js';
import type { NodeSource, NodeStep } from '../steps/node-step.js';
import { shellScript } from '../steps/shell-script.js';
import type { ShellStep, TemplateStep } from '../steps/shell-step.js';
import type { NODE_SHAPE, SHELL_SHAPE } from './command-shapes.js';
import { type Compilation, type Place, within } from './compilation.js';
import { durationMs } from './duration.js';
import { sizeBytes } from '../../domain/shared/size.js';

type ShellKeys = z.output<z.ZodObject<typeof SHELL_SHAPE>>;
type NodeKeys = z.output<z.ZodObject<typeof NODE_SHAPE>>;

/** A command of the shell, taken apart. */
export function shellStep(compilation: Compilation, step: ShellKeys, place: Place): ShellStep {
  const command = commandOf(compilation, step, place);
  const at = within(place, 'run');
  const template = compilation.template(step.run, at, true);
  const script = shellScript({ ...template, problems: [] });
  for (const { message, offset } of script.problems) compilation.problem(at, message, 'value', offset);
  compilation.checkSecrets(template.parts, command.secrets, at);
  return { ...command, script, shell: step.shell ?? 'sh' };
}

/** A program for Node, taken apart. */
export function nodeStep(compilation: Compilation, step: NodeKeys, place: Place): NodeStep {
  const command = commandOf(compilation, step, place);
  return { ...command, source: sourceOf(compilation, step.node, within(place, 'node')) };
}

function sourceOf(compilation: Compilation, given: NodeKeys['node'], place: Place): NodeSource {
  if (typeof given === 'string') {
    if (hasTemplate(given)) {
      const message = 'a template within code would be code; give its value by env, or read it from WAYMARK_STATE_FILE';
      compilation.problem(place, message, 'value', given.indexOf('${{'));
    }
    return { kind: 'code', code: given };
  }
  const { file, args = [] } = given;
  if (hasTemplate(file)) {
    compilation.problem(within(place, 'file'), 'has no templates: what is run is not for the state to say');
  }
  const filled = args.map((argument, index) => {
    // Arguments are seen by everybody who may list processes: no place for secrets.
    return compilation.template(String(argument), within(place, 'args', index)).parts;
  });
  return { kind: 'file', file, args: filled };
}

function commandOf(compilation: Compilation, step: Omit<ShellKeys, 'run' | 'shell'>, place: Place): TemplateStep {
  const { options } = compilation;
  const secrets = [...new Set([...options.secrets, ...(step.secrets ?? [])])];
  const env = environmentOf(compilation, step.env ?? {}, within(place, 'env'), secrets);
  return {
    cwd: compilation.template(step.cwd ?? '.', within(place, 'cwd')).parts,
    env: { ...options.env, ...env },
    inheritEnv: step['inherit-env'] ?? false,
    secrets,
    hidden: options.hidden,
    maxOutput: step['max-output'] ?? COMMAND_DEFAULTS.maxOutput,
    ...(step.memory === undefined ? {} : { memoryBytes: sizeBytes(step.memory) }),
    exitCodes: step['exit-codes'] ?? [0],
    graceMs: step.grace === undefined ? COMMAND_DEFAULTS.graceMs : durationMs(step.grace),
    output: step.output ?? {},
  };
}

/** Variables of the environment, with their templates. */
export function environmentOf(
  compilation: Compilation,
  variables: Readonly<Record<string, string | number | boolean>>,
  place: Place,
  secrets: readonly string[],
): Record<string, readonly TemplatePart[]> {
  const entries = Object.entries(variables).map(([name, value]) => {
    const at = within(place, name);
    const { parts } = compilation.template(String(value), at, true);
    compilation.checkSecrets(parts, secrets, at);
    return [name, parts] as const;
  });
  return Object.fromEntries(entries);
}
