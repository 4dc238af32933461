import { fileURLToPath } from 'node:url';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import type { JsonObject } from '../../domain/shared/json.js';
import type { NodeContext } from '../../domain/workflow/nodes/node-context.js';
import { task } from '../../domain/workflow/nodes/task.js';
import type { TaskNode } from '../../domain/workflow/nodes/workflow-node.js';
import {
  assertList,
  assertText,
  COMMAND_OPTION_KEYS,
  type CommandOptions,
  folderWanted,
  type FromContext,
  takeOptions,
  valueOf,
} from './command-options.js';
import { runCommandStep } from './command-step.js';
import { nodeCommand, type NodeWork } from './node-command.js';
import { withStateFile } from './state-file.js';

/** A program for Node as it is declared: code, or a file. */
export type NodeScriptOptions<State extends object = JsonObject> = CommandOptions<State> &
  (
    | {
        /** The code of an ES module, as it is: values come by `env`, or by the file that `WAYMARK_STATE_FILE` names. */
        readonly code: string;
        readonly file?: undefined;
        readonly args?: undefined;
      }
    | {
        readonly code?: undefined;
        /** The program: relative to the folder it runs in, or a file URL for one that lies beside the definition. */
        readonly file: string | URL;
        /** Its arguments. */
        readonly args?: FromContext<readonly string[], State>;
      }
  );

/**
 * Declares a node that runs a program in a Node process of its own, in the workspace and the environment of its execution
 * where there are these. It is recorded, limited and ended as the `node` of a [workflow file](docs/pipelines.md#node) is.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT` for an option that there is not, or that is none
 * @example
 * nodeScript({ file: 'build.mjs', args: ['--minify'], memoryBytes: 512_000_000 });
 * nodeScript<{ files?: string[] }>({
 *   code: `
 *     import { readdir } from 'node:fs/promises';
 *     console.log(JSON.stringify(await readdir('src')));
 *   `,
 *   output: { files: 'json' },
 * });
 */
export function nodeScript<State extends object = JsonObject>(options: NodeScriptOptions<State>): TaskNode<State> {
  const keys = { ...COMMAND_OPTION_KEYS, code: true, file: true, args: true } as const;
  const { node, step, cwd, env } = takeOptions(options, keys, 'node script option');
  const workOf = workOfOptions(options);
  return task<State>({
    ...node,
    run: (context) =>
      withStateFile(context, async (values) => {
        const surroundings = { folder: process.cwd(), environment: process.env };
        const output = await runCommandStep(step, surroundings, context, () => ({
          cwd: folderWanted(cwd, context),
          env: valueOf(env, context),
          values,
          command: (folder) => nodeCommand(workOf(context), folder, step.memoryBytes, context.environment),
        }));
        return output as Partial<State>;
      }),
  });
}

function workOfOptions<State extends object>(
  options: NodeScriptOptions<State>,
): (context: NodeContext<State>) => NodeWork {
  const { code, file, args = [] } = options;
  if ((code === undefined) === (file === undefined)) {
    throw new InvalidArgumentError('A node script is either code or a file.', { hint: 'Give code, or file and args.' });
  }
  if (code !== undefined) {
    assertText(code, 'code');
    if (options.args !== undefined) {
      throw new InvalidArgumentError('Code takes no args.', { hint: 'Give its values by env, or put it into a file.' });
    }
    return () => ({ kind: 'code', code });
  }
  const path = file instanceof URL ? fileURLToPath(file) : file;
  assertText(path, 'file');
  if (typeof args !== 'function') assertList(args, 'args');
  return (context) => {
    const filled = valueOf(args, context);
    assertList(filled, 'args');
    return { kind: 'file', file: path ?? '', args: filled };
  };
}
