import type { JsonObject } from '../../domain/shared/json.js';
import { oneOf } from '../../domain/shared/options.js';
import { task } from '../../domain/workflow/nodes/task.js';
import type { TaskNode } from '../../domain/workflow/nodes/workflow-node.js';
import {
  assertText,
  COMMAND_OPTION_KEYS,
  type CommandOptions,
  folderWanted,
  takeOptions,
  valueOf,
} from './command-options.js';
import { runCommandStep } from './command-step.js';
import { SHELL_NAMES, shellCommand, type ShellName } from './shell-command.js';

/** A command of the shell as it is declared. */
export interface ShellOptions<State extends object = JsonObject> extends CommandOptions<State> {
  /** The script, as it is: values come by `env`. It ends at the first command that fails. */
  readonly run: string;
  /** `sh` when left out. */
  readonly shell?: ShellName;
}

/**
 * Declares a node that runs a script of the shell, in the workspace and the environment of its execution where there are
 * these. It is recorded, limited and ended as the `run` of a [workflow file](docs/pipelines.md#commands) is.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT` for an option that there is not, or that is none
 * @example
 * shell({ run: 'npm ci && npm test', timeoutMs: 600_000, memoryBytes: 1_000_000_000 });
 * shell<{ file: string; size?: number }>({
 *   run: 'wc -c < "$FILE"',
 *   env: ({ state }) => ({ FILE: state.file }),
 *   output: { size: 'json' },
 * });
 */
export function shell<State extends object = JsonObject>(options: ShellOptions<State>): TaskNode<State> {
  const { node, step, cwd, env } = takeOptions(
    options,
    { ...COMMAND_OPTION_KEYS, run: true, shell: true },
    'shell option',
  );
  const { run: script, shell: name = 'sh' } = options;
  assertText(script, 'run');
  oneOf(name, SHELL_NAMES, 'shell');
  return task<State>({
    ...node,
    run: async (context) => {
      const surroundings = { folder: process.cwd(), environment: process.env };
      const output = await runCommandStep(step, surroundings, context, () => ({
        cwd: folderWanted(cwd, context),
        env: valueOf(env, context),
        values: {},
        command: () => shellCommand(name, script),
      }));
      return output as Partial<State>;
    },
  });
}
