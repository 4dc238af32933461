import { Command } from 'commander';
import type { StateChange } from '../../../domain/checkpoint/state-diff.js';
import { fit, pad, widthOf } from '../../text/columns.js';
import type { Palette } from '../../text/palette.js';
import { printable, printableJson } from '../../text/printable.js';
import { plural } from '../../text/quantities.js';
import { withWaymark } from '../open-waymark.js';
import { checkId, helpText } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';

const MAX_VALUE_WIDTH = 60;
const MAX_PATH_PADDING = 40;

/** `waymark diff FROM TO` */
export function diffCommand(action: Action): Command {
  return new Command('diff')
    .description('Show what changed in the state from one checkpoint to another, of any executions.')
    .argument('<from>', 'the id of a checkpoint')
    .argument('<to>', 'the id of another one')
    .addHelpText(
      'after',
      helpText(
        ['waymark diff FROM TO', 'waymark diff FROM TO --json'],
        [
          '+ added   - removed   ~ changed, each with its JSON pointer. Long values are shortened; --json has them whole.',
        ],
      ),
    )
    .action(action<SharedOptions, [string, string]>(diff));
}

async function diff(session: Session, _options: SharedOptions, from: string, to: string): Promise<void> {
  await checkId(from, 'checkpoint id');
  await checkId(to, 'checkpoint id');
  await withWaymark(session, 'read', async (waymark) => {
    const changes = await waymark.checkpoints.diff(from, to);
    if (session.json) session.printJson({ from, to, changes });
    else session.print(renderChanges(changes, session.palette));
  });
}

/** Changes as lines, with a count below them. */
export function renderChanges(changes: readonly StateChange[], palette: Palette): string {
  if (changes.length === 0) return 'The states are equal.';
  const pathWidth = Math.min(MAX_PATH_PADDING, Math.max(...changes.map(({ path }) => widthOf(printable(path)))));
  const lines = changes.map((change) => renderChange(change, pathWidth, palette));
  const counts = (['added', 'removed', 'changed'] as const)
    .map((kind) => [changes.filter((change) => change.kind === kind).length, kind] as const)
    .filter(([count]) => count > 0)
    .map(([count, kind]) => `${count} ${kind}`);
  return [...lines, palette.dim(`${plural(changes.length, 'change')}: ${counts.join(', ')}`)].join('\n');
}

function renderChange(change: StateChange, pathWidth: number, palette: Palette): string {
  const path = pad(printable(change.path) || '(all)', pathWidth);
  switch (change.kind) {
    case 'added':
      return palette.green(`+ ${path}  ${shorten(change.after)}`);
    case 'removed':
      return palette.red(`- ${path}  ${shorten(change.before)}`);
    case 'changed':
      return palette.yellow(`~ ${path}  ${shorten(change.before)} → ${shorten(change.after)}`);
  }
}

function shorten(value: unknown): string {
  return fit(printableJson(value), MAX_VALUE_WIDTH);
}
