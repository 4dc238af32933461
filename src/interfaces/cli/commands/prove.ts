import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { WaymarkError } from '../../../domain/shared/errors.js';
import { EXIT } from '../errors.js';
import { withWaymark } from '../open-waymark.js';
import { checkId, helpText, wholeNumber } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';

interface ProveOptions extends SharedOptions {
  readonly out?: string;
  readonly from?: number;
  readonly key?: string;
}

/** `waymark prove EVENT` */
export function proveCommand(action: Action): Command {
  return new Command('prove')
    .description('Make the proof that an event is in the log: one document, which others can check without the store.')
    .argument('<event>', 'the id of the event (waymark log --ids shows them)')
    .addOption(new Option('--out <file>', 'write the bundle to this file, rather than to stdout'))
    .addOption(
      new Option('--from <size>', 'prove too that the log only grew since the seal of so many entries').argParser(
        wholeNumber(0, Number.MAX_SAFE_INTEGER),
      ),
    )
    .addOption(new Option('--key <file>', 'the signing key: the log is sealed first where no seal covers the event'))
    .addHelpText(
      'after',
      helpText(
        ['waymark prove EVENT --out bundle.json', 'waymark prove EVENT --from 120000 --key waymark.key > bundle.json'],
        ['The bundle is checked with: waymark verify --bundle FILE --trusted KEY. See docs/verifying.md.'],
      ),
    )
    .action(action<ProveOptions, [string]>(prove));
}

async function prove(session: Session, { out, from, key }: ProveOptions, eventId: string): Promise<number> {
  await checkId(eventId, 'event id');
  const bundle = await withWaymark(
    session,
    key === undefined ? 'read' : 'change',
    (waymark) => waymark.log.prove(eventId, from === undefined ? {} : { from }),
    key === undefined ? {} : { key },
  );
  if (out === undefined) {
    session.printJson(bundle);
    return EXIT.done;
  }
  try {
    await writeFile(out, `${JSON.stringify(bundle, null, 2)}\n`);
  } catch (error) {
    throw new WaymarkError('WAYMARK_OUTPUT_FAILED', `The file ${out} can not be written.`, {
      cause: error,
      hint: 'Name one in a folder that there is, and that this user may write to.',
    });
  }
  if (session.json) session.printJson({ out, position: bundle.entry.position });
  else session.print(`entry ${bundle.entry.position} proved in ${out}`);
  return EXIT.done;
}
