import { Command } from 'commander';
import type { KeptEnvironment } from '../../../../application/environment/environment-folders.port.js';
import { formatBytes, plural } from '../../../text/quantities.js';
import { withWaymark } from '../../open-waymark.js';
import { helpText } from '../../options.js';
import { type Column, renderTable } from '../../output/table.js';
import type { Action, Session, SharedOptions } from '../../session.js';

/** An environment, and whether a process uses it. */
type Listed = KeptEnvironment & { readonly isUsed: boolean };

/** `waymark env list` */
export function envListCommand(action: Action): Command {
  return new Command('list')
    .description('List the environments that are there, those first that were used last.')
    .addHelpText('after', helpText(['waymark env list', 'waymark env list --json']))
    .action(action<SharedOptions, []>(list));
}

async function list(session: Session): Promise<void> {
  const found = await withWaymark(session, 'read', async ({ environments }) =>
    Promise.all(
      (await environments.list()).map(async (kept): Promise<Listed> => ({
        ...kept,
        isUsed: await environments.isUsed(kept.record.environmentId),
      })),
    ),
  );
  const sorted = found.toSorted((one, other) => Date.parse(other.lastUsedAt) - Date.parse(one.lastUsedAt));
  if (session.json) {
    session.printJson(sorted.map(toJson));
    return;
  }
  if (sorted.length === 0) {
    session.note('No environments here. Make one: waymark env create --runtime node --package NAME@RANGE');
    return;
  }
  session.print(renderTable(columns(session), sorted, { width: session.width, title: session.palette.dim }));
  const bytes = sorted.reduce((sum, each) => sum + each.bytes, 0);
  session.note(`${plural(sorted.length, 'environment')}, ${formatBytes(bytes)}`);
}

/** Without the lock: that is in the folder, and may be long. */
function toJson({ record, ...rest }: Listed): object {
  const { environmentId: id, specHash, installed, spec } = record;
  const { lock: _, ...wanted } = spec;
  return { id, specHash, ...wanted, installed, ...rest };
}

function columns({ palette }: Session): readonly Column<Listed>[] {
  return [
    { title: 'ID', value: ({ record }) => record.environmentId },
    { title: 'RUNTIME', value: ({ record, runtimeVersion }) => `${record.spec.runtime} ${runtimeVersion}` },
    { title: 'STATUS', value: ({ isUsed }) => (isUsed ? 'in use' : ''), color: () => palette.green },
    { title: 'SIZE', value: ({ bytes }) => formatBytes(bytes) },
    { title: 'LAST USED', value: ({ lastUsedAt }) => lastUsedAt.slice(0, 19).replace('T', ' ') },
    { title: 'INSTALLED', value: ({ record }) => record.installed.join(' '), flexible: true, optional: true },
  ];
}
