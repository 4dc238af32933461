import { Command, Option } from 'commander';
import type { Waymark } from '../../../composition/waymark.js';
import type { StateChange } from '../../../domain/checkpoint/state-diff.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import { printable } from '../../text/printable.js';
import { usageError } from '../errors.js';
import { withWaymark } from '../open-waymark.js';
import { checkId, given, helpText } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';

interface DiffCommandOptions extends SharedOptions {
  readonly only?: string;
  readonly jsonPatch?: boolean;
}

/** `waymark diff FROM TO` */
export function diffCommand(action: Action): Command {
  return new Command('diff')
    .description('Show what changed in the state from one checkpoint to another, of any executions.')
    .argument('<from>', 'the id of a checkpoint')
    .argument('<to>', 'the id of another one')
    .addOption(new Option('--only <pointer>', 'only what is at this JSON pointer: /messages, /orders/0/total'))
    .addOption(new Option('--json-patch', 'print a JSON Patch (RFC 6902) that makes the second state of the first'))
    .addHelpText(
      'after',
      helpText(
        [
          'waymark diff FROM TO',
          'waymark diff FROM TO --only /messages',
          'waymark diff FROM TO --json-patch > change.json',
        ],
        [
          '+ added   - removed   ~ changed   > moved within its list, each with its JSON pointer.',
          'Long values are shortened; --json has them whole. What JSON lacks (dates, bytes …) is an object with a key "$" there.',
        ],
      ),
    )
    .action(action<DiffCommandOptions, [string, string]>(diff));
}

async function diff(session: Session, options: DiffCommandOptions, from: string, to: string): Promise<void> {
  await checkId(from, 'checkpoint id');
  await checkId(to, 'checkpoint id');
  const { only, jsonPatch = false } = options;
  if (jsonPatch && session.json) {
    throw usageError('--json-patch and --json exclude each other.', 'A JSON Patch is JSON already: leave --json out.');
  }
  await checkPointer(only);
  await withWaymark(session, 'read', async (waymark) => {
    await checkCheckpoints(session, waymark, [from, to]);
    const changes = await waymark.checkpoints.diff(from, to, given({ only }));
    if (jsonPatch) await printPatch(session, changes);
    else await printChanges(session, changes, { from, to, ...given({ only }) });
  });
}

async function checkPointer(only: string | undefined): Promise<void> {
  const { parsePointer } = await import('../../../domain/shared/json-pointer.js');
  parsePointer(only ?? '');
}

async function printPatch(session: Session, changes: readonly StateChange[]): Promise<void> {
  const { toJsonPatch } = await import('../../../domain/checkpoint/json-patch.js');
  const { stateJson } = await import('../../text/state-json.js');
  session.print(stateJson(toJsonPatch(changes), 2));
}

async function printChanges(
  session: Session,
  changes: readonly StateChange[],
  asked: { readonly from: string; readonly to: string; readonly only?: string },
): Promise<void> {
  if (session.json) {
    const { stateJson } = await import('../../text/state-json.js');
    session.print(stateJson({ ...asked, changes }, 2));
    return;
  }
  const { renderChanges } = await import('../output/diff-view.js');
  if (changes.length > 0 || !asked.only) session.print(renderChanges(changes, session.palette, session.width));
  else session.print(`The states are equal at ${printable(asked.only)}.`);
}

/** Says what to give instead, where it can be told: an execution has checkpoints, and is none. */
async function checkCheckpoints(session: Session, waymark: Waymark, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    try {
      await waymark.checkpoints.get(id);
    } catch (error) {
      if (!WaymarkError.is(error, 'WAYMARK_CHECKPOINT_NOT_FOUND')) throw error;
      const head = await headOf(waymark, id);
      const list = session.command('checkpoints', [head === undefined ? 'EXECUTION' : id]);
      const [message, hint] =
        head === undefined
          ? [
              `There is no checkpoint ${id}.`,
              `Find it with ${list}, and executions with ${session.command('executions')}.`,
            ]
          : [`${id} is an execution, and not a checkpoint.`, `It stands at checkpoint ${head}; ${list} shows all.`];
      throw new WaymarkError(error.code, message, { cause: error, hint, details: error.details });
    }
  }
}

async function headOf(waymark: Waymark, executionId: string): Promise<string | undefined> {
  try {
    return (await waymark.executions.get(executionId)).headCheckpointId;
  } catch (error) {
    if (WaymarkError.is(error, 'WAYMARK_EXECUTION_NOT_FOUND')) return undefined;
    throw error;
  }
}
